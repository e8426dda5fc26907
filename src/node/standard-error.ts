import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { cleanText } from '../report/clean.ts';
import type { Libc } from './libc.ts';

/** A write of so many bytes to a pipe that poll(2) calls writable never waits: PIPE_BUF, pipe(7). */
const LIMIT = 4_096;
const STDERR = 2;
/** In ms. */
const PAUSE = 10;

/**
 * Without poll(2): the same pipe or terminal once more, so that it is ours alone to be non-blocking. A socket cannot be
 * opened. A file never blocks, and would have an offset of its own: programs would write over our lines.
 */
function openAgain(): number {
  try {
    if (fstatSync(STDERR).isFile()) return STDERR;
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
  /** So many ms all lines together may wait for their reader. */
  private patience = 1_000;
  private isFull = false;

  /** @param onBrokenPipe a write has failed because nobody reads, and the kernel has sent us SIGPIPE for it */
  constructor(libc: Libc | null, onBrokenPipe: () => void) {
    this.libc = libc;
    this.fd = libc === null ? openAgain() : STDERR;
    this.onBrokenPipe = onBrokenPipe;
  }

  /** What a logger writes to: see {@link Sink}. */
  write(line: string, mayWait = false): boolean {
    const bytes = Buffer.from(cleanText(line));
    const isShort = bytes.length <= LIMIT;
    const text = isShort ? bytes : Buffer.concat([bytes.subarray(0, LIMIT - 1), Buffer.from('\n')]);
    while (!this.tryTo(text)) {
      if (!mayWait || !this.isFull || this.patience <= 0) return false;
      this.waitForReader();
    }
    return true;
  }

  private tryTo(text: Buffer): boolean {
    this.isFull = this.libc?.isWritable(this.fd, 0) === false;
    if (this.isFull) return false;
    try {
      writeSync(this.fd, text);
      return true;
    } catch (error) {
      // EAGAIN, EPIPE, EBADF: nobody reads.
      const { code } = error as NodeJS.ErrnoException;
      this.isFull = code === 'EAGAIN';
      if (code === 'EPIPE') this.onBrokenPipe();
      return false;
    }
  }

  /** Without poll(2) it is tried again a little later. */
  private waitForReader(): void {
    const began = performance.now();
    if (this.libc === null) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    else this.libc.isWritable(this.fd, this.patience);
    this.patience -= Math.max(1, performance.now() - began);
  }
}
