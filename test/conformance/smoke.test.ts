import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

for (const subject of subjects) {
  test(`${subject.name}: two programs in the background`, async () => {
    await using world = new World(subject, { run: 'P one & P two & wait' });
    await world.has('one ready', 'two ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    for (const name of ['one', 'two']) {
      assert.equal(world.count(`${name} got 15`), 1);
      assert.equal(world.count(`${name} done`), 1);
    }
  });
}
