/** `post_start` and `pre_stop` of a service: Compose, "post_start", "pre_stop". */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertOrder, startCompose } from '../helpers/compose-scenes.ts';
import { assertTold } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';

for (const subject of subjects) {
  describe(`${subject.name}: hooks of services`, { concurrency: 4 }, () => {
    test('run in order, after the start and before the stop; what depends on the service waits for them', async () => {
      await using world = startCompose(
        subject,
        `
services:
  app:
    command: program app --drain 1
    depends_on: [db]
  db:
    command: program db --drain 1
    post_start:
      - command: ["sh", "-c", "sleep 0.3; echo first >> $$LOG"]
      - command: ["sh", "-c", "echo second >> $$LOG"]
    pre_stop:
      - command: ["sh", "-c", "sleep 0.3; echo third >> $$LOG"]
      - command: ["sh", "-c", "echo fourth >> $$LOG"]
`,
      );
      await world.has('app ready', 'db ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assertOrder(world, 'first', 'second', 'app ready', 'app done', 'third', 'fourth', 'db got 15', 'db done');
    });

    test('that cannot be run are refused with line and column, before anything starts', async () => {
      await using world = startCompose(
        subject,
        `services:
  app:
    command: program app
    pre_stop:
      - command: ./no-such-hook now
x-drainit: {pre_stop: no-such-one}
`,
      );
      assert.equal((await world.end()).status, 1);
      const refusal = 'cannot be run: No such file or directory: check the path, PATH and the execute permission';
      assert.equal(
        world.stderr,
        `drainit: drainit.yaml:5:18: pre_stop: './no-such-hook' ${refusal}\n` +
          `drainit: drainit.yaml:6:23: pre_stop: 'no-such-one' ${refusal}\n`,
      );
      assert.deepEqual(world.lines, []);
    });

    test('run with what they say themselves, and with what their service has', async () => {
      const print = 'id -u; echo $$A $$B $$HOME; pwd';
      await using world = startCompose(
        subject,
        `
services:
  app:
    command: ["sh", "-c", "${print}; exec program app --drain 1"]
    environment: [A=1, B=2]
    working_dir: /usr
    user: "0"
    post_start:
      - command: ["sh", "-c", "until grep -q ready $$LOG; do :; done; ${print}"]
        environment: { A: over }
        user: "54321"
        working_dir: /usr/bin
    pre_stop:
      - command: ["sh", "-c", "${print}"]
`,
      );
      const service = '0\n1 2 /root\n/usr\n';
      const hook = '54321\nover 2 /\n/usr/bin\n';
      await world.until('the hook has said what it has', () => world.stdout.includes(hook));
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.stdout, service + hook + service, world.describe());
    });

    test('one that fails after the start stops the container with its status; what waits for it never starts', async () => {
      await using world = startCompose(
        subject,
        `
services:
  app:
    command: program app
    depends_on: [db]
  db:
    command: program db --drain 1
    post_start:
      - command: ["sh", "-c", "until grep -q 'db ready' $$LOG; do :; done; exit 9"]
      - command: ["sh", "-c", "echo not this one >> $$LOG"]
`,
      );
      assert.equal((await world.end()).status, 9, world.describe());
      assertTold(world, ['db'], 15);
      assert.deepEqual([world.count('app ready'), world.count('not')], [0, 0], world.describe());
      assert.match(world.stderr, /^drainit: db: the post-start hook 'sh -c until .*' exited with 9 after [\d.]+ s$/m);
    });

    test('one that is not there: 127, and the error names service and command', async () => {
      await using world = startCompose(
        subject,
        `
services:
  db:
    command: program db --drain 1
    # With a PATH of its own it is looked for only when it is started.
    post_start: [{ command: nothing here, environment: { PATH: /nowhere } }]
`,
      );
      assert.equal((await world.end()).status, 127, world.describe());
      assert.match(
        world.stderr,
        /^drainit: db: cannot start the post-start hook 'nothing here': No such file or directory/m,
      );
    });

    test('before the stop, one that fails or is not there is told, and the next one runs', async () => {
      await using world = startCompose(
        subject,
        `
services:
  db:
    command: program db --drain 1
    pre_stop:
      - command: ["false"]
      - { command: nothing, environment: { PATH: /nowhere } }
      - command: ["sh", "-c", "echo last >> $$LOG"]
`,
      );
      await world.has('db ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assertOrder(world, 'last', 'db got 15', 'db done');
      assert.match(world.stderr, /^drainit: db: the pre-stop hook 'false' exited with 1 after [\d.]+ s$/m);
      assert.match(world.stderr, /^drainit: db: cannot start the pre-stop hook 'nothing': No such file or directory/m);
    });

    test('a stop while one runs after the start ends it, with what it has started', async () => {
      await using world = startCompose(
        subject,
        `
services:
  db:
    command: program db --drain 1
    post_start: [{ command: ["sh", "-c", "program hook & wait"] }]
`,
      );
      await world.has('db ready', 'hook ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.count('hook got'), 0, world.describe());
      assertTold(world, ['db'], 15);
    });
  });
}
