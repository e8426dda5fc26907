import { toMillis } from './ids.ts';

/** The longest that the hooks before a stop may take, where nobody says how long. */
export const HOOK_LIMIT = toMillis(10_000);
