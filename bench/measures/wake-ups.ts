import { setTimeout } from 'node:timers/promises';
import { statusOf } from '../../test/helpers/process.ts';
import { startIdle } from '../idle.ts';
import type { Init } from '../inits.ts';
import type { Measure } from '../row.ts';

const SECONDS = 10;

const countSwitches = (pid: number): number =>
  statusOf(pid, 'voluntary_ctxt_switches', 'nonvoluntary_ctxt_switches')
    .map((line) => Number(line.split(':')[1]))
    .reduce((sum, count) => sum + count, 0);

/** Times that an idle init is given a processor, in so many seconds. */
export async function countWakeUps(init: Init, seconds: number): Promise<number> {
  await using world = await startIdle(init);
  const before = countSwitches(world.init);
  await setTimeout(seconds * 1_000);
  return countSwitches(world.init) - before;
}

export const wakeUps: Measure = {
  name: 'wake-ups',
  measure: async (inits) => {
    const perMinute = async (init: Init) => [init.name, (await countWakeUps(init, SECONDS)) * (60 / SECONDS)] as const;
    const values = new Map(await Promise.all(inits.map(perMinute)));
    return [{ what: 'wake-ups a minute, idle', unit: '', budget: { type: 'absolute', limit: 0 }, values }];
  },
};
