import type { SignalBits } from './disposition.ts';
import type { Pid, StartTime } from './ids.ts';

/** One row of the table: proc_pid_stat(5). */
export interface Process {
  readonly pid: Pid;
  readonly parent: Pid;
  readonly group: Pid;
  readonly start: StartTime;
  /** One letter; `Z` and `X` have ended, `T` is stopped. */
  readonly state: string;
  /** The command name, at most 15 bytes, for messages; never a ground for a decision, since programs rename themselves. */
  readonly name: string;
  readonly hasTerminal: boolean;
  readonly caught: SignalBits;
  readonly ignored: SignalBits;
}

/** All processes at one moment, indexed by what the rules ask. */
export interface ProcessTable {
  /** The living. */
  readonly processes: ReadonlyMap<Pid, Process>;
  /** Ended, and not yet waited for by their parents. */
  readonly zombies: ReadonlyMap<Pid, StartTime>;
  /** Living children only. */
  readonly children: ReadonlyMap<Pid, readonly Process[]>;
}

/** What stays true of a process for its whole life. */
export interface Identity {
  readonly pid: Pid;
  readonly start: StartTime;
}

const hasEnded = (process: Process): boolean => process.state === 'Z' || process.state === 'X';

export const isStopped = (process: Process): boolean => process.state === 'T';

export function indexProcesses(rows: readonly Process[]): ProcessTable {
  const processes = new Map<Pid, Process>();
  const zombies = new Map<Pid, StartTime>();
  const children = new Map<Pid, Process[]>();
  for (const row of rows) {
    if (hasEnded(row)) {
      zombies.set(row.pid, row.start);
      continue;
    }
    processes.set(row.pid, row);
    const siblings = children.get(row.parent);
    if (siblings === undefined) children.set(row.parent, [row]);
    else siblings.push(row);
  }
  return { processes, zombies, children };
}

export const childrenOf = (table: ProcessTable, pid: Pid): readonly Process[] => table.children.get(pid) ?? [];

/** `pid` and all above it that are living. A table that was read while processes move may hold a loop. */
export function ancestorsOf(table: ProcessTable, pid: Pid): readonly Pid[] {
  const found = new Set<Pid>();
  for (let next = table.processes.get(pid); next !== undefined && !found.has(next.pid);) {
    found.add(next.pid);
    next = table.processes.get(next.parent);
  }
  return [...found];
}

/** The process that `identity` names, unless it has ended; another one that has its pid by now is not it. */
export function findLiving(table: ProcessTable, identity: Identity): Process | undefined {
  const process = table.processes.get(identity.pid);
  return process !== undefined && process.start === identity.start ? process : undefined;
}

/** Whether nobody has waited for it yet, be it living or a zombie: its status is still to come. */
export const isUnreaped = (table: ProcessTable, identity: Identity): boolean =>
  findLiving(table, identity) !== undefined || table.zombies.get(identity.pid) === identity.start;

/**
 * Everything below `root`, parents before their children. No recursion: a chain of processes may be deeper than our
 * stack. A table that was read while processes move may hold a loop.
 */
export function listDescendants(table: ProcessTable, root: Pid): readonly Process[] {
  const found: Process[] = [];
  const seen = new Set<Pid>([root]);
  const open = childrenOf(table, root).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.pid)) continue;
    seen.add(next.pid);
    found.push(next);
    open.push(...childrenOf(table, next.pid).toReversed());
  }
  return found;
}
