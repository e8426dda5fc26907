import { isReportDue } from '../core/chronicle.ts';
import { decide } from '../core/decide.ts';
import { beginDrain, isHeld } from '../core/drain.ts';
import { hasten } from '../core/reaping.ts';
import { survey } from '../core/survey.ts';
import { carryOut, startProgram } from './carry-out.ts';

/** What the program for start files takes from here, and has no copy of: see scripts/bundle.ts. */
const shared = { decide, isReportDue, beginDrain, isHeld, survey, hasten, startProgram };

const decisions = { decide, isReportDue, carryOut, shared };

/** All of the core but the routine, and what it asks of the host. */
export type Decisions = typeof decisions;

// A program of its own, which `sys.load` runs: most containers come to it only when they are stopped, and until then it
// costs them neither time at the start nor memory.
Object.assign(globalThis, { decisions });
