import { closeSync, constants, openSync } from 'node:fs';

/**
 * A descriptor that is kept for us while something is supervised. This process may use up all that it may have, and it is
 * then, perhaps, that it wants its programs to be stopped: who they are has to be read.
 */
let spare: number | undefined;
let users = 0;
let isUsed = false;

function open(): number | undefined {
  try {
    return openSync('/', constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return undefined; // None is left: again after the next use.
  }
}

function close(): void {
  if (spare !== undefined) closeSync(spare);
  spare = undefined;
}

/** @returns what ends it */
export function keepSpare(): () => void {
  users += 1;
  spare ??= open();
  return () => {
    users -= 1;
    if (users === 0) close();
  };
}

/** Work that opens one descriptor at a time. */
export function useSpare<T>(work: () => T): T {
  if (isUsed || users === 0) return work();
  isUsed = true;
  close();
  try {
    return work();
  } finally {
    isUsed = false;
    if (users > 0) spare = open();
  }
}
