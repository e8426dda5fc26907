/** Numbers that mean different things must not be mixed up; the brands exist for the compiler alone. */
declare const unit: unique symbol;

type Branded<Name extends string> = number & { readonly [unit]: Name };

/** A process id, as our own PID namespace shows it. */
export type Pid = Branded<'Pid'>;

/** A signal number, 1 to 64. */
export type Signal = Branded<'Signal'>;

/** Milliseconds: an instant on CLOCK_MONOTONIC, or the length of a time. */
export type Millis = Branded<'Millis'>;

/**
 * When a process started, in clock ticks of 10 ms since boot: field 22 of proc_pid_stat(5). With the pid it names one
 * process for good, since a pid is reused and the pair is not.
 */
export type StartTime = Branded<'StartTime'>;

export const toPid = (value: number): Pid => value as Pid;
export const toSignal = (value: number): Signal => value as Signal;
export const toMillis = (value: number): Millis => value as Millis;
export const toStartTime = (value: number): StartTime => value as StartTime;

/** `instant` moved by `length`, both in milliseconds. */
export const addMillis = (instant: Millis, length: Millis): Millis => toMillis(instant + length);

/** The time from one instant to a later one, in whole milliseconds: for people, and for machines that read numbers. */
export const elapsed = (from: Millis, to: Millis): Millis => toMillis(Math.round(to - from));
