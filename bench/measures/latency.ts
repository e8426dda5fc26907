import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../scripts/run.ts';
import { World } from '../../test/helpers/world.ts';
import type { Init } from '../inits.ts';
import { type Measure, atMost, takeTurns } from '../row.ts';
import { runTool, tools } from '../tools.ts';

const ROUNDS = 5;
const SIGNALS = 600;
const NANOS = 1e3;

/** From the kill(2) of USR1 to an init until its program has answered, in µs: median and 99th percentile. */
async function measureLatency(init: Init): Promise<readonly number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'drainit-bench-'));
  try {
    const fifo = path.join(folder, 'answers');
    run('mkfifo', [fifo]);
    await using world = new World(init, { run: [tools, 'echo', fifo] });
    await world.until('its program is there', () => world.stdout !== '');
    const [times = []] = runTool('latency', world.init, fifo, SIGNALS);
    return times.map((nanos) => nanos / NANOS);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const latency: Measure = {
  name: 'latency',
  measure: async (inits) => {
    const [middle = new Map(), late = new Map()] = await takeTurns(ROUNDS, inits, measureLatency);
    return [
      { what: 'signal latency, p50', unit: 'µs', budget: atMost(1.2, 'tini'), values: middle },
      { what: 'signal latency, p99', unit: 'µs', budget: atMost(1.2, 'tini'), values: late },
    ];
  },
};
