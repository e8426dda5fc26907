import { type Signal, toSignal } from './ids.ts';

/** Names of the signals 1 to 31 in the order of their numbers, for x86 and arm: signal(7). */
const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

/** Other names of the same signals: signal(7), "Standard signals". */
const ALIASES: Readonly<Record<string, string>> = { CLD: 'CHLD', IOT: 'ABRT', POLL: 'IO', UNUSED: 'SYS' };

/** The first real-time signal that programs see; glibc keeps 32 and 33 for itself. */
const RTMIN = 34;
const RTMAX = 64;

export const HUP = toSignal(1);
export const INT = toSignal(2);
export const QUIT = toSignal(3);
export const BUS = toSignal(7);
export const KILL = toSignal(9);
export const SEGV = toSignal(11);
export const USR2 = toSignal(12);
export const ALRM = toSignal(14);
export const TERM = toSignal(15);
export const CHLD = toSignal(17);
export const CONT = toSignal(18);
export const STOP = toSignal(19);
export const TSTP = toSignal(20);
export const TTIN = toSignal(21);
export const TTOU = toSignal(22);
export const WINCH = toSignal(28);

/** Asks a program to end. Everything else is relayed for what the program makes of it. */
export const isStopSignal = (signal: Signal): boolean => signal === TERM || signal === INT || signal === QUIT;

/** Stops a program because of its terminal (job control), as Ctrl-Z does; SIGSTOP is somebody's deliberate act. */
export const isTerminalStop = (signal: Signal): boolean => signal === TSTP || signal === TTIN || signal === TTOU;

/** `SIGTERM`, `SIGRTMIN+3`; numbers that have no name are `signal 32`. */
export function nameSignal(signal: Signal): string {
  const name = NAMES[signal - 1];
  if (name !== undefined) return `SIG${name}`;
  if (signal < RTMIN) return `signal ${signal}`;
  return signal === RTMIN ? 'SIGRTMIN' : `SIGRTMIN+${signal - RTMIN}`;
}

const parseDigits = (text: string): number | undefined => {
  if (text === '' || text.length > 3) return undefined;
  for (const digit of text) if (digit < '0' || digit > '9') return undefined;
  return Number(text);
};

const parseRealTime = (name: string): number | undefined => {
  const offset = name.length > 5 ? parseDigits(name.slice(6)) : 0;
  if (offset === undefined || offset > RTMAX - RTMIN) return undefined;
  const sign = name[5];
  if (name.startsWith('RTMIN') && (sign === undefined || sign === '+')) return RTMIN + offset;
  if (name.startsWith('RTMAX') && (sign === undefined || sign === '-')) return RTMAX - offset;
  return undefined;
};

/**
 * Reads a signal as kill(1) does: `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN+3`, `SIGRTMAX-1`.
 *
 * @returns undefined where it is none of 1 to 64
 */
export function parseSignal(text: string): Signal | undefined {
  const number = parseDigits(text);
  if (number !== undefined) return number >= 1 && number <= RTMAX ? toSignal(number) : undefined;
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper.slice(3) : upper;
  const index = NAMES.indexOf(ALIASES[name] ?? name);
  if (index >= 0) return toSignal(index + 1);
  const realTime = parseRealTime(name);
  return realTime === undefined ? undefined : toSignal(realTime);
}

/** All names that {@link parseSignal} takes for 1 to 31, for suggestions. */
export const signalNames: readonly string[] = NAMES;
