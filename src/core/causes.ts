import { hasBit, hasSignal, isStuck } from './disposition.ts';
import type { Pid, Signal } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { type Process, type ProcessTable, childrenOf } from './process-table.ts';
import { judgeRole } from './recipients.ts';
import { INT, QUIT } from './signal.ts';
import type { Stop } from './state.ts';

/** A process in a message. */
export interface Named {
  readonly pid: Pid;
  readonly name: string;
}

/** Why a process has not ended although it should have. */
export type Cause =
  /** A shell runs a trap only when the command in its foreground has ended: bash(1), SIGNALS. */
  | { readonly type: 'foreground'; readonly signal: Signal; readonly child: Named }
  | { readonly type: 'trapRuns'; readonly signal: Signal; readonly child: Named }
  /** It caught the signal. What it runs is given, one of it, where it may be waiting for that. */
  | { readonly type: 'atWork'; readonly signal: Signal; readonly child: Named | null }
  | { readonly type: 'ignores'; readonly signal: Signal }
  /** It keeps the signal pending and takes it from nowhere. */
  | { readonly type: 'blocks'; readonly signal: Signal }
  /** The kernel drops what the init of a nested PID namespace does not catch: pid_namespaces(7). */
  | { readonly type: 'namespaceInit'; readonly signal: Signal }
  /** State T: something stops it again whenever it is continued. */
  | { readonly type: 'stopped' }
  /** State t: a debugger holds it. */
  | { readonly type: 'traced' }
  /** State D: proc_pid_stat(5). */
  | { readonly type: 'uninterruptible' }
  /** It was not there when the signal came, and so was not told. */
  | { readonly type: 'startedLater'; readonly parent: Named | null };

/** What there is to judge by. */
export interface Evidence {
  readonly self: Pid;
  readonly stop: Stop;
  readonly table: ProcessTable;
  readonly inquiry: Inquiry;
}

const named = ({ pid, name }: Process): Named => ({ pid, name });

const wasSeen = (stop: Stop, { pid, start }: Process): boolean => stop.seen.get(pid)?.start === start;

/**
 * POSIX has a shell start what it runs with `&` with INT and QUIT ignored (XCU 2.11), of which the program may catch one.
 * A shell that was itself started so has them ignored in everything it runs.
 */
const isBackground = (shell: Process, { ignored }: Process): boolean =>
  !hasBit(shell.ignored, INT) && (hasBit(ignored, INT) || hasBit(ignored, QUIT));

function causeOfTrap({ stop, table }: Evidence, shell: Process, signal: Signal): Cause {
  const children = childrenOf(table, shell.pid);
  const started = children.find((child) => !wasSeen(stop, child));
  if (started !== undefined) return { type: 'trapRuns', signal, child: named(started) };
  const foreground = children.find((child) => !isBackground(shell, child));
  if (foreground !== undefined) return { type: 'foreground', signal, child: named(foreground) };
  return atWork(table, shell, signal);
}

function atWork(table: ProcessTable, process: Process, signal: Signal): Cause {
  const [child] = childrenOf(table, process.pid);
  return { type: 'atWork', signal, child: child === undefined ? null : named(child) };
}

/** It has a handler, or something keeps the default action away. */
function causeOfSurvival(
  { inquiry, table }: Evidence,
  process: Process,
  signal: Signal,
  isCaught: boolean,
): Cause | null {
  const sets = inquiry.ask('signals', process.pid);
  if (sets === undefined) return null;
  const isBlocked = sets !== null && hasSignal(sets.blocked, signal);
  if (sets !== null && isStuck(sets, signal)) return { type: 'blocks', signal };
  // Blocked and not pending: it was taken by sigwait(3) or signalfd(2).
  if (isCaught || isBlocked) return atWork(table, process, signal);
  return sets?.isNamespaceInit === true ? { type: 'namespaceInit', signal } : null;
}

/** Who started it, unless that is us, who have adopted it. */
function parentOf({ self, table }: Evidence, { parent }: Process): Named | null {
  const process = parent === self ? undefined : table.processes.get(parent);
  return process === undefined ? null : named(process);
}

/**
 * The likely reason why this process is still there, from a table of the ones that are known; null where it is none of
 * them, or where it is its parent that looks after it.
 *
 * The result is only good when the inquiry is complete.
 */
export function findCause(evidence: Evidence, process: Process): Cause | null {
  const { stop, inquiry } = evidence;
  if (process.state === 'D') return { type: 'uninterruptible' };
  if (process.state === 't') return { type: 'traced' };
  if (process.state === 'T') return { type: 'stopped' };
  if (!wasSeen(stop, process)) return { type: 'startedLater', parent: parentOf(evidence, process) };
  const told = stop.told.get(process.pid);
  if (told === undefined || told.start !== process.start) return null;
  const { signal } = told;
  // timeout(1), for one, ignores the signal while it acts on it.
  if (hasBit(process.ignored, signal) && !told.isActing) return { type: 'ignores', signal };
  const role = judgeRole(inquiry, process, signal);
  if (role?.type === 'trappedShell') return causeOfTrap(evidence, process, signal);
  return causeOfSurvival(evidence, process, signal, hasBit(process.caught, signal) || told.isActing);
}
