import { decide } from '../core/decide.ts';

const decisions = { decide };

/** All of the core but the routine. */
export type Decisions = typeof decisions;

// A program of its own, which `sys.load` runs: most containers come to it only when they are stopped, and until then it
// costs them neither time at the start nor memory.
Object.assign(globalThis, { decisions });
