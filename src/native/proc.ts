import { type Pid, toPid, toStartTime } from '../core/ids.ts';
import type { Process } from '../core/process-table.ts';
import type { Finding, Query } from '../core/inquiry.ts';
import type { SignalSets } from '../core/disposition.ts';
import { parseSignalSets, withoutDeleted } from '../host/proc-format.ts';

const STATUS_LIMIT = 4_096;
/** Two arguments are asked for; more of a long command line is not read. */
const CMDLINE_LIMIT = 4_096;

/** One process now; undefined where it has gone. */
export function readProcess(pid: Pid): Process | undefined {
  const row = sys.readStat(pid);
  if (typeof row === 'number') return undefined;
  return {
    pid,
    name: row[0],
    state: row[1],
    parent: toPid(row[2]),
    group: toPid(row[3]),
    hasTerminal: row[4] !== 0,
    start: toStartTime(row[5]),
    ignored: row[6],
    caught: row[7],
  };
}

/** All processes that /proc shows, or the negated errno of why it does not. */
export function readProcesses(): readonly Process[] | number {
  const pids = sys.listPids();
  if (typeof pids === 'number') return pids;
  const rows: Process[] = [];
  for (const pid of pids) {
    const row = readProcess(toPid(pid));
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

const linkOf = (path: string): string | null => {
  const target = sys.readLink(path);
  return typeof target === 'string' ? target : null;
};

const readSignals = (pid: Pid): SignalSets | null => {
  const status = sys.readFile(`/proc/${pid}/status`, STATUS_LIMIT);
  return typeof status === 'string' ? parseSignalSets(status) : null;
};

const readExecutable = (pid: Pid): string | null => {
  const target = linkOf(`/proc/${pid}/exe`);
  return target === null ? null : withoutDeleted(target);
};

const readArguments = (pid: Pid): readonly string[] | null => {
  const line = sys.readFile(`/proc/${pid}/cmdline`, CMDLINE_LIMIT);
  return typeof line === 'string' && line !== '' ? line.split('\0', 2) : null;
};

/** Answers one question about one process. */
export function inspect({ pid, facet }: Query): Finding {
  switch (facet) {
    case 'executable':
      return { pid, facet, value: readExecutable(pid) };
    case 'arguments':
      return { pid, facet, value: readArguments(pid) };
    case 'signals':
      return { pid, facet, value: readSignals(pid) };
    case 'input':
      return { pid, facet, value: linkOf(`/proc/${pid}/fd/0`) };
    case 'outputs':
      return {
        pid,
        facet,
        value: [linkOf(`/proc/${pid}/fd/1`), linkOf(`/proc/${pid}/fd/2`)].filter((link) => link !== null),
      };
  }
}
