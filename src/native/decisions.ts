import { isReportDue } from '../core/chronicle.ts';
import { decide } from '../core/decide.ts';
import { carryOut } from './carry-out.ts';

const decisions = { decide, isReportDue, carryOut };

/** All of the core but the routine, and what it asks of the host. */
export type Decisions = typeof decisions;

// A program of its own, which `sys.load` runs: most containers come to it only when they are stopped, and until then it
// costs them neither time at the start nor memory.
Object.assign(globalThis, { decisions });
