import type { Host } from './host.ts';

/** What goes wrong. Actions are counted from 1; 0: it does not. */
interface Arming {
  /** This action throws instead of being carried out, as a bug of ours would. */
  readonly throwAt: number;
  /** This one recurses for ever. */
  readonly recurseAt: number;
  /** This one fills the heap. */
  readonly exhaustAt: number;
  /** Each signal is so many milliseconds late, for races. */
  readonly delay: number;
}

/** For test builds alone: `DRAINIT_TEST_THROW`, `_RECURSE`, `_EXHAUST` and `_DELAY`. */
export function readArming(variables: Readonly<Record<string, string | undefined>>): Arming {
  const read = (what: string): number => Number(variables[`DRAINIT_TEST_${what}`] ?? 0);
  return {
    throwAt: read('THROW'),
    recurseAt: read('RECURSE'),
    exhaustAt: read('EXHAUST'),
    delay: read('DELAY'),
  };
}

const recurse = (depth: number): number => recurse(depth + 1) + 1;

function exhaust(): never {
  for (const all: unknown[] = []; ;) all.push(Array.from({ length: 100_000 }, () => ({})));
}

/** A host that fails where a test asks it to. */
export function failOnDemand(host: Host, { throwAt, recurseAt, exhaustAt, delay }: Arming): Host {
  let count = 0;
  return {
    now: () => host.now(),
    owe: (signal) => host.owe(signal),
    perform: (action) => {
      count += 1;
      if (count === throwAt) throw new Error(`armed at action ${count}, ${action.type}`);
      if (count === recurseAt) recurse(0);
      if (count === exhaustAt) exhaust();
      if (action.type === 'signal') for (const end = host.now() + delay; host.now() < end;);
      return host.perform(action);
    },
  };
}
