import { constants, openSync, writeSync } from 'node:fs';
import type { Libc } from './libc.ts';

/** A write of so many bytes to a pipe that poll(2) calls writable never waits: PIPE_BUF, pipe(7). */
const LIMIT = 4_096;
const STDERR = 2;

/**
 * Without poll(2): the same pipe or file once more, so that it is ours alone to be non-blocking. A socket cannot be opened.
 */
function openAgain(): number {
  try {
    return openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    return STDERR;
  }
}

/**
 * Lines on standard error, written without ever waiting for a reader. Not `process.stderr`: it makes the descriptor
 * non-blocking for everyone who shares it, and the programs would get EAGAIN.
 */
export class StandardError {
  private readonly libc: Libc | null;
  private readonly onBrokenPipe: () => void;
  private readonly fd: number;

  /** @param onBrokenPipe a write has failed because nobody reads, and the kernel has sent us SIGPIPE for it */
  constructor(libc: Libc | null, onBrokenPipe: () => void) {
    this.libc = libc;
    this.fd = libc === null ? openAgain() : STDERR;
    this.onBrokenPipe = onBrokenPipe;
  }

  /** @returns whether it went */
  write(line: string): boolean {
    const bytes = Buffer.from(line);
    const isShort = bytes.length <= LIMIT;
    if (this.libc !== null && !this.libc.isWritable(this.fd)) return false;
    try {
      writeSync(this.fd, isShort ? bytes : Buffer.concat([bytes.subarray(0, LIMIT - 1), Buffer.from('\n')]));
      return true;
    } catch (error) {
      // EAGAIN, EPIPE, EBADF: nobody reads.
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') this.onBrokenPipe();
      return false;
    }
  }
}
