import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Action } from '../core/action.ts';
import { type Pid, toPid, toSignal } from '../core/ids.ts';
import type { Surroundings as ServiceSurroundings } from '../core/services/service.ts';
import type { WaitStatus } from '../core/wait-status.ts';
import { errnoOf } from './errno.ts';
import type { Libc } from './libc.ts';
import type { Group } from './posix-spawn.ts';
import { findRunnable } from './runnable.ts';
import { prefersPosix, startProcess } from './start-process.ts';

export type StandardStream = 'inherit' | 'ignore' | 'pipe';

/** For 0, 1 and 2; a number is a descriptor of ours. */
export type StandardStreams = readonly [StandardStream, StandardStream | number, StandardStream | number];

/** Where a program runs, and with what. */
export interface Surroundings {
  readonly cwd?: string | undefined;
  /** Added to our own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** false: `env` is all that there is. */
  readonly extendEnv?: boolean;
  readonly uid?: number;
  readonly gid?: number;
  /** The default are ours. */
  readonly stdio?: StandardStreams;
  /** Is given what execa has started. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

export interface Program {
  readonly words: readonly string[];
  readonly group: Extract<Action, { type: 'start' }>['group'];
  /** Whose foreground group it becomes. */
  readonly terminal: number | null;
  /** A session of its own would take the terminal from it. */
  readonly keepsSession?: boolean;
  readonly libc: Libc | null;
  readonly surroundings?: Surroundings | undefined;
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

const { ENOENT, ENOEXEC, EINVAL } = constants.errno;

const statusOf = (code: number | null, signal: NodeJS.Signals | null): WaitStatus =>
  signal === null
    ? { type: 'exited', code: code ?? 0 }
    : { type: 'signalled', signal: toSignal(constants.signals[signal]) };

/** A file without #! that the kernel does not know is a script, as in execvp(3): a shell does not look in PATH for it. */
const asScript = ([file = '', ...args]: readonly string[]): readonly string[] => [
  '/bin/sh',
  String(findRunnable(file)),
  ...args,
];

/** posix_spawn(3), which can have the terminal given to the program before it runs. */
function startByPosix(libc: Libc, words: readonly string[], group: Group, terminal: number | null): Started {
  const first = libc.spawn(words, process.env, group, terminal);
  const result = first === -ENOEXEC ? libc.spawn(asScript(words), process.env, group, terminal) : first;
  if (result > 0) return { type: 'own', pid: toPid(result) };
  if (terminal !== null) libc.tcsetpgrp(terminal, libc.getpgid(0));
  return { type: 'failed', errno: -result };
}

/** execa wants to know the folder, which cannot be said of one that has been removed. */
function folderOf(): string {
  try {
    return process.cwd();
  } catch {
    return '/proc/self/cwd';
  }
}

/** What libuv waits with for a child: https://docs.libuv.org/en/v1.x/process.html. */
interface Watched {
  readonly _handle?: { close(): void } | null;
}

/** Has libuv wait no more for a child, so that it is ours to wait for. */
export function leaveToUs(child: ChildProcess): boolean {
  const { _handle: handle } = child as Watched;
  handle?.close();
  return Boolean(handle);
}

/**
 * Starts a program, by execa. A group of its own is a session of its own there, which without a terminal is no difference
 * to the program; with one, posix_spawn(3) starts it.
 */
export function startProgram({ words, group, terminal, keepsSession = false, libc, surroundings }: Program): Started {
  const [file = '', ...args] = words;
  if (file === '') return { type: 'failed', errno: ENOENT };
  if (libc !== null && group === 'own' && (terminal !== null || keepsSession)) {
    return startByPosix(libc, words, 'own', terminal);
  }
  if (libc !== null && prefersPosix && surroundings === undefined) {
    return startByPosix(libc, words, group === 'inherited' ? 'inherited' : 'session', null);
  }
  const { child, failure } = startProcess(file, args, {
    cwd: surroundings?.cwd ?? folderOf(),
    env: surroundings?.env ?? {},
    extendEnv: surroundings?.extendEnv ?? true,
    ...(surroundings?.uid === undefined ? {} : { uid: surroundings.uid }),
    ...(surroundings?.gid === undefined ? {} : { gid: surroundings.gid }),
    stdio: surroundings?.stdio ?? 'inherit',
    detached: group !== 'inherited',
  });
  const { pid } = child;
  surroundings?.onSpawn?.(child);
  if (pid === undefined) return { type: 'failing', errno: failure.then((code) => errnoOf(code) || EINVAL) };
  // libuv would keep the number of a real-time signal that ends it to itself.
  if (libc !== null && leaveToUs(child)) return { type: 'own', pid: toPid(pid) };
  return {
    type: 'execa',
    pid: toPid(pid),
    onEnd: (tell) => child.once('exit', (code, signal) => tell(statusOf(code, signal))),
  };
}

/** The surroundings of a service as {@link startProgram} has them. */
export const placeOf = ({ environment, folder, user }: ServiceSurroundings): Surroundings => ({
  cwd: folder ?? undefined,
  ...(environment === null ? {} : { env: toVariables(environment), extendEnv: false }),
  ...(user === null ? {} : { uid: user.user, gid: user.group }),
});

const toVariables = (environment: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    environment.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
