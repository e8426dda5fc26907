import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { statOf } from '../helpers/process.ts';
import { assertTold } from '../helpers/stop.ts';
import { cannot, subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

/** The children of a process, those that have ended included. */
const countChildren = (parent: number): number =>
  readdirSync('/proc').filter((name) => Number(name) > 0 && statOf(Number(name)).parent === parent).length;

for (const subject of subjects) {
  describe(`${subject.name}: orphans`, () => {
    test('100,000 are reaped, and none is left', async () => {
      await using world = new World(subject, { run: 'orphans 100000; exec P one --exit 7' });
      await world.until('all of them', () => world.count('orphans ready') > 0, 60_000);
      await world.has('one ready');
      await world.until('only the program is left', () => countChildren(world.init) === 1);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 7, world.describe());
    });

    test('the status of the program is never lost among them', async () => {
      for (let code = 0; code < 256; code += 5) {
        await using world = new World(subject, { run: ['orphans', '300', '--exit', `${code}`] });
        assert.equal((await world.end()).status, code, world.describe());
      }
    });

    test('nor when the program ends in the middle of a storm', async () => {
      for (let round = 0; round < 10; round += 1) {
        await using world = new World(subject, { run: 'orphans 60000 & orphans 500; exit 7' });
        assert.equal((await world.end()).status, 7, world.describe());
        assert.equal(world.count('orphans ready'), 1, 'the storm was not over');
      }
    });

    test('a stop in the middle of a storm', async () => {
      await using world = new World(subject, { run: 'orphans 100000 & P one --exit 5; :' });
      await world.has('one ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 5, world.describe());
      assertTold(world, ['one'], constants.signals.SIGTERM);
      assert.equal(world.count('orphans ready'), 0, 'the storm was not over');
    });

    test('-w says which ones were reaped', async () => {
      await using world = new World(subject, { run: 'orphans 3; exec P one --exit 7', options: ['-w'] });
      await world.has('one ready');
      const says = /^(drainit: reaped orphan \d+, which exited with 0\n){3}$/;
      await world.until('a line for each', () => says.test(world.stderr));
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 7, world.describe());
      assert.match(world.stderr, says);
    });

    // Where SIGCHLD is ignored the kernel reaps by itself and tells nobody: wait(2).
    test('SIGCHLD ignored at the start (chld-ignored)', async () => {
      await using world = new World(subject, {
        before: ['env', '--ignore-signal=CHLD'],
        run: ['sh', '-c', 'program one & while ! grep -q ready $LOG; do :; done; exit 7'],
      });
      assert.equal((await world.end()).status, 7, world.describe());
      assertTold(world, ['one'], constants.signals.SIGTERM);
    });

    test('children that were there before drainit was', async () => {
      await using world = new World(subject, {
        before: ['bash', '-c', 'program one & sh -c "exit 9" & exec "$@"', 'bash'],
        run: 'P two --exit 5; :',
      });
      await world.has('one ready', 'two ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 5, world.describe());
      assertTold(world, ['two'], constants.signals.SIGTERM);
      if (cannot(subject, 'child')) assert.equal(world.count('one got 15'), 0, world.describe());
      else assertTold(world, ['one'], constants.signals.SIGTERM);
    });
  });
}
