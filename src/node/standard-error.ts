import { writeSync } from 'node:fs';
import type { Libc } from './libc.ts';

/** A write of so many bytes to a pipe that poll(2) calls writable never waits: PIPE_BUF, pipe(7). */
const LIMIT = 4_096;
const STDERR = 2;

/**
 * Writes a line to standard error without ever waiting for a reader. Not `process.stderr`: it makes the descriptor
 * non-blocking for everyone who shares it, and the programs would get EAGAIN.
 *
 * @returns whether it went
 */
export function writeLine(libc: Libc | null, line: string): boolean {
  const bytes = Buffer.from(line);
  const isShort = bytes.length <= LIMIT;
  if (libc !== null && !libc.isWritable(STDERR)) return false;
  try {
    writeSync(STDERR, isShort ? bytes : Buffer.concat([bytes.subarray(0, LIMIT - 1), Buffer.from('\n')]));
    return true;
  } catch {
    // EAGAIN, EPIPE, EBADF: nobody reads.
    return false;
  }
}
