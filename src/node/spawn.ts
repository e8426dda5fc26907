import { constants } from 'node:os';
import { execa } from 'execa';
import type { Action } from '../core/action.ts';
import { type Pid, toPid, toSignal } from '../core/ids.ts';
import type { WaitStatus } from '../core/wait-status.ts';
import { type Libc, errnoOf } from './libc.ts';

interface Program {
  readonly words: readonly string[];
  readonly group: Extract<Action, { type: 'start' }>['group'];
  readonly terminal: number | null;
  readonly libc: Libc | null;
}

export type Running =
  /** execa's: it waits for it and tells of its end. */
  | { readonly type: 'execa'; readonly pid: Pid; readonly onEnd: (tell: (status: WaitStatus) => void) => void }
  /** Ours to wait for. */
  | { readonly type: 'own'; readonly pid: Pid };

export type Started =
  | Running
  | { readonly type: 'failed'; readonly errno: number }
  /** execa tells the reason later. */
  | { readonly type: 'failing'; readonly errno: Promise<number> };

const statusOf = (code: number | null, signal: NodeJS.Signals | null): WaitStatus =>
  signal === null
    ? { type: 'exited', code: code ?? 0 }
    : { type: 'signalled', signal: toSignal(constants.signals[signal]) };

/**
 * Starts the main program. execa cannot put it into the foreground group of a terminal before it runs, so there
 * posix_spawn(3) does. A group of its own is a session of its own with execa, which without a terminal is no difference to
 * the program.
 */
export function startProgram({ words, group, terminal, libc }: Program): Started {
  if (libc !== null && terminal !== null) {
    const pid = libc.spawnInGroup(words, process.env, terminal);
    return pid < 0 ? { type: 'failed', errno: -pid } : { type: 'own', pid: toPid(pid) };
  }
  const [file = '', ...args] = words;
  const child = execa(file, args, {
    stdio: 'inherit',
    detached: group !== 'inherited',
    // What execa would do to a child of its own accord is for the core to decide.
    cleanup: false,
    buffer: false,
    forceKillAfterDelay: false,
    reject: false,
  });
  const { pid, nodeChildProcess } = child;
  if (pid === undefined) return { type: 'failing', errno: child.then(({ code }) => errnoOf(code)) };
  return {
    type: 'execa',
    pid: toPid(pid),
    onEnd: (tell) => nodeChildProcess.once('exit', (code, signal) => tell(statusOf(code, signal))),
  };
}
