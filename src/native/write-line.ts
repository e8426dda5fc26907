import { cleanBytes } from '../report/clean.ts';

const STDERR = 2;
const CLOCK_MONOTONIC = 1;
const EAGAIN = 11;

/** So long all lines together may wait for their reader. */
let patience = 1_000;

function waitForReader(): void {
  const began = sys.clock(CLOCK_MONOTONIC);
  sys.waitToWrite(STDERR, patience);
  patience -= Math.max(1, sys.clock(CLOCK_MONOTONIC) - began);
}

/** What a logger writes to: see {@link Sink}. */
export function writeLine(line: string, mayWait: boolean): boolean {
  for (let rest = cleanBytes(line); ;) {
    const written = sys.write(STDERR, rest);
    rest = rest.slice(Math.max(0, written));
    if (rest === '') return true;
    const isFull = written >= 0 || written === -EAGAIN;
    if (!mayWait || !isFull || patience <= 0) return false;
    waitForReader();
  }
}
