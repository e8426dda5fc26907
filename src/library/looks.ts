/** One that looks at what has become of its processes. */
export interface Looker {
  /** Takes the ends of those that are known to be children of ours. */
  reap(): void;
  /** Takes in what a look shows that was begun then or later, in milliseconds of `performance.now()`. */
  see(since: number): void;
  /** Whether it knows of nobody any more. */
  isEmpty(): boolean;
  /** Does what follows from that. */
  conclude(): void;
}

const wanted = new Set<Looker>();

/**
 * Looks when this turn of the event loop is over, once for all that is known to have happened by then, and for all who want
 * to: each look reads all of /proc. libuv has taken the ends of other children of ours before.
 */
export function lookSoon(looker: Looker): void {
  if (wanted.size === 0) setImmediate(lookAll);
  wanted.add(looker);
}

/**
 * A process may start another just before it ends. So all is read after the ends have been taken; and where nobody is left,
 * once more, since what is read one by one may have missed one that was being started.
 */
function lookAll(): void {
  const lookers = [...wanted];
  wanted.clear();
  for (const looker of lookers) looker.reap();
  const first = performance.now();
  for (const looker of lookers) looker.see(first);
  const second = performance.now();
  for (const looker of lookers) if (looker.isEmpty()) looker.see(second);
  for (const looker of lookers) looker.conclude();
}
