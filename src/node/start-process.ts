import type { ChildProcess } from 'node:child_process';
import { execa } from 'execa';
import type { StandardStream, StandardStreams } from './spawn.ts';

export interface StartOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether that is added to our own. */
  readonly extendEnv: boolean;
  readonly uid?: number;
  readonly gid?: number;
  readonly stdio: 'inherit' | StandardStreams;
  readonly detached: boolean;
}

export interface StartedProcess {
  /** Has no pid where it could not be started. */
  readonly child: ChildProcess;
  /** Then the system's code, such as `ENOENT`. */
  readonly failure: Promise<string | undefined>;
}

/** Whether a program that needs nothing else is started by posix_spawn(3), where that can be had. */
export const prefersPosix = false;

/** execa takes any descriptor; its types know those up to 9. */
type KnownStreams = 'inherit' | readonly [StandardStream, StandardStream | 9, StandardStream | 9];

/** Starts a process by execa. What that would do to it of its own accord is for the core to decide. */
export function startProcess(file: string, args: readonly string[], options: StartOptions): StartedProcess {
  const subprocess = execa(file, args, {
    ...options,
    stdio: options.stdio as KnownStreams,
    cleanup: false,
    buffer: false,
    forceKillAfterDelay: false,
    reject: false,
  });
  return { child: subprocess.nodeChildProcess, failure: subprocess.then(({ code }) => code) };
}
