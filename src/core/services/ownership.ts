import type { Pid } from '../ids.ts';
import type { Process } from '../process-table.ts';

/** The processes of each service, and those that are nobody's. */
export interface Shares {
  readonly byService: ReadonlyMap<number, readonly Process[]>;
  readonly owners: ReadonlyMap<Pid, number>;
}

/**
 * Says whose each process is: that of the service below whose program it is. What such a program left behind is known by
 * what was known of it before, or by its process group, which every service has for itself.
 *
 * @param hooks process groups that are no part of a service, though it may have started them
 */
export function shareProcesses(
  rows: readonly Process[],
  self: Pid,
  known: ReadonlyMap<Pid, number>,
  hooks: ReadonlySet<Pid>,
): Shares {
  const table = new Map(rows.map((row) => [row.pid, row]));
  const owners = new Map<Pid, number>();
  const judged = new Set<Pid>([self]);

  const judge = (start: Process): void => {
    // Up to somebody whose owner is known, or to a child of ours; then down again. A table may hold a loop.
    const path: Process[] = [];
    let next: Process | undefined = start;
    while (next !== undefined && !judged.has(next.pid)) {
      judged.add(next.pid);
      path.push(next);
      next = table.get(next.parent);
    }
    let owner = next === undefined ? undefined : owners.get(next.pid);
    for (const row of path.toReversed()) {
      if (hooks.has(row.group)) {
        // Its end is told to whom it belongs, and otherwise it is left alone.
        const asked = known.get(row.pid);
        if (asked !== undefined) owners.set(row.pid, asked);
        continue;
      }
      owner ??= known.get(row.pid) ?? known.get(row.group);
      if (owner !== undefined) owners.set(row.pid, owner);
    }
  };
  for (const row of rows) judge(row);

  const byService = new Map<number, Process[]>();
  for (const row of rows) {
    const owner = owners.get(row.pid);
    if (owner === undefined || hooks.has(row.group)) continue;
    const share = byService.get(owner);
    if (share === undefined) byService.set(owner, [row]);
    else share.push(row);
  }
  return { byService, owners };
}
