import type { Libc } from '../node/libc.ts';

/**
 * It is a property of the whole process, so the first who needs it sets it, and the last gives it up, unless this process
 * was one before.
 */
let users = 0;
let wasBefore = false;

/** @returns what ends it; undefined where it cannot be had */
export function becomeSubreaper(libc: Libc): (() => void) | undefined {
  if (users === 0) {
    wasBefore = libc.isSubreaper();
    if (!libc.becomeSubreaper()) return undefined;
  }
  users += 1;
  return () => {
    users -= 1;
    if (users === 0 && !wasBefore) libc.ceaseSubreaper();
  };
}
