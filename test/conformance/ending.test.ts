import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { findBelow } from '../helpers/process.ts';
import { assertTold, checkStop } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';
import { World, program } from '../helpers/world.ts';

const { SIGTERM, SIGKILL } = constants.signals;
const KILLED = 128 + SIGKILL;

/** Programs that do not end after the signal within the time of a test. */
const SLOW = '--drain 60000';

/** Main ends when it is told to through its standard input. */
const untilTold = 'read -r line';

for (const subject of subjects) {
  describe(`${subject.name}: when the main program ends by itself`, { concurrency: 4 }, () => {
    for (const [name, end, status] of [
      ['well', 'exit 0', 0],
      ['with a failure', 'exit 7', 7],
      ['by a signal', 'kill -KILL $$', KILLED],
      ['by TERM', 'kill -TERM $$', 128 + SIGTERM],
    ] as const) {
      test(`${name}, the others get TERM and are waited for`, async () => {
        await using world = new World(subject, {
          run: `P one --exit 3 & (P two --exit 4 & wait) & setsid P three --exit 5 & ${untilTold}; ${end}`,
          hasInput: true,
        });
        await world.has('one ready', 'two ready', 'three ready');
        world.write('\n');
        assert.equal((await world.end()).status, status, world.describe());
        assertTold(world, ['one', 'two', 'three'], SIGTERM);
      });
    }

    test('those that outlast the grace period are killed, by name', async () => {
      await using world = new World(subject, {
        run: `P one & P two ${SLOW} & ${untilTold}; exit 7`,
        options: ['--grace', '800ms'],
        hasInput: true,
      });
      await world.has('one ready', 'two ready');
      world.write('\n');
      assert.equal((await world.end()).status, 7, world.describe());
      assertTold(world, ['one'], SIGTERM);
      assert.equal(world.count('two done'), 0, world.describe());
      assert.match(
        world.stderr,
        /^drainit: killed program \(\d+\): the grace period of 0\.8 s is over\ndrainit: report: /,
      );
    });

    test('a stop signal that comes then is one more', async () => {
      await using world = new World(subject, {
        run: `P one ${SLOW} & ${untilTold}; exit 7`,
        hasInput: true,
      });
      await world.has('one ready');
      world.write('\n');
      await world.has(`one got ${SIGTERM}`);
      world.signal('SIGINT');
      await world.has('one got 2');
      process.kill(findBelow(world.init, program, 'one') ?? 0, 'SIGKILL');
      assert.equal((await world.end()).status, 7, world.describe());
      assert.equal(world.count('one got 15 from 1'), 1, world.describe());
      assert.equal(world.count('one got 2 from 1'), 1, world.describe());
    });
  });

  describe(`${subject.name}: --grace`, { concurrency: 4 }, () => {
    for (const [options, env] of [
      [['--grace', '500ms'], {}],
      [['-t', '0.5'], {}],
      [[], { DRAINIT_GRACE: '500ms' }],
    ] as const) {
      test(`${options.join(' ')}${Object.keys(env).join('')} bounds a stop`, async () => {
        await using world = new World(subject, {
          run: `P one --drain 100 & P two ${SLOW} & P three --ignore 15 & wait`,
          options,
          env,
        });
        await world.has('one ready', 'two ready', 'three ready');
        world.signal('SIGTERM');
        const { status, seconds } = await world.end();
        assert.equal(status, KILLED, world.describe());
        assert.ok(seconds >= 0.5 && seconds < 5, `${seconds} s`);
        assertTold(world, ['one'], SIGTERM);
        assert.equal(world.stderr.match(/killed program \(\d+\): the grace period of 0\.5 s is over\n/g)?.length, 2);
      });
    }

    test('ends a loop that ignores the signal (ignore-loop)', async () => {
      await using world = new World(subject, {
        run: `trap '' TERM; while :; do P one --drain 100; done`,
        options: ['--grace', '1s'],
      });
      await world.has('one ready');
      world.signal('SIGTERM');
      const { status, seconds } = await world.end();
      assert.equal(status, KILLED, world.describe());
      assert.ok(seconds >= 1 && seconds < 5, `${seconds} s`);
      assert.equal(world.count('one got 15'), 1, world.describe());
      assert.match(world.stderr, /killed bash \(\d+\)/);
    });

    test('is not waited for when everything has ended', async () => {
      const { end } = await checkStop(subject, {
        run: 'P one --drain 100 & wait',
        options: ['--grace', '60s'],
        programs: ['one'],
        status: 0,
      });
      assert.ok(end.seconds < 5, `${end.seconds} s`);
    });

    test('kills what forks while it is killed', async () => {
      await using world = new World(subject, {
        run: `trap '' TERM; echo begun >> $LOG; while :; do sleep .01 & sleep .01 & wait -n; done`,
        options: ['--grace', '100ms'],
      });
      await world.has('begun');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, KILLED, world.describe());
    });
  });
}
