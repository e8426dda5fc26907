import { createRequire } from 'node:module';
import type { Supervise } from './types.ts';

/** Loads it when it is first needed: most of what imports the library needs something else of it, or not yet. */
export const loadSupervise = (): { supervise: Supervise } =>
  createRequire(import.meta.url)('./supervise.cjs') as { supervise: Supervise };
