/** Start files in Compose's words: `-f drainit.yaml`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertTold } from '../helpers/stop.ts';
import { startCompose as start, assertOrder } from '../helpers/compose-scenes.ts';
import { cannot, root, subjects } from '../helpers/subjects.ts';

const chain = `
services:
  web:
    command: program web --drain 50
    depends_on: [app]
  app:
    command: program app --drain 100
    depends_on: [db]
  db:
    command: program db --drain 1 --exit 3
`;

for (const subject of subjects) {
  describe(`${subject.name}: services`, { concurrency: 4 }, () => {
    test('are stopped in the reverse order of their dependencies, each when those that need it have ended', async () => {
      await using world = start(subject, chain);
      await world.has('web ready', 'app ready', 'db ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 3, world.describe());
      assertOrder(world, 'web got 15', 'web done', 'app got 15', 'app done', 'db got 15', 'db done');
    });

    test('a migration runs to its end before what needs it starts, and is no reason to stop', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: program app --drain 1
    depends_on:
      migrate: { condition: service_completed_successfully }
  migrate:
    command: ["sh", "-c", "echo migrated >> $$LOG"]
`,
      );
      await world.has('app ready');
      assertOrder(world, 'migrated', 'app ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
    });

    test('a migration that fails ends the container, and nothing else starts', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: program app
    depends_on:
      migrate: { condition: service_completed_successfully }
  migrate:
    command: sh -c 'exit 7'
`,
      );
      assert.equal((await world.end()).status, 7, world.describe());
      assert.equal(world.count('app ready'), 0);
    });

    test('what waits for health starts after a probe has succeeded', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: program app --drain 1
    depends_on:
      db: { condition: service_healthy }
  db:
    command: program db --drain 1
    healthcheck:
      test: ["CMD-SHELL", "echo probed >> $$LOG; test -e healthy || { touch healthy; exit 1; }"]
      interval: 100ms
      timeout: 5s
`,
      );
      await world.has('app ready');
      assert.ok(world.count('probed') >= 2, world.describe());
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
    });

    test('what never gets healthy ends the container', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: program app
    depends_on:
      db: { condition: service_healthy }
  db:
    command: program db --drain 1
    healthcheck:
      test: ["CMD-SHELL", "until grep -q 'db ready' $$LOG; do :; done; exit 1"]
      interval: 50ms
      retries: 2
`,
      );
      assert.equal((await world.end()).status, 1, world.describe());
      assertTold(world, ['db'], 15);
      assert.match(world.stderr, /^drainit: db is unhealthy$/m);
      assert.match(world.stderr, /^drainit: app is not started: it depends on db, which has failed$/m);
    });

    test('restart: on-failure:2, with a pause that doubles', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: ["sh", "-c", "echo started >> $$LOG; exit 4"]
    restart: on-failure:2
`,
      );
      assert.equal((await world.end()).status, 4, world.describe());
      assert.equal(world.count('started'), 3);
      assert.match(
        world.stderr,
        /app is started again in 0\.1 s \(1 in a row\)\n[^]*app is started again in 0\.2 s \(2 in a row\)/,
      );
    });

    test("environment, folder, signal, grace period and hook are each service's own", async () => {
      await using world = start(
        subject,
        `
services:
  one:
    command: program one --drain 1
    environment: { NAME: "a b" }
    stop_signal: SIGINT
    pre_stop:
      - command: ["sh", "-c", "echo hooked $$NAME >> $$LOG"]
  two:
    command: program two --ignore 15
    stop_grace_period: 300ms
  three:
    command: ["sh", "-c", "echo $$NAME $$(pwd) >> $$LOG; exec sleep infinity"]
    working_dir: /usr
    environment: ["NAME=here"]
`,
      );
      await world.has('one ready', 'two ready', 'here /usr');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 137, world.describe());
      assertOrder(world, 'hooked a b', 'one got 2', 'one done');
      assert.match(world.stderr, /^drainit: two: killed program \(\d+\): the grace period of 0\.\d s is over$/m);
    });

    // `echo $(id)` and not `id`: what still runs when the stop comes is told, and its end counts as one of a program.
    test('a service runs as its user', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: ["sh", "-c", "echo $$(id -u) $$(id -g); exec sleep infinity"]
    user: "54321:54322"
`,
      );
      await world.until('it has said who it is', () => world.stdout === '54321 54322\n');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 143, world.describe());
    });

    test('a user has the groups of /etc/group', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: ["sh", "-c", "echo $$(id -G); exec sleep infinity"]
    user: daemon
`,
        {
          files: { group: 'daemon:x:1:\nextra:x:4242:root,daemon\n' },
          before: ['sh', '-c', 'mount --bind group /etc/group && exec "$@"', 'sh'],
        },
      );
      const groups = cannot(subject, 'groups') ? '1' : '1 4242';
      await world.until('it has said who it is', () => world.stdout === `${groups}\n`);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 143, world.describe());
    });

    test('a stop in the middle of a start unwinds what was started', async () => {
      await using world = start(
        subject,
        `
services:
  app:
    command: program app
    depends_on:
      slow: { condition: service_completed_successfully }
      db: { condition: service_started }
  slow:
    command: program slow --drain 1
  db:
    command: program db --drain 1
`,
      );
      await world.has('slow ready', 'db ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assertTold(world, ['slow', 'db'], 15);
      assert.equal(world.count('app ready'), 0);
    });

    test('--check shows the order', async () => {
      await using world = start(subject, chain, { options: ['--check'] });
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.stdout, 'db\n  -> app\n    -> web\n');
      assert.deepEqual(world.lines, []);
    });

    test('the example of docs/start-files.md is right', async () => {
      const text = readFileSync(path.join(root, 'docs/start-files.md'), 'utf8');
      const yaml = /^```yaml\n(.*?)^```$/ms.exec(text)?.[1] ?? '';
      await using world = start(subject, yaml, { options: ['--check'] });
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.stdout, 'db\n  -> migrate\n    -> web\n');
    });

    test('all errors of a file at once, each with its place', async () => {
      await using world = start(subject, 'services:\n  app:\n    comand: program app\n    restart: sometimes\n');
      assert.equal((await world.end()).status, 1);
      assert.match(world.stderr, /^drainit: drainit\.yaml:3:5: .*comand.*command/m);
      assert.match(world.stderr, /^drainit: drainit\.yaml:4:14: .*sometimes/m);
      assert.deepEqual(world.lines, []);
    });
  });
}
