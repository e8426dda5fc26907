import type { Pid, Signal } from './ids.ts';
import { catchesStop, hasBit, hasSignal, isInteractive, trapsRelayed } from './disposition.ts';
import type { Inquiry } from './inquiry.ts';
import { type Process, type ProcessTable, childrenOf } from './process-table.ts';
import { identifyProgram } from './program.ts';
import { TERM, isStopSignal } from './signal.ts';

/**
 * What a process is to a signal.
 *
 * - `untrappedShell`: a trap will not act on it, so what it runs gets the signal instead.
 * - `trappedShell`: its trap looks after what it runs.
 * - `launcher`: passes its child's status on and must not be signalled.
 * - `program`: looks after its own.
 */
export type Role =
  | { readonly type: 'untrappedShell'; readonly isInteractive: boolean }
  | { readonly type: 'trappedShell' }
  | { readonly type: 'launcher' }
  | { readonly type: 'program' };

const PROGRAM: Role = { type: 'program' };
const LAUNCHER: Role = { type: 'launcher' };
const TRAPPED: Role = { type: 'trappedShell' };

/** @returns undefined while an answer is outstanding */
export function judgeRole(inquiry: Inquiry, process: Process, signal: Signal): Role | undefined {
  const program = identifyProgram(inquiry, process.pid);
  if (program === undefined) return undefined;
  if (program.type === 'launcher') return LAUNCHER;
  if (program.type === 'other') return PROGRAM;

  const { caught, ignored, hasTerminal } = process;
  let isTrapped = catchesStop(program.name, caught);
  if (!isStopSignal(signal)) {
    const isCaught = isCaughtBy(inquiry, process, signal);
    if (isCaught === undefined) return undefined;
    isTrapped = isCaught && trapsRelayed(program.name, caught, signal);
  }
  if (isTrapped) return TRAPPED;
  return { type: 'untrappedShell', isInteractive: hasTerminal && isInteractive(ignored) };
}

/** The table does not know real-time signals. What cannot be read has ended, or hides: nothing says that it has a trap. */
function isCaughtBy(inquiry: Inquiry, { pid, caught }: Process, signal: Signal): boolean | undefined {
  if (signal < 32) return hasBit(caught, signal);
  const sets = inquiry.ask('signals', pid);
  return sets === undefined ? undefined : sets !== null && hasSignal(sets.caught, signal);
}

/**
 * Whether a stop signal other than TERM is lost on a process that would hear TERM. POSIX has a shell start what it runs
 * with `&` with INT and QUIT ignored (XCU 2.11), and bash, zsh and busybox ignore QUIT themselves.
 */
export const isDeafTo = ({ ignored }: Process, signal: Signal): boolean =>
  isStopSignal(signal) && hasBit(ignored, signal) && !hasBit(ignored, TERM);

/** Who a signal is for, found from the top down. */
export interface Recipients {
  /** Shells that are looked through; a stop signal is for them too, before the programs. Parents first. */
  readonly shells: readonly Process[];
  /** Those of the shells that run for a person at a terminal. */
  readonly interactive: ReadonlySet<Pid>;
  readonly programs: readonly Process[];
  /** Looked through, and never told. */
  readonly launchers: readonly Process[];
  /** Those of the programs that ignore this signal and not TERM: they get TERM in its place. */
  readonly deaf: ReadonlySet<Pid>;
  readonly roles: ReadonlyMap<Pid, Role>;
}

/**
 * Goes down from `tops` through shells without a trap and through launchers, to the programs. Below a program nothing is
 * told: nginx, postgres, supervisord, sudo, timeout and trap scripts look after their own.
 *
 * The result is only good when the inquiry is complete.
 */
export function findRecipients(
  inquiry: Inquiry,
  table: ProcessTable,
  tops: readonly Process[],
  signal: Signal,
): Recipients {
  const shells: Process[] = [];
  const interactive = new Set<Pid>();
  const programs: Process[] = [];
  const launchers: Process[] = [];
  const deaf = new Set<Pid>();
  const roles = new Map<Pid, Role>();

  const open = tops.toReversed();
  for (let process = open.pop(); process !== undefined; process = open.pop()) {
    if (roles.has(process.pid)) continue;
    const role = judgeRole(inquiry, process, signal);
    if (role === undefined) continue;
    roles.set(process.pid, role);
    switch (role.type) {
      case 'untrappedShell':
        shells.push(process);
        if (role.isInteractive) interactive.add(process.pid);
        open.push(...childrenOf(table, process.pid).toReversed());
        break;
      case 'launcher':
        launchers.push(process);
        open.push(...childrenOf(table, process.pid).toReversed());
        break;
      case 'trappedShell':
      case 'program':
        programs.push(process);
        if (isDeafTo(process, signal)) deaf.add(process.pid);
        break;
    }
  }
  return { shells, interactive, programs, launchers, deaf, roles };
}
