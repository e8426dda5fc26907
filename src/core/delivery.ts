import type { Action } from './action.ts';
import type { Pid, Signal } from './ids.ts';
import { type Process, isStopped } from './process-table.ts';
import { note } from './outcome.ts';
import type { State } from './state.ts';
import { CONT, HUP, TERM } from './signal.ts';

/** The actions that bring one process one signal. */
export const signalProcess = (process: Process, self: Pid, signal: Signal): Action => ({
  type: 'signal',
  pid: process.pid,
  start: process.start,
  signal,
  isOwnChild: process.parent === self,
  name: process.name,
});

/** A stopped process acts on nothing before it is continued. */
const wake = (process: Process, self: Pid): readonly Action[] =>
  isStopped(process) ? [signalProcess(process, self, CONT)] : [];

const told = (process: Process, signal: Signal): Action =>
  note({ type: 'told', pid: process.pid, name: process.name, signal });

/** A stop signal for a program. */
export const stopProgram = (process: Process, self: Pid, signal: Signal): readonly Action[] => [
  signalProcess(process, self, signal),
  ...wake(process, self),
  told(process, signal),
];

/**
 * A stop signal for a shell. Shells survive INT and QUIT, so TERM follows at once; one that runs for a person at a
 * terminal ignores TERM and ends at HUP.
 */
export const stopShell = (process: Process, self: Pid, signal: Signal, isInteractive: boolean): readonly Action[] => [
  signalProcess(process, self, signal),
  ...(signal === TERM ? [] : [signalProcess(process, self, TERM)]),
  ...(isInteractive ? [signalProcess(process, self, HUP)] : []),
  ...wake(process, self),
  told(process, signal),
];

/**
 * Without /proc nobody can be told apart: the process group of the main program is all that can be named, where it leads
 * one, and otherwise the main program itself.
 */
export function signalMain({ main }: State, signal: Signal): readonly Action[] {
  const { pid, status, hasGroup } = main;
  if (pid === null) return [];
  if (hasGroup) return [{ type: 'signalGroup', group: pid, signal }];
  return status === null ? [{ type: 'signal', pid, start: null, signal, isOwnChild: true, name: null }] : [];
}
