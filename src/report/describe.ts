import type { Cause, Named } from '../core/causes.ts';
import type { Pid } from '../core/ids.ts';
import { nameSignal } from '../core/signal.ts';
import type { WaitStatus } from '../core/wait-status.ts';

/** Words that several texts share. */

export const seconds = (millis: number): string => `${Math.round(millis / 100) / 10} s`;

/** A name that has a newline begins no line of ours. */
export const oneLine = (name: string): string => name.replaceAll('\n', '?');

export const describeProcess = (name: string, pid: Pid): string => `${oneLine(name)} (${pid})`;

/** Several of which the same is so. */
export const describeAlike = (name: string, pid: Pid, others: number): string =>
  others === 0 ? describeProcess(name, pid) : `${describeProcess(name, pid)}, like ${others} more,`;

/** In front of what is about one of several services. */
export const ofService = (service: string | null): string => (service === null ? '' : `${service}: `);

const describeNamed = ({ name, pid }: Named): string => describeProcess(name, pid);

export const describeEnd = (status: WaitStatus): string =>
  status.type === 'exited' ? `exited with ${status.code}` : `was ended by ${nameSignal(status.signal)}`;

/** A script of many lines is known by its beginning. */
const LONGEST_COMMAND = 60;

export function describeCommand(command: string): string {
  const text = oneLine(command);
  return text.length > LONGEST_COMMAND ? `'${text.slice(0, LONGEST_COMMAND - 3)}...'` : `'${text}'`;
}

/** @param command which one it is; null: there is one alone */
export const describeHook = (command: string | null): string =>
  command === null ? 'the pre-stop hook' : `the pre-stop hook ${describeCommand(command)}`;

/** Of several hooks, those behind one that was killed. */
export const describeSkipped = (count: number): string => (count === 0 ? '' : `; ${count} more not started`);

/** What a hook that is killed could have been given. */
export const MORE_TIME = '--pre-stop-timeout, or stop_grace_period of a service, gives it more time';

export const describeClients = (connected: number, example: string | null): string =>
  connected === 0 ? 'no client is connected' : `clients connected: ${connected}, such as one from ${example}`;

/** What is so of a process that has not ended, as the rest of a sentence about it. */
export function describeCause(cause: Cause): string {
  switch (cause.type) {
    case 'foreground':
      return (
        `traps ${nameSignal(cause.signal)} and probably runs ${describeNamed(cause.child)} in the foreground: ` +
        'a shell runs a trap only when that has ended'
      );
    case 'trapRuns':
      return `has caught ${nameSignal(cause.signal)}, and its trap runs ${describeNamed(cause.child)}`;
    case 'atWork':
      return cause.child === null
        ? `has caught ${nameSignal(cause.signal)} and not ended`
        : `has caught ${nameSignal(cause.signal)} and not ended; it runs ${describeNamed(cause.child)}`;
    case 'ignores':
      return `ignores ${nameSignal(cause.signal)}`;
    case 'blocks':
      return `blocks ${nameSignal(cause.signal)} and does not take it`;
    case 'namespaceInit':
      return (
        `is PID 1 of a PID namespace of its own, and has no handler for ${nameSignal(cause.signal)}: ` +
        'the kernel drops the signal'
      );
    case 'stopped':
      return 'is stopped (state T): something stops it again whenever it is continued';
    case 'traced':
      return 'is held by a debugger (state t)';
    case 'uninterruptible':
      return 'is in an uninterruptible sleep in the kernel (state D)';
    case 'startedLater':
      return cause.parent === null
        ? 'was started after the stop began'
        : `was started after the stop began, by ${describeNamed(cause.parent)}`;
  }
}

/** What a person can do about it. */
export function adviseOnCause(cause: Cause): string {
  switch (cause.type) {
    case 'foreground':
      return 'start the program with exec, or with & and then wait';
    case 'trapRuns':
    case 'atWork':
      return 'it may still be at work, or wait for something that does not end';
    case 'ignores':
    case 'blocks':
    case 'namespaceInit':
      return 'let it handle the signal, or send it another (-r FROM:TO, or stop_signal of a service)';
    case 'stopped':
      return 'look for who sends it SIGSTOP';
    case 'traced':
      return 'detach the debugger';
    case 'uninterruptible':
      return 'no signal is acted on there; look at its disks and network file systems';
    case 'startedLater':
      return 'it was not told: a clean-up that takes long, or a loop that starts programs anew';
  }
}
