import type { Host } from '../host/host.ts';

/**
 * For the test build alone: the action numbered `DRAINIT_TEST_THROW`, counted from 1, throws instead of being carried out,
 * as a bug of ours would. `DRAINIT_TEST_RECURSE` recurses for ever in the same place. `DRAINIT_TEST_DELAY` makes each
 * signal that many milliseconds late, for races. (`DRAINIT_TEST_OOM` is in the shim.)
 */
export function failOnDemand(host: Host): Host {
  const throwAt = numberOf('DRAINIT_TEST_THROW=');
  const recurseAt = numberOf('DRAINIT_TEST_RECURSE=');
  const delay = numberOf('DRAINIT_TEST_DELAY=');
  let count = 0;
  return {
    now: () => host.now(),
    perform: (action) => {
      count += 1;
      if (count === throwAt) throw new Error(`armed at action ${count}, ${action.type}`);
      if (count === recurseAt) recurse(0);
      if (action.type === 'signal') for (const end = host.now() + delay; host.now() < end;);
      return host.perform(action);
    },
  };
}

function numberOf(prefix: string): number {
  const variable = sys.variables().find((candidate) => candidate.startsWith(prefix));
  return Number(variable?.slice(prefix.length) ?? 0);
}

const recurse = (depth: number): number => recurse(depth + 1) + 1;
