import { ChildProcess, spawn } from 'node:child_process';
import type { StartOptions, StartedProcess } from './start-process.ts';

/** fork(2), by which Node does it, copies the page tables of all of Node: a twentieth of the time. */
export const prefersPosix = true;

/**
 * What the packed file has instead of `start-process.ts`: nothing of what execa does is asked for there, and it would be a
 * tenth of the time that the file takes to start.
 */
export function startProcess(file: string, args: readonly string[], options: StartOptions): StartedProcess {
  const { env, extendEnv, stdio } = options;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  try {
    const child = spawn(file, args, {
      ...options,
      env: extendEnv ? { ...process.env, ...env } : env,
      stdio: typeof stdio === 'string' ? stdio : [...stdio],
    });
    child.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    return { child, failure: promise };
  } catch (error) {
    // Node tells of some errors by an event, and throws the others.
    resolve((error as NodeJS.ErrnoException).code);
    return { child: new ChildProcess(), failure: promise };
  }
}
