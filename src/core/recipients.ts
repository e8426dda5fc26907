import type { Pid, Signal } from './ids.ts';
import { catchesRelayed, catchesStop, hasSignal, isInteractive } from './disposition.ts';
import type { Inquiry } from './inquiry.ts';
import { type Process, type ProcessTable, childrenOf } from './process-table.ts';
import { identifyProgram } from './program.ts';
import { isStopSignal } from './signal.ts';

/**
 * What a process is to a signal.
 *
 * - `untrappedShell`: a trap will not act on it, so what it runs gets the signal instead.
 * - `trappedShell`: its trap looks after what it runs. bash, zsh and busybox ignore QUIT whatever is trapped: `isDeaf`.
 * - `launcher`: passes its child's status on and must not be signalled.
 * - `program`: looks after its own.
 */
export type Role =
  | { readonly type: 'untrappedShell'; readonly isInteractive: boolean }
  | { readonly type: 'trappedShell'; readonly isDeaf: boolean }
  | { readonly type: 'launcher' }
  | { readonly type: 'program' };

const PROGRAM: Role = { type: 'program' };
const LAUNCHER: Role = { type: 'launcher' };

/** @returns undefined while an answer is outstanding */
export function judgeRole(inquiry: Inquiry, process: Process, signal: Signal): Role | undefined {
  const program = identifyProgram(inquiry, process.pid);
  if (program === undefined) return undefined;
  if (program.type === 'launcher') return LAUNCHER;
  if (program.type === 'other') return PROGRAM;

  const sets = inquiry.ask('signals', process.pid);
  if (sets === undefined) return undefined;
  // Unreadable: it has ended, or another user's in a hidden /proc. Then nothing says that it would pass a signal on.
  if (sets === null) return { type: 'untrappedShell', isInteractive: false };
  const isTrapped = isStopSignal(signal) ? catchesStop(program.name, sets) : catchesRelayed(program.name, sets, signal);
  if (isTrapped) return { type: 'trappedShell', isDeaf: hasSignal(sets.ignored, signal) };
  return { type: 'untrappedShell', isInteractive: process.hasTerminal && isInteractive(sets) };
}

/** Who a signal is for, found from the top down. */
export interface Recipients {
  /** Shells that are looked through; a stop signal is for them too, before the programs. Parents first. */
  readonly shells: readonly Process[];
  /** Those of the shells that run for a person at a terminal. */
  readonly interactive: ReadonlySet<Pid>;
  readonly programs: readonly Process[];
  /** Those of the programs that are shells with a trap for TERM and do not hear this signal: they get TERM in its place. */
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
        open.push(...childrenOf(table, process.pid).toReversed());
        break;
      case 'trappedShell':
        programs.push(process);
        if (role.isDeaf) deaf.add(process.pid);
        break;
      case 'program':
        programs.push(process);
        break;
    }
  }
  return { shells, interactive, programs, deaf, roles };
}
