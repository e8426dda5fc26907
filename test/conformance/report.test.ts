/** Why a stop took its time: each cause that drainit recognises, and the report of a whole stop. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Network } from '../helpers/network.ts';
import { type Subject, subjects } from '../helpers/subjects.ts';
import { type Scene, World, read } from '../helpers/world.ts';

const repository = path.dirname(path.dirname(import.meta.dirname));

interface Case extends Scene {
  /** Lines of the log that are awaited before the signal. */
  readonly awaited: readonly string[];
  /** What the report has to say of who was killed. */
  readonly says: RegExp;
}

/** A stop in which somebody is left to be killed. */
const cases: Readonly<Record<string, Case>> = {
  'a trap that waits for a program in the foreground': {
    run: "trap 'exit 3' TERM\nP one --ignore 15\n:",
    awaited: ['one ready'],
    says: /why: bash \(\d+\) traps SIGTERM and probably runs program \(\d+\) in the foreground/,
  },
  'a trap that waits for a program that was started with &': {
    run: "trap 'wait; wait' TERM\nP one --ignore 3,15 &\nwait; wait",
    awaited: ['one ready'],
    says: /why: bash \(\d+\) has caught SIGTERM and not ended; it runs program/,
  },
  'a trap that runs something': {
    run: "trap 'sleep 60' TERM\nP one --drain 1 &\nwait",
    awaited: ['one ready'],
    says: /why: bash \(\d+\) has caught SIGTERM, and its trap runs sleep/,
  },
  'a program that ignores the signal': {
    run: 'P one --ignore 15 & wait',
    awaited: ['one ready'],
    says: /why: program \(\d+\) ignores SIGTERM/,
  },
  'a program that blocks the signal': {
    run: 'stubborn blocked & wait',
    awaited: ['stubborn ready'],
    says: /why: stubborn \(\d+\) blocks SIGTERM and does not take it/,
  },
  'a program that blocks a signal for which it has a handler': {
    run: 'stubborn deaf & wait',
    awaited: ['stubborn ready'],
    says: /why: stubborn \(\d+\) blocks SIGTERM and does not take it/,
  },
  'a program that takes the signal by sigwait': {
    run: 'stubborn waiting & wait',
    awaited: ['stubborn ready'],
    says: /why: stubborn \(\d+\) has caught SIGTERM and not ended; it may/,
  },
  'a program that takes its time': {
    run: 'P one --drain 60000 & wait',
    awaited: ['one ready'],
    says: /why: program \(\d+\) has caught SIGTERM and not ended; it may/,
  },
  'a process that is stopped again': {
    run: 'stubborn stopped & wait',
    awaited: ['stubborn ready'],
    says: /why: stubborn \(\d+\) is stopped \(state T\)/,
  },
  'a process under a debugger': {
    run: 'stubborn traced & wait',
    awaited: ['stubborn ready'],
    says: /why: stubborn \(\d+\) is held by a debugger \(state t\)/,
  },
  'an uninterruptible process': {
    run: 'stubborn asleep & wait',
    awaited: ['stubborn ready'],
    says: /why: stubborn \(\d+\) is in an uninterruptible sleep in the kernel \(state D\)/,
  },
  'a process that was started after the stop': {
    run: 'stubborn later & wait',
    awaited: ['stubborn ready'],
    says: /why: stubborn \(\d+\) was started after the stop began/,
  },
  'the init of a PID namespace of its own': {
    run: 'unshare --fork --pid program one --default 15 & wait',
    awaited: ['one ready'],
    says: /why: program \(\d+\) is PID 1 of a PID namespace of its own/,
  },
};

/** The reasons that the report gives, each in one line. */
const reasons = (world: World): string =>
  world.stderr.replaceAll('\ndrainit:      ', ' ').replaceAll('drainit: why: ', 'why: ');

/** Pids and times differ from run to run, and with the times the bars. */
const withoutNumbers = (text: string): string => text.replaceAll(/\d[\d.]*/g, 'N').replaceAll(/[ \-=]+/g, '');

/** How many processes of this name descend from `root`. */
function countBelow(root: number, name: string): number {
  const rows = readdirSync('/proc').flatMap((entry) => {
    const stat = /^\d+$/.test(entry) ? read(`/proc/${entry}/stat`) : '';
    const [, pid, command, parent] = /^(\d+) \((.*)\) \S (\d+)/.exec(stat) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), command, parent: Number(parent) }];
  });
  const below = new Set([root]);
  for (let size = 0; size !== below.size;) {
    size = below.size;
    for (const { pid, parent } of rows) if (below.has(parent)) below.add(pid);
  }
  return rows.filter(({ pid, command }) => below.has(pid) && command === name).length;
}

/** A world in which a stop has come to its end. */
async function stopped(subject: Subject, scene: Scene, awaited: readonly string[]): Promise<World> {
  const world = new World(subject, scene);
  await world.has(...awaited);
  world.signal('SIGTERM');
  await world.end();
  return world;
}

for (const subject of subjects) {
  describe(`${subject.name}: why a stop took its time`, { concurrency: 4 }, () => {
    for (const [name, { awaited, says, ...scene }] of Object.entries(cases)) {
      test(name, async () => {
        await using world = await stopped(subject, { options: ['--grace', '2500ms'], ...scene }, awaited);
        assert.match(reasons(world), says);
        assert.match(world.stderr, /^drainit: report: SIGTERM, stopped in [\d.]+ s, exit status \d+$/m);
        for (const line of world.stderr.split('\n')) {
          assert.ok(line.length <= 80, line);
        }
      });
    }

    test('is said after five seconds, before anybody is killed', async () => {
      await using world = new World(subject, { run: "trap 'exit 3' TERM\nP one --eof\n:", hasInput: true });
      await world.has('one ready');
      world.signal('SIGTERM');
      await world.until('the line', () => world.stderr !== '');
      assert.match(
        world.stderr,
        /^drainit: bash \(\d+\) is still there after [5-9](\.\d)? s: it traps SIGTERM and probably runs program/,
      );
      world.closeInput();
      assert.equal((await world.end()).status, 3);
      assert.doesNotMatch(world.stderr, /report/);
    });

    test('a hook that takes too long', async () => {
      const options = ['--pre-stop', 'sleep 60', '--pre-stop-timeout', '300ms'];
      await using world = await stopped(subject, { run: 'P one --drain 1 & wait', options }, ['one ready']);
      assert.match(reasons(world), /^why: the pre-stop hook was killed after \d+(\.\d)? s/m);
    });

    test('a hook that fails', async () => {
      const options = ['--pre-stop', 'sh -c "exit 7"'];
      await using world = await stopped(subject, { run: 'P one --drain 1 & wait', options }, ['one ready']);
      assert.match(reasons(world), /^why: the pre-stop hook exited with 7$/m);
    });

    test('clients that stay', async () => {
      using network = new Network();
      await using world = new World(subject, {
        before: network.before,
        run: 'server 8080 & wait',
        options: ['--report', '--drain', '100ms..1500ms'],
      });
      await world.has('server ready');
      await network.connect(8080);
      await network.connect(8080);
      await world.until('both', () => world.count('server accepted') === 2);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assert.match(world.stderr, /^drainit: signal held back {5}=+ +[1-9](\.\d)? s, its maximum$/m);
      assert.match(world.stderr, /^drainit: {3}clients, max 2 +9+$/m);
      const why =
        /why: the drain ran to its maximum of [1-9](\.\d)? s: clients connected: 2, such\ndrainit: {6}as one from 10\./;
      assert.match(world.stderr, why);
    });
  });

  describe(`${subject.name}: the report`, { concurrency: 4 }, () => {
    test('of the clients of a fixed drain shows them from its begin', async () => {
      using network = new Network();
      await using world = new World(subject, {
        before: network.before,
        run: 'server 8080 & wait',
        options: ['--report', '-vv', '--drain', '3s'],
      });
      await world.has('server ready');
      const client = await network.connect(8080);
      await world.has('server accepted');
      world.signal('SIGTERM');
      await world.until('it is seen', () => world.stderr.includes('clients connected: 1'));
      client.destroy();
      assert.equal((await world.end()).status, 0);
      assert.match(world.stderr, /^drainit: signal held back {5}=+ +[3-9](\.\d)? s, its time is up$/m);
      assert.match(world.stderr, /^drainit: {3}clients, max 1 +9+0+$/m);
    });

    test('says once what is so of many', async () => {
      const run = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do P p$i --ignore 15 & done; wait';
      const names = Array.from({ length: 12 }, (_, index) => `p${index + 1} ready`);
      await using world = await stopped(subject, { run, options: ['--grace', '300ms'] }, names);
      assert.match(reasons(world), /^why: program \(\d+\), like 11 more, ignores SIGTERM; /m);
      assert.equal(reasons(world).split('why: ').length, 2, world.stderr);
    });

    test('has a line for a pre-stop hook', async () => {
      const options = ['--report', '--pre-stop', 'sh -c "sleep 0.3; exit 3"'];
      await using world = await stopped(subject, { run: 'P one --drain 1 & wait', options }, ['one ready']);
      assert.match(world.stderr, /^drainit: pre-stop hook +-+x +exited with 3, \d+(\.\d)? s$/m);
    });

    test('of -g names those that the kernel has told', async () => {
      const options = ['-v', '-g', '--report'];
      await using world = await stopped(subject, { run: 'P one --drain 300 & wait', options }, ['one ready']);
      assert.match(world.stderr, /^drainit: sent SIGTERM to program \(\d+\)$/m);
      assert.match(world.stderr, /^drainit: program \(\d+\) +>-*x +exited with 0, /m);
    });

    const names = [
      ['is not ASCII', 'café', 'café'],
      ['is cut in the middle of a character', 'aaaaaaaaaaaaaaé', 'aaaaaaaaaaaaaa?'],
      ['turns the direction of writing', 'a\u202Eb', 'a?b'],
      ['moves the cursor', 'a\u001b[2Jb', 'a?[2Jb'],
      ['begins a line', 'a\ndrainit: b', 'a?drainit: b'],
    ] as const;
    for (const [what, name, shown] of names) {
      for (const format of ['text', 'json']) {
        test(`${format}: the name of a program that ${what}`, async () => {
          const run = `cp "$(command -v program)" './${name}'; './${name}' one --ignore 15 & wait`;
          const options = ['--grace', '300ms', '--log-format', format];
          await using world = await stopped(subject, { run, options }, ['one ready']);
          const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(world.stderr, 'latin1'));
          if (format === 'text')
            assert.match(text, new RegExp(`killed ${shown.replaceAll(/[?[]/g, String.raw`\$&`)} `));
          for (const line of text.split('\n'))
            if (format === 'json' && line !== '') assert.equal(typeof JSON.parse(line), 'object');
        });
      }
    }

    test('waits a moment for a reader that does not keep up', async () => {
      await using world = new World(subject, {
        run: 'P one --ignore 15 & until grep -q ready $LOG; do :; done; dd if=/dev/zero bs=4096 count=16 status=none >&2; echo full >> $LOG; wait',
        before: ['sh', '-c', 'mkfifo slow && exec "$@" 2>slow', 'sh'],
        options: ['--grace', '300ms'],
      });
      const slow = path.join(world.folder, 'slow');
      await world.until('the pipe', () => existsSync(slow));
      // Held open, and read only when everything has been killed.
      await using reader = await open(slow, 'r');
      await world.has('full');
      const { init } = world;
      world.signal('SIGTERM');
      await world.until('all but the init have gone', () => countBelow(init, 'program') === 0);
      const text = await reader.readFile('latin1');
      assert.match(text, /drainit: report: SIGTERM, stopped in /);
      assert.match(text, /drainit: why: program \(\d+\) ignores SIGTERM/);
    });

    test('has who was told and how each ended', async () => {
      const run = 'P one --drain 300 --exit 4 & P two --drain 1 & wait';
      await using world = await stopped(subject, { run, options: ['--report'] }, ['one ready', 'two ready']);
      const text = world.stderr;
      assert.equal(text.trimEnd().split('\n').length, 5, text);
      assert.match(text, /^drainit: report: SIGTERM, stopped in \d+(\.\d)? s, exit status 4\n/);
      assert.match(text, /^drainit: bash \(\d+\) +>-*x +SIGTERM, \d+(\.\d)? s$/m);
      assert.match(text, /^drainit: program \(\d+\) +>-+x +exited with 4, \d+(\.\d)? s$/m);
      assert.match(text, /^drainit: program \(\d+\) +>-*x +exited with 0, \d+(\.\d)? s$/m);
    });

    test('is made only where it is asked for, or somebody was killed', async () => {
      await using world = await stopped(subject, { run: 'P one --drain 1 & wait' }, ['one ready']);
      assert.equal(world.stderr, '');
    });

    test('is made when the main program ends by itself and leaves something behind', async () => {
      await using world = new World(subject, {
        run: 'P one --drain 1 & read -r line; exit 4',
        options: ['--report'],
        hasInput: true,
      });
      await world.has('one ready');
      world.write('go\n');
      assert.equal((await world.end()).status, 4);
      assert.match(world.stderr, /^drainit: report: the main program ended, stopped in \d+(\.\d)? s, exit status 4$/m);
      assert.match(world.stderr, /^drainit: bash \(\d+\) +x/m);
    });

    test('of docker-examples/slow-stop is the one in the README', async () => {
      const folder = path.join(repository, 'docker-examples/slow-stop');
      await using world = new World(subject, {
        run: [path.join(folder, 'start.sh')],
        cwd: folder,
        options: ['--drain', '2s', '--grace', '6s'],
      });
      await world.until('both programs run', () => world.hasStarted && countBelow(world.init, 'sleep') === 2);
      world.signal('SIGTERM');
      await world.end();
      const blocks = readFileSync(path.join(repository, 'README.md'), 'utf8').split('```\n');
      const example = blocks.find((block) => block.includes('drainit: report: '));
      assert.equal(withoutNumbers(world.stderr), withoutNumbers(example ?? ''));
    });

    test('as JSON: a line for each part', async () => {
      const options = ['--report', '--log-format', 'json'];
      await using world = await stopped(subject, { run: 'P one --drain 1 --exit 5 & wait', options }, ['one ready']);
      const lines = world.stderr.trimEnd().split('\n');
      const notes = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(
        notes.map(({ type }) => type),
        ['report', 'reportedProcess', 'reportedProcess'],
      );
      assert.equal(notes[0]?.['status'], 5);
      assert.deepEqual(notes[2]?.['end'], { ...Object(notes[2]?.['end']), status: { type: 'exited', code: 5 } });
    });
  });
}
