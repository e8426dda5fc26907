import { World } from '../../test/helpers/world.ts';
import type { Init } from '../inits.ts';
import { type Measure, atMost, takeTurns } from '../row.ts';
import { runTool, tools } from '../tools.ts';

const ROUNDS = 5;
const CHILDREN = 1_000;
const NANOS = 1e6;
const LOOP = 'a loop in C';

/** From TERM to the init until it has gone, in ms. The inits that do not wait leave the rest to the kernel. */
async function measureStop(init: Init): Promise<readonly number[]> {
  await using world = new World(init, { run: [tools, 'crowd', String(CHILDREN)], options: init.everyone });
  await world.until('all are there', () => world.stdout !== '');
  return runTool('stop', world.init).flat();
}

export const crowd: Measure = {
  name: 'crowd',
  measure: async (inits) => {
    const all: readonly (Init | { readonly name: string })[] = [...inits, { name: LOOP }];
    const [nanos = new Map<string, number>()] = await takeTurns(ROUNDS, all, async (one) =>
      'command' in one ? measureStop(one) : runTool('loop', CHILDREN).flat(),
    );
    const values = new Map([...nanos].map(([name, value]) => [name, value / NANOS]));
    return [{ what: `TERM to ${CHILDREN} children, all reaped`, unit: 'ms', budget: atMost(1.3, LOOP), values }];
  },
};
