import { spawnSync } from 'node:child_process';
import { World, childrenOf } from '../test/helpers/world.ts';
import type { Init } from './inits.ts';
import { tools } from './tools.ts';

/** Counts what the init itself executes, not what it starts. */
const VALGRIND = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'];

type Counted = Pick<Init, 'command'>;

const counted = <T extends Counted>(init: T): T => ({ ...init, command: [...VALGRIND, ...init.command] });

function readCount(report: string): number {
  const [, count] = /Collected : (\d+)/.exec(report) ?? [];
  if (count === undefined) throw new Error(`valgrind says no count:\n${report}`);
  return Number(count);
}

/** Instructions of `X -- /bin/true`, in an environment that is the same everywhere. */
export function countStartUp(init: Counted): number {
  const [file = '', ...options] = counted(init).command;
  const env = { PATH: '/usr/bin:/bin' };
  return readCount(spawnSync(file, [...options, '--', '/bin/true'], { encoding: 'utf8', env }).stderr);
}

async function countUntilStopped(
  init: Init,
  run: readonly string[],
  isReady: (world: World) => boolean,
): Promise<number> {
  await using world = new World(counted(init), { run });
  await world.until('it is ready', () => world.stdout !== '' && isReady(world));
  world.signal('SIGTERM');
  await world.end();
  return readCount(world.stderr);
}

/** Instructions of a life in which so many orphans are reaped. */
export const countReaping = async (init: Init, orphans: number): Promise<number> =>
  countUntilStopped(init, [tools, 'storm', String(orphans)], (world) => childrenOf(world.init).length === 1);

/** Instructions of a life that ends with one TERM to so many children. */
export const countStop = async (init: Init, children: number): Promise<number> =>
  countUntilStopped(init, [tools, 'crowd', String(children)], () => true);
