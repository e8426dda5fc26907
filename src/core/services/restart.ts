import { type Millis, toMillis } from '../ids.ts';
import type { RestartPolicy } from './service.ts';

/** As Docker has it: 100 ms, doubled each time, a minute at most. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 60_000;
/** With so many it is longer than that. */
const DOUBLINGS = 10;

/** What ran for so long starts with a clean slate. */
const STABLE_TIME = 60_000;

/** How many restarts in a row it has been, given how long the service ran. */
export const restartsSoFar = (restarts: number, ran: number): number => (ran >= STABLE_TIME ? 0 : restarts);

/**
 * How long to wait before a service that has ended is started again.
 *
 * @param restarts in a row before this one
 * @returns null: it is not started again
 */
export function pauseBeforeRestart(policy: RestartPolicy, status: number, restarts: number): Millis | null {
  if (policy.when === 'never' || (policy.when === 'onFailure' && status === 0)) return null;
  if (policy.limit !== null && restarts >= policy.limit) return null;
  return toMillis(Math.min(FIRST_PAUSE << Math.min(restarts, DOUBLINGS), LONGEST_PAUSE));
}
