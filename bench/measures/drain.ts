import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Network } from '../../test/helpers/network.ts';
import type { Subject } from '../../test/helpers/subjects.ts';
import { World } from '../../test/helpers/world.ts';
import type { Measure, Row } from '../row.ts';
import { readProcessorTime, tools } from '../tools.ts';

/** Of so many connections each: a process may have no more than some ten thousand descriptors. */
const PROCESSES = 5;
const CONNECTIONS = 10_000;
const DRAIN_SECONDS = 10;
const PATIENCE = 120_000;
const NANOS = 1e6;

/** Connections from another network namespace, once they are there. */
async function connect(address: string, count: number): Promise<ChildProcess> {
  const flood = spawn(tools, ['flood', address, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(flood.stdout, 'data'), once(flood, 'exit')]);
  return flood;
}

/** Processor time of a whole adaptive drain that so many clients keep open until its end, in ms. */
async function measureDrain(init: Subject, floods: readonly number[]): Promise<number> {
  using network = new Network();
  await using world = new World(init, {
    before: network.before,
    run: [tools, 'hold', String(PROCESSES), String(CONNECTIONS)],
    options: ['--drain', `1s..${DRAIN_SECONDS}s`],
  });
  await world.until('the server listens', () => world.stdout !== '');
  const clients = await Promise.all(floods.map(async (count) => connect(network.address, count)));
  const { init: pid } = world;
  const before = readProcessorTime(pid);
  let after = before;
  world.signal('SIGTERM');
  await world.until(
    'the end of the drain',
    () => {
      after = readProcessorTime(pid) || after;
      return world.isOver;
    },
    PATIENCE,
  );
  for (const client of clients) client.kill();
  return (after - before) / NANOS;
}

/** With one client, and with fifty thousand. */
export async function measureDrains(hosts: readonly Subject[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const floods of [[1], Array.from({ length: PROCESSES }, () => CONNECTIONS)]) {
    const values = new Map<string, number>();
    for (const host of hosts) values.set(host.name, await measureDrain(host, floods));
    const connected = floods.reduce((sum, count) => sum + count, 0);
    const what = `processor for a drain of ${DRAIN_SECONDS} s, ${connected} connected`;
    rows.push({ what, unit: 'ms', budget: { type: 'absolute', limit: DRAIN_SECONDS * 100 }, values });
  }
  return rows;
}

export const drain: Measure = {
  name: 'drain',
  measure: async (inits) => measureDrains(inits.filter(({ isOurs }) => isOurs)),
};
