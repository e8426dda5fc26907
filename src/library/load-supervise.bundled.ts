import type { Supervise } from './types.ts';

/** What bundlers get instead of `load-supervise.ts`: in the same file, and run when it is first needed. */
export const loadSupervise = (): { supervise: Supervise } => require('./supervise.ts') as { supervise: Supervise };
