import type { Pid, Signal } from './ids.ts';
import { TERM, HUP } from './signal.ts';
import type { Setup } from './setup.ts';
import type { State, Stop } from './state.ts';
import { type WaitStatus, isDeathBy, toExitStatus } from './wait-status.ts';

/** ENOENT and ENOTDIR: errno(3). */
const NOT_FOUND: ReadonlySet<number> = new Set([2, 20]);

/** EAGAIN, ENOMEM, ENFILE and EMFILE: fork(2), pipe(2). */
const SHORTAGES: ReadonlySet<number> = new Set([11, 12, 23, 24]);

/** Whether a start has failed for want of something that may be there again a moment later. */
export const isShortage = (errno: number): boolean => SHORTAGES.has(errno);

/** 127: not found; 126: found, or nobody knows, but it could not be started. POSIX sh 2.8.2, and what Docker shows. */
export const statusOfFailedStart = (errno: number): number => (NOT_FOUND.has(errno) ? 127 : 126);

const diedOfStop = (status: WaitStatus, signal: Signal): boolean =>
  isDeathBy(status, signal) || isDeathBy(status, TERM) || isDeathBy(status, HUP);

/**
 * A script says nothing of its programs when the stop signal ends it, so they are asked: the first that failed, 0 if one
 * ended well, 128 + the signal if all died of it. A shell that ended by itself, or in its trap, has said its own status.
 */
function statusOfScript(main: WaitStatus, stop: Stop): number {
  if (!diedOfStop(main, stop.signal)) return toExitStatus(main);
  return stop.ownEnds.count > 0 ? stop.ownEnds.firstFailure : 128 + stop.signal;
}

/** `-e N`: the exit statuses that become 0. */
export const remap = (setup: Setup, status: number): number => (setup.options.remapped.has(status) ? 0 : status);

/** The exit status of drainit, once nothing is left. */
export function finalStatus(state: State): number {
  const { main, phase, setup } = state;
  if (main.status === null) return 1;
  const stop = phase.type === 'stopping' || phase.type === 'killing' ? phase.stop : null;
  const isScript = main.role !== null && main.role !== 'program';
  const status =
    stop !== null && stop.cause === 'signal' && isScript
      ? statusOfScript(main.status, stop)
      : toExitStatus(main.status);
  return remap(setup, status);
}

/** Counts the end of a program that was told to stop, or of a launcher, which ends as what it runs did. */
export function countEnd(stop: Stop, pid: Pid, status: WaitStatus): Stop {
  const told = stop.told.get(pid);
  const isMeant = told === undefined ? stop.launchers.has(pid) : !told.isShell;
  if (!isMeant || isDeathBy(status, told?.signal ?? stop.signal) || isDeathBy(status, TERM)) return stop;
  const { count, firstFailure } = stop.ownEnds;
  return {
    ...stop,
    ownEnds: { count: count + 1, firstFailure: firstFailure === 0 ? toExitStatus(status) : firstFailure },
  };
}
