import { World, childrenOf } from '../../test/helpers/world.ts';
import type { Init } from '../inits.ts';
import { type Measure, atMost, takeTurns } from '../row.ts';
import { readProcessorTime, tools } from '../tools.ts';

const ROUNDS = 5;
const ORPHANS = 20_000;
const PATIENCE = 120_000;
const NANOS = 1e3;

/** Of the init, user and system, for each orphan that it reaps, in µs. */
async function measureReaping(init: Init): Promise<readonly number[]> {
  await using world = new World(init, { run: [tools, 'storm', String(ORPHANS)] });
  const isReaped = (): boolean => world.stdout !== '' && childrenOf(world.init).length === 1;
  await world.until('all are made and reaped', isReaped, PATIENCE);
  return [readProcessorTime(world.init) / ORPHANS / NANOS];
}

export const orphans: Measure = {
  name: 'orphans',
  measure: async (inits) => {
    const [values = new Map()] = await takeTurns(ROUNDS, inits, measureReaping);
    const what = `processor per orphan, of ${ROUNDS * ORPHANS}`;
    return [{ what, unit: 'µs', budget: atMost(1.3, 'tini'), values }];
  },
};
