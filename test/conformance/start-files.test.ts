/** Several programs without a shell: `-f Procfile`. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { assertTold } from '../helpers/stop.ts';
import { type Subject, subjects, testBuildOf } from '../helpers/subjects.ts';
import { type Scene, World } from '../helpers/world.ts';

const { SIGTERM } = constants.signals;

const start = (subject: Subject, procfile: string, scene: Partial<Scene> = {}): World =>
  new World(subject, {
    run: [],
    ...scene,
    files: { Procfile: procfile, ...scene.files },
    options: [...(scene.options ?? []), '-f', 'Procfile'],
  });

const refusals: readonly (readonly [procfile: string, message: string])[] = [
  ['web program', "Procfile:1: 'web program' is not an entry: write name: command, or # in front of a comment"],
  [
    'web: program web\nweb: program two',
    "Procfile:2: 'web' is there already, in line 1: give one of them another name",
  ],
  ['web:', "Procfile:1: 'web' has no command: write it behind the colon"],
  ['# nothing', 'Procfile: nothing to start: write a line name: command for each program'],
];

for (const subject of subjects) {
  describe(`${subject.name}: a Procfile`, { concurrency: 4 }, () => {
    test('its programs are started without a shell, each told once, and waited for', async () => {
      await using world = start(subject, 'one: program one --drain 300\n# another\ntwo:program two --exit 5\n', {
        options: ['--report'],
      });
      await world.has('one ready', 'two ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 5, world.describe());
      assertTold(world, ['one', 'two'], SIGTERM);
      assert.match(world.stderr, /^drainit: report: SIGTERM, stopped in \d+(\.\d)? s, exit status 5$/m);
      assert.match(world.stderr, /^drainit: two: program \(\d+\) +>-+x +exited with 5, \d+(\.\d)? s$/m);
      assert.doesNotMatch(world.stderr, /\bsh \(/);
    });

    test('what needs a shell has one, and its programs are told through it', async () => {
      await using world = start(subject, 'one: NAME=one && program $NAME --exit 3; :\ntwo: program two');
      await world.has('one ready', 'two ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 3, world.describe());
      assertTold(world, ['one', 'two'], SIGTERM);
    });

    test('all ended of the signal: 143', async () => {
      await using world = start(
        subject,
        'one: sleep infinity\ntwo: sleep infinity\nthree: program three --drain 1 --default 15',
      );
      await world.has('three ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 143, world.describe());
    });

    for (const [code, exit] of [
      [0, ''],
      [4, ' --exit 4'],
    ] as const) {
      test(`one that ends by itself with ${code} ends the container with its status`, async () => {
        await using world = start(subject, `one: program one --eof${exit}\ntwo: program two --drain 300`, {
          hasInput: true,
        });
        await world.has('one ready', 'two ready');
        world.closeInput();
        assert.equal((await world.end()).status, code, world.describe());
        assertTold(world, ['two'], SIGTERM);
        assertTold(world, ['one'], SIGTERM, 'nobody');
      });
    }

    test('what a program leaves behind is part of it, and waited for', async () => {
      await using world = start(subject, `one: sh -c 'program left --drain 300 & program one --drain 1 --exit 6'`);
      await world.has('left ready', 'one ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 6, world.describe());
      assertTold(world, ['one', 'left'], SIGTERM);
    });

    test('other signals reach all programs', async () => {
      await using world = start(subject, 'one: program one\ntwo: program two');
      await world.has('one ready', 'two ready');
      world.signal('SIGHUP');
      await world.has('one got 1 from 1', 'two got 1 from 1');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
    });

    test('one that cannot be started is named, and the others are stopped: 127', async () => {
      await using world = start(subject, 'one: program one --drain 1\ntwo: no-such-program');
      assert.equal((await world.end()).status, 127, world.describe());
      assert.match(world.stderr, /^drainit: cannot start 'two': No such file or directory; check the path/m);
    });

    test('a second signal is delivered again', async () => {
      const procfile = 'one: program one --drain 60000 --eof\ntwo: program two --drain 60000 --eof';
      await using world = start(subject, procfile, { hasInput: true });
      await world.has('one ready', 'two ready');
      world.signal('SIGTERM');
      await world.has('one got 15', 'two got 15');
      world.signal('SIGINT');
      await world.has('one got 2', 'two got 2');
      world.closeInput();
      assert.equal((await world.end()).status, 0);
    });

    test('the drain is that of the container, and so is the grace period', async () => {
      await using world = start(subject, 'one: program one --ignore 15\ntwo: program two --drain 1', {
        options: ['-d', '500ms', '-t', '500ms'],
      });
      await world.has('one ready', 'two ready');
      world.signal('SIGTERM');
      const { status, seconds } = await world.end();
      assert.equal(status, 137, world.describe());
      assert.ok(seconds >= 1 && seconds < 4, `${seconds} s`);
      assert.match(world.stderr, /^drainit: one: killed program \(\d+\): the grace period of 0\.\d s is over$/m);
      assert.match(world.stderr, /^drainit: why: one: program \(\d+\) ignores SIGTERM/m);
    });

    test('a hundred programs', async () => {
      const lines = Array.from({ length: 100 }, (_, index) => `p${index}: program p${index} --drain 10`);
      const names = lines.map((_, index) => `p${index}`);
      await using world = start(subject, lines.join('\n'));
      await world.has(...names.map((name) => `${name} ready`));
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assertTold(world, names, SIGTERM);
    });

    test('--check says what would be started, and starts nothing', async () => {
      await using world = start(subject, 'one: program one\ntwo: program two', { options: ['--check'] });
      assert.equal((await world.end()).status, 0);
      assert.deepEqual([world.stdout, world.stderr, world.lines], ['one, two\n', '', []]);
    });

    for (const [procfile, message] of refusals) {
      test(message, async () => {
        await using world = start(subject, `good: program good\n${procfile}`.replace('good: program good\n#', '#'));
        assert.equal((await world.end()).status, 1);
        assert.equal(
          world.stderr.replaceAll(/:(\d+):/g, (_, line) => `:${Number(line) - 1}:`).replace('line 2', 'line 1'),
          `drainit: ${message}\n`,
        );
        assert.deepEqual(world.lines, []);
      });
    }

    test('a file that is not there', async () => {
      await using world = new World(subject, { run: [], options: ['--file', 'none'] });
      assert.equal((await world.end()).status, 1);
      assert.equal(world.stderr, "drainit: --file: 'none' cannot be read: No such file or directory\n");
    });

    test('a file and a program', async () => {
      await using world = start(subject, 'one: program one', { run: ['program', 'two'] });
      assert.equal((await world.end()).status, 1);
      assert.match(world.stderr, /^drainit: --file names what to start, and so does 'program': give one of them\n$/);
      assert.deepEqual(world.lines, []);
    });
  });

  const testBuild = testBuildOf(subject);
  if (testBuild !== undefined) {
    test(`${subject.name}: services outlive a failure of the TypeScript`, async () => {
      let failures = 0;
      for (let action = 2; action < 12; action += 1) {
        await using world = start(testBuild, 'one: program one --drain 20\ntwo: program two --drain 20', {
          env: { DRAINIT_TEST_THROW: String(action) },
        });
        await world.has('one ready', 'two ready');
        world.signal('SIGTERM');
        await world.end();
        assert.deepEqual([world.count('one done'), world.count('two done')], [1, 1], world.describe());
        if (world.stderr.includes('continuing as a plain init')) failures += 1;
      }
      assert.ok(failures > 3, `${failures} failures`);
    });
  }
}
