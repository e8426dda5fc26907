import type { SignalSets } from '../core/disposition.ts';
import { type StartTime, toPid, toStartTime } from '../core/ids.ts';
import type { Process } from '../core/process-table.ts';

const DELETED = ' (deleted)';

/** The path of an executable that may have been deleted since, as in an upgrade: proc_pid_exe(5). */
export const withoutDeleted = (path: string): string =>
  path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path;

/**
 * Reads one line of proc_pid_stat(5). The command name stands in parentheses and may hold any byte, parentheses too, so
 * the fields are counted from the last one.
 */
export function parseStat(line: string): Process | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = line.slice(close + 2).split(' ', 32);
  const at = (field: number): string => fields[field - 3] ?? '';
  return {
    pid: toPid(Number(line.slice(0, open - 1))),
    name: line.slice(open + 1, close),
    state: at(3),
    parent: toPid(Number(at(4))),
    group: toPid(Number(at(5))),
    hasTerminal: at(7) !== '0',
    start: toStartTime(Number(at(22))),
    ignored: Number(at(33)),
    caught: Number(at(34)),
  };
}

/**
 * CLOCK_BOOTTIME in the ticks that process tables count in, from proc_uptime(5): seconds with two decimals. Rounded and not
 * cut off, since 0.29 * 100 is less than 29, and a program that started in the tick of an event would seem to come later.
 */
export const parseUptime = (text: string): StartTime => toStartTime(Math.round(Number(text.split(' ')[0]) * 100));

/** The words after `Name:` in /proc/PID/status. */
function fieldOf(status: string, name: string): readonly string[] {
  const start = status.indexOf(`\n${name}:`);
  if (start < 0) return [];
  const end = status.indexOf('\n', start + 1);
  return status
    .slice(start + name.length + 2, end < 0 ? status.length : end)
    .split('\t')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

export function parseSignalSets(status: string): SignalSets {
  const word = (name: string): string => fieldOf(status, name)[0] ?? '';
  // NSpid lists the pid in each PID namespace from ours inwards: proc_pid_status(5).
  const pids = fieldOf(status, 'NSpid');
  return {
    caught: word('SigCgt'),
    ignored: word('SigIgn'),
    blocked: word('SigBlk'),
    pending: [word('SigPnd'), word('ShdPnd')],
    isNamespaceInit: pids.length > 1 && pids.at(-1) === '1',
  };
}
