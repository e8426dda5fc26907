import assert from 'node:assert/strict';
import type { Subject } from './subjects.ts';
import { type Scene, World } from './world.ts';

/** A start file in Compose's words at work. */
export const startCompose = (subject: Subject, yaml: string, scene: Partial<Scene> = {}): World =>
  new World(subject, {
    run: [],
    ...scene,
    files: { 'drainit.yaml': yaml, ...scene.files },
    options: [...(scene.options ?? []), '-f', 'drainit.yaml'],
  });

const order = (world: World, ...texts: readonly string[]): readonly number[] =>
  texts.map((text) => world.lines.findIndex((line) => line.startsWith(text)));

/** These lines came, one after the other. */
export function assertOrder(world: World, ...texts: readonly string[]): void {
  const places = order(world, ...texts);
  assert.ok(!places.includes(-1), world.describe());
  assert.deepEqual(
    places.toSorted((one, other) => one - other),
    places,
    world.describe(),
  );
}
