import { sortIntoLevels } from './order.ts';
import type { Service } from './service.ts';

/** The order in which services start, and the other way round stop, as a small picture: a line for each level. */
export function describeOrder(services: readonly Service[]): readonly string[] {
  const sorted = sortIntoLevels(services);
  const nameOf = (index: number): string => services[index]?.name ?? '';
  if ('cycle' in sorted) return [`cycle: ${sorted.cycle.map(nameOf).join(' -> ')}`];
  return sorted.levels.map(
    (level, index) => `${'  '.repeat(index)}${index === 0 ? '' : '-> '}${level.map(nameOf).join(', ')}`,
  );
}
