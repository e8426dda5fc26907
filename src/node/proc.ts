import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { type Pid, type StartTime, toPid, toStartTime } from '../core/ids.ts';
import type { Finding, Query } from '../core/inquiry.ts';
import type { Process } from '../core/process-table.ts';
import { parseSignalSets, parseStat, parseUptime, withoutDeleted } from '../host/proc-format.ts';

/** What a process that has gone, or whose facts are hidden from us, is read as. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

const linkOf = (path: string): string | null => attempt(() => readlinkSync(path, 'latin1'));

/** Whether /proc is that of our PID namespace: another one has other processes by the same numbers. */
export const isOwnProc = (): boolean => attempt(() => readlinkSync('/proc/self')) === String(process.pid);

/** One process now; undefined where it has gone. */
export function readProcess(pid: Pid): Process | undefined {
  const line = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return line === null ? undefined : parseStat(line);
}

/** All processes that /proc shows; null where there is none. */
export function readProcesses(): readonly Process[] | null {
  const names = attempt(() => readdirSync('/proc'));
  if (names === null) return null;
  // In the order of the kernel, which is that of their start, and not in that of the alphabet.
  const pids = names.map(Number).filter(Number.isInteger);
  return pids.toSorted((one, other) => one - other).flatMap((pid) => readProcess(toPid(pid)) ?? []);
}

/** Answers one question about one process. */
export function inspect({ pid, facet }: Query): Finding {
  switch (facet) {
    case 'executable': {
      const target = linkOf(`/proc/${pid}/exe`);
      return { pid, facet, value: target === null ? null : withoutDeleted(target) };
    }
    case 'arguments': {
      const line = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      return { pid, facet, value: line === null || line === '' ? null : line.split('\0', 2) };
    }
    case 'signals': {
      const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'latin1'));
      return { pid, facet, value: status === null ? null : parseSignalSets(status) };
    }
    case 'input':
      return { pid, facet, value: linkOf(`/proc/${pid}/fd/0`) };
    case 'outputs': {
      const links = [linkOf(`/proc/${pid}/fd/1`), linkOf(`/proc/${pid}/fd/2`)];
      return { pid, facet, value: links.filter((link) => link !== null) };
    }
  }
}

/** CLOCK_BOOTTIME, by proc_uptime(5): Node's clocks stop while the machine sleeps. */
export function readBoottime(): StartTime {
  try {
    return parseUptime(readFileSync('/proc/uptime', 'latin1'));
  } catch {
    return toStartTime(0);
  }
}
