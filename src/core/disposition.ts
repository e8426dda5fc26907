import type { Signal } from './ids.ts';
import { BUS, SEGV, TERM, TSTP } from './signal.ts';
import { hasOwnHandler, type ShellName } from './program.ts';

/**
 * A set of the signals 1 to 31; bit 0 is signal 1. proc_pid_stat(5) has the ignored and the caught ones of every process,
 * and calls them obsolete only because the real-time signals are missing.
 */
export type SignalBits = number;

export const hasBit = (bits: SignalBits, signal: Signal): boolean => signal < 32 && (bits & (1 << (signal - 1))) !== 0;

/** The signal sets of one process, as the hexadecimal words of proc_pid_status(5). */
export interface SignalSets {
  readonly caught: string;
  readonly ignored: string;
  readonly blocked: string;
  /** Pending for the process as a whole (ShdPnd) or for its first thread (SigPnd). */
  readonly pending: readonly string[];
  /** Whether it is PID 1 of a PID namespace below ours: the kernel drops what it does not catch (pid_namespaces(7)). */
  readonly isNamespaceInit: boolean;
}

/** Whether `set`, a hexadecimal mask in which bit 0 is signal 1, holds the signal. */
export function hasSignal(set: string, signal: Signal): boolean {
  const bit = signal - 1;
  const digit = set[set.length - 1 - (bit >> 2)];
  return digit !== undefined && (Number(`0x${digit}`) & (1 << (bit & 3))) !== 0;
}

/**
 * bash with only an EXIT trap catches every signal that would end it, SEGV and BUS among them, which no script traps.
 * It runs the trap and then dies of the signal, so for a relayed signal it is a shell without a trap.
 */
const hasExitTrapOnly = (caught: SignalBits): boolean => hasBit(caught, SEGV) && hasBit(caught, BUS);

/** Whether a trap of this shell will act on a stop signal. Shells handle INT and QUIT themselves, so TERM tells. */
export const catchesStop = (shell: ShellName, caught: SignalBits): boolean =>
  hasBit(caught, TERM) && !hasOwnHandler(shell, TERM);

/** Whether a trap of this shell will act on a relayed signal that it catches. */
export const trapsRelayed = (shell: ShellName, caught: SignalBits, signal: Signal): boolean =>
  !hasOwnHandler(shell, signal) && !hasExitTrapOnly(caught);

/** Whether a shell runs for a person at a terminal: with job control it ignores TSTP, which scripts do not. */
export const isInteractive = (ignored: SignalBits): boolean => hasBit(ignored, TSTP);

/** Whether a signal that it was sent stays blocked and pending, where no sigwait(3) fetches it. */
export const isStuck = (sets: SignalSets, signal: Signal): boolean =>
  hasSignal(sets.blocked, signal) && sets.pending.some((set) => hasSignal(set, signal));

/**
 * Whether the process can do anything about a signal that it was sent. Not if it ignores it; not as the init of a nested
 * PID namespace without a handler; not while it is stuck.
 */
export function canActOn(sets: SignalSets, signal: Signal): boolean {
  if (hasSignal(sets.ignored, signal)) return false;
  if (sets.isNamespaceInit && !hasSignal(sets.caught, signal) && !hasSignal(sets.blocked, signal)) return false;
  return !isStuck(sets, signal);
}
