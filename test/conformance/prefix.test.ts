/** `--prefix`: the name of its service before each line of output. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findBelow } from '../helpers/process.ts';
import { type Subject, subjects } from '../helpers/subjects.ts';
import { type Scene, World, read } from '../helpers/world.ts';

const MiB = 1 << 20;

const start = (subject: Subject, yaml: string, scene: Partial<Scene> = {}): World =>
  new World(subject, {
    run: [],
    ...scene,
    files: { 'drainit.yaml': yaml },
    options: ['--prefix', '-f', 'drainit.yaml', ...(scene.options ?? [])],
  });

/** Services of shell scripts, by name. */
const services = (scripts: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    services: Object.fromEntries(
      Object.entries(scripts).map(([name, script]) => [
        name,
        { command: ['sh', '-c', script.replaceAll('$', '$$$$')], restart: 'no' },
      ]),
    ),
  });

for (const subject of subjects) {
  describe(`${subject.name}: --prefix`, { concurrency: 4 }, () => {
    test('names stand before each line, in a column, for both streams', async () => {
      await using world = start(
        subject,
        services({ a: 'echo one; echo two >&2; sleep 100', longer: 'echo three; sleep 100' }),
      );
      await world.until('all lines', () => world.stdout.split('\n').length === 4);
      world.signal('SIGTERM');
      await world.end();
      assert.deepEqual(world.stdout.trimEnd().split('\n').toSorted(), [
        'a      | one',
        'a      | two',
        'longer | three',
      ]);
      assert.equal(world.stderr, '');
    });

    test('no line is split or lost, whoever writes how', async () => {
      // Each line in many small pieces, from three at a time.
      const script =
        'i=0; while [ $i -lt 300 ]; do printf "<"; printf "%s" "$0$i"; printf ">\\n"; i=$((i+1)); done; sleep 100';
      const names = ['one', 'two', 'three'];
      await using world = start(
        subject,
        services(Object.fromEntries(names.map((name) => [name, script.replace('$0', name)]))),
      );
      await world.until('all lines', () => world.stdout.split('\n').length === 901);
      world.signal('SIGTERM');
      await world.end();
      const lines = new Set(world.stdout.split('\n'));
      for (const name of names) {
        for (let index = 0; index < 300; index += 1)
          assert.ok(lines.has(`${name.padEnd(5)} | <${name}${index}>`), `${name} ${index}`);
      }
    });

    test('what has no end of line gets one at the end', async () => {
      await using world = start(subject, services({ one: 'printf unfinished; exit 3' }));
      assert.equal((await world.end()).status, 3);
      assert.equal(world.stdout, 'one | unfinished\n');
    });

    test('what a program left of a line is no beginning of the next one that is started', async () => {
      const script = 'test -e up || { : > up; printf unfinished; exit 1; }; echo again; exec sleep 100';
      const yaml = JSON.parse(services({ one: script })) as { services: { one: { restart: string } } };
      yaml.services.one.restart = 'always';
      await using world = start(subject, JSON.stringify(yaml));
      await world.until('both lines', () => world.stdout.split('\n').length === 3);
      assert.equal(world.stdout, 'one | unfinished\none | again\n');
      world.signal('SIGTERM');
      await world.end();
    });

    test('a line of 10 MB comes in one piece, while others write', async () => {
      const long = `head -c ${10 * MiB} /dev/zero | tr '\\0' x; echo; sleep 100`;
      const short = 'i=0; while [ $i -lt 1000 ]; do echo short; i=$((i+1)); done; sleep 100';
      await using world = start(subject, services({ long, short }));
      await world.until('all of it', () => world.stdout.length >= 10 * MiB + 9 + 1_000 * 14);
      world.signal('SIGTERM');
      await world.end();
      const lines = world.stdout.trimEnd().split('\n');
      assert.equal(lines.filter((line) => line === 'short | short').length, 1_000);
      const line = lines.find((text) => text.startsWith('long')) ?? '';
      assert.equal(line.length, 10 * MiB + 8);
      assert.equal(lines.length, 1_001);
    });

    test('where there are too few descriptors for it one line says so, and output goes as it comes', async () => {
      const scripts = Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [`s${index}`, 'echo hello; sleep 100']),
      );
      await using world = start(subject, services(scripts), { before: ['prlimit', '--nofile=60:60'] });
      await world.until('all lines', () => world.stdout.split('\n').length === 41);
      world.signal('SIGTERM');
      await world.end();
      assert.equal(world.stdout, 'hello\n'.repeat(40));
      assert.match(world.stderr, /^drainit: cannot put names before lines: .*; output goes as it comes$/m);
    });

    for (const parent of ['0', '1']) {
      test(`no variable takes drainit for the process that does this: DRAINIT_RELAY=${parent}`, async () => {
        const run = ['sh', '-c', 'echo hello'];
        // A process of ours below PID 1, and PID 1 itself.
        const before = parent === '1' ? ['sh', '-c', '"$@"; exit $?', 'sh'] : [];
        await using world = new World(subject, { run, before, env: { DRAINIT_RELAY: parent } });
        assert.equal((await world.end()).status, 0, world.describe());
        assert.equal(world.stdout, 'hello\n');
      });
    }

    test('binary output comes through', async () => {
      await using world = start(subject, services({ one: `printf '\\000\\377\\001\\n\\200'; exit 0` }));
      assert.equal((await world.end()).status, 0);
      assert.equal(world.stdout, 'one | \u0000\u00ff\u0001\none | \u0080\n');
    });

    test('while nobody reads the programs wait, and PID 1 goes on', async () => {
      const scripts = { loud: 'exec yes', one: 'exec program one --drain 100' };
      // The reader has the pipe open, and reads nothing.
      const before = ['sh', '-c', 'mkfifo unread; sleep 1000 < unread & exec "$@" > unread', 'sh'];
      await using world = start(subject, services(scripts), { before });
      await world.has('one ready');
      await world.until('it has to wait', () => {
        const loud = findBelow(world.init, 'yes');
        return loud !== undefined && read(`/proc/${loud}/wchan`).includes('pipe_write');
      });
      world.signal('SIGWINCH');
      await world.has('one got 28');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.count('one done'), 1);
    });
  });
}
