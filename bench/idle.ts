import { findBelow, statOf } from '../test/helpers/process.ts';
import { World } from '../test/helpers/world.ts';
import type { Init } from './inits.ts';

/** An init with one child, both of which have nothing to do. */
export async function startIdle(init: Init): Promise<World> {
  const world = new World(init, { run: ['sh', '-c', 'echo up; exec sleep 1000'] });
  await world.until('its program is there', () => world.stdout !== '');
  const isIdle = (pid: number | undefined): boolean => pid !== undefined && statOf(pid).state === 'S';
  await world.until('both wait', () => isIdle(world.init) && isIdle(findBelow(world.init, 'sleep')));
  return world;
}
