import type { Service } from './service.ts';

/** Who depends on whom, the other way round. */
export function listDependents(services: readonly Service[]): readonly (readonly number[])[] {
  const dependents: number[][] = services.map(() => []);
  services.forEach(({ dependsOn }, index) => {
    for (const { on } of dependsOn) dependents[on]?.push(index);
  });
  return dependents;
}

/**
 * The services in levels: each depends on ones of the levels before it.
 *
 * @returns the services of one cycle, the first of them at its end again, where there is one
 */
export function sortIntoLevels(
  services: readonly Service[],
): { readonly levels: readonly (readonly number[])[] } | { readonly cycle: readonly number[] } {
  const missing = services.map(({ dependsOn }) => new Set(dependsOn.map(({ on }) => on)).size);
  const dependents = listDependents(services).map((those) => [...new Set(those)]);
  const levels: number[][] = [];
  let level = missing.flatMap((count, index) => (count === 0 ? [index] : []));
  let sorted = 0;
  while (level.length > 0) {
    levels.push(level);
    sorted += level.length;
    const next: number[] = [];
    for (const index of level) {
      for (const dependent of dependents[index] ?? []) {
        const left = (missing[dependent] ?? 0) - 1;
        missing[dependent] = left;
        if (left === 0) next.push(dependent);
      }
    }
    level = next;
  }
  return sorted === services.length ? { levels } : { cycle: findCycle(services, missing) };
}

/** Of the services that wait for others, each waits for one of them: following that leads round. */
function findCycle(services: readonly Service[], missing: readonly number[]): readonly number[] {
  const isWaiting = (index: number): boolean => (missing[index] ?? 0) > 0;
  const path: number[] = [];
  let next = missing.findIndex((count) => count > 0);
  while (!path.includes(next)) {
    path.push(next);
    next = services[next]?.dependsOn.find(({ on }) => isWaiting(on))?.on ?? next;
  }
  return [...path.slice(path.indexOf(next)), next];
}
