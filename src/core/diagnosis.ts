import type { Action } from './action.ts';
import { type Cause, type Evidence, findCause } from './causes.ts';
import { type Millis, type Pid, elapsed, toMillis } from './ids.ts';
import { note } from './outcome.ts';
import { type Process, listDescendants } from './process-table.ts';
import type { Stop } from './state.ts';

/** A stop that takes longer is looked into, while `docker stop` still has half of its ten seconds to go. */
const SLOW_TIME = toMillis(5_000);

/** So many processes are asked why they are still there: each costs the host some system calls. */
const MOST = 64;

/** The ones that were told come first: most others wait for them. */
const byImportance = (stop: Stop, processes: readonly Process[]): readonly Process[] => [
  ...processes.filter(({ pid }) => stop.told.has(pid)),
  ...processes.filter(({ pid }) => !stop.told.has(pid)),
];

/**
 * The likely reason why each of these is still there, for as many as there is room for.
 *
 * The result is only good when the inquiry is complete.
 */
export function findCauses(evidence: Evidence, processes: readonly Process[]): ReadonlyMap<Pid, Cause> {
  const causes = new Map<Pid, Cause>();
  for (const process of byImportance(evidence.stop, processes).slice(0, MOST)) {
    const cause = findCause(evidence, process);
    if (cause !== null) causes.set(process.pid, cause);
  }
  return causes;
}

/** Processes that are there for the same reason. */
export interface Alike<P> {
  readonly first: P;
  readonly cause: Cause;
  readonly others: number;
}

/**
 * Thirty workers that ignore a signal are one thing to say.
 *
 * @param placeOf only those of one place are alike
 */
export function groupByCause<P>(
  judged: readonly (readonly [process: P, cause: Cause])[],
  placeOf: (process: P) => string | null = () => null,
): readonly Alike<P>[] {
  const groups = new Map<string, Alike<P>>();
  for (const [process, cause] of judged) {
    const key = JSON.stringify([cause, placeOf(process)]);
    const known = groups.get(key);
    groups.set(
      key,
      known === undefined ? { first: process, cause, others: 0 } : { ...known, others: known.others + 1 },
    );
  }
  return [...groups.values()];
}

/**
 * Says once who keeps a slow stop waiting, and why: a SIGKILL from outside may come before the report does.
 *
 * The result is only good when the inquiry is complete.
 */
export function diagnose(evidence: Evidence, at: Millis): [Stop, readonly Action[]] {
  const { self, stop, table } = evidence;
  if (stop.isDiagnosed || at - stop.began < SLOW_TIME) return [stop, []];
  const left = listDescendants(table, self);
  const causes = findCauses(evidence, left);
  const after = elapsed(stop.began, at);
  const judged = left.flatMap((process) => {
    const cause = causes.get(process.pid);
    return cause === undefined ? [] : [[process, cause] as const];
  });
  const notes = groupByCause(judged).map(({ first: { pid, name }, cause, others }) =>
    note({ type: 'slow', pid, name, after, cause, others }),
  );
  return [{ ...stop, isDiagnosed: true }, notes];
}
