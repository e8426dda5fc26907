import { HOOK_LIMIT } from '../hook-limit.ts';
import { type Millis, toMillis } from '../ids.ts';
import { listDependents, sortIntoLevels } from './order.ts';
import type { Service } from './service.ts';

/** The time that all pre-stop hooks of a service together have. */
export const hookLimitOf = ({ grace }: Service): Millis => (typeof grace === 'number' ? grace : HOOK_LIMIT);

/**
 * The longest that services may take to stop, each after those that depend on it; null: as long as one of them likes, or
 * nobody can say.
 */
export function longestStop(services: readonly Service[]): Millis | null {
  const sorted = sortIntoLevels(services);
  if ('cycle' in sorted) return null;
  const dependents = listDependents(services);
  const ends = new Map<number, number>();
  for (const index of sorted.levels.flat().toReversed()) {
    const service = services[index];
    if (service === undefined || typeof service.grace !== 'number') return null;
    const begin = Math.max(0, ...(dependents[index] ?? []).map((dependent) => ends.get(dependent) ?? 0));
    ends.set(index, begin + (service.preStop.length === 0 ? 0 : hookLimitOf(service)) + service.grace);
  }
  return toMillis(Math.max(0, ...ends.values()));
}
