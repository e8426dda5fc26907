import { readFileSync } from 'node:fs';
import { startIdle } from '../idle.ts';
import type { Init } from '../inits.ts';
import { type Measure, atMost, takeTurns } from '../row.ts';

const ROUNDS = 7;

const readKilobytes = (rollup: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1]);

/** Resident pages in KiB: all of them, and those that are no pages of a file. */
export function readMemoryOf(pid: number): readonly number[] {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [readKilobytes(rollup, 'Rss'), readKilobytes(rollup, 'Anonymous')];
}

/** The same of an init with one idle child. */
export async function readMemory(init: Init): Promise<readonly number[]> {
  await using world = await startIdle(init);
  return readMemoryOf(world.init);
}

export const memory: Measure = {
  name: 'memory',
  measure: async (inits) => {
    const [resident = new Map(), anonymous = new Map()] = await takeTurns(ROUNDS, inits, readMemory);
    return [
      { what: 'resident memory, idle', unit: 'KiB', budget: atMost(1.05, 'tini-static'), values: resident },
      { what: '… of it anonymous', unit: 'KiB', budget: null, values: anonymous },
    ];
  },
};
