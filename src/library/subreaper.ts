import type { Libc } from '../node/libc.ts';

/** It is a property of the whole process, so the first who needs it sets it, and the last gives it up. */
let users = 0;

/** @returns what ends it; undefined where it cannot be had */
export function becomeSubreaper(libc: Libc): (() => void) | undefined {
  if (users === 0 && !libc.becomeSubreaper()) return undefined;
  users += 1;
  return () => {
    users -= 1;
    if (users === 0) libc.ceaseSubreaper();
  };
}
