/** What the command is on a Node without execve(2): the parent of the native binary, as if it were not there. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { leave } from './leave.ts';
import { giveUpListening, isListening } from './listening.ts';
import { LEFT_OUT, Signals } from './signals.ts';
import { readTies } from './ties.ts';

const { SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGTTIN, SIGTTOU, SIGWINCH } = constants.signals;

/** On a terminal they come to all of our process group, and do to us what they do to any program. */
const LEFT_TO_THE_KERNEL: ReadonlySet<number> = new Set([SIGTSTP, SIGCONT, SIGTTIN, SIGTTOU, SIGWINCH]);

/** Whether the native binary, on a terminal and so in our process group, has got the signal as well. */
function isShared(signal: number): boolean {
  const { group, session, foreground } = readTies();
  if (signal === SIGINT || signal === SIGQUIT) return foreground === group;
  // That its terminal has gone is told to the leader of the session, and a shell then tells its jobs.
  return signal === SIGHUP && foreground < 0 && session !== process.pid;
}

/**
 * Runs the native binary as a child: signals go down, and the status comes up.
 *
 * @param onFailure is given the reason where it cannot be started
 */
export function stayInFront(
  native: string,
  [name = 'drainit', ...args]: readonly string[],
  onFailure: (message: string) => void,
): void {
  const isOnTerminal = [0, 1, 2].some(isatty);
  const signals = new Signals(isOnTerminal ? new Set([...LEFT_OUT, ...LEFT_TO_THE_KERNEL]) : LEFT_OUT);
  if (isListening()) giveUpListening();
  try {
    // A signal to our process group is to come to it once, by us. It could not have the terminal from another session.
    const child = spawn(native, args, { argv0: name, stdio: 'inherit', detached: !isOnTerminal });
    if (child.pid === undefined) {
      child.on('error', ({ message }) => onFailure(message));
      return;
    }
    signals.handTo((arrivals) => {
      for (const { signal } of arrivals) if (!isOnTerminal || !isShared(signal)) child.kill(signal);
    });
    child.on('exit', (code, signal) => leave(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  } catch (error) {
    // Node throws what it has no event for: ETXTBSY, or that --permission forbids it.
    onFailure((error as Error).message);
  }
}
