import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, mkdtempDisposableSync, openSync, symlinkSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { findBelow } from '../helpers/process.ts';
import { assertTold } from '../helpers/stop.ts';
import { type Subject, cannot, subjects } from '../helpers/subjects.ts';
import { World, program } from '../helpers/world.ts';

const { SIGTERM, SIGINT, SIGURG, SIGWINCH } = constants.signals;

/** A shell that traps URG, which ends nobody by default, and programs beside it, in another process group, and below a program. */
const family = `
trap 'echo "shell got ${SIGURG}" >> $LOG' URG
P beside &
setsid P apart &
find . -maxdepth 0 -exec P below \\; &
echo "session $(cut -d' ' -f6 /proc/$$/stat) $$" >> $LOG
wait; wait; wait`;

const programs = ['beside', 'apart', 'below'];

interface Choice {
  readonly name: string;
  readonly options: readonly string[];
  /** The name that drainit is started by. */
  readonly as?: string;
  readonly toldOfUrg: readonly string[];
}

const choices: readonly Choice[] = [
  { name: 'by default the shell that traps it', options: [], toldOfUrg: ['shell'] },
  { name: '-c, the main program', options: ['-c'], toldOfUrg: ['shell'] },
  { name: '-g, its process group', options: ['-g'], toldOfUrg: ['shell', 'beside', 'below'] },
  { name: '-a, everyone', options: ['-a'], toldOfUrg: ['shell', 'beside', 'apart', 'below'] },
  { name: 'as dumb-init, its process group', options: [], as: 'dumb-init', toldOfUrg: ['shell', 'beside', 'below'] },
  { name: 'as dumb-init -c, the main program', options: ['-c'], as: 'dumb-init', toldOfUrg: ['shell'] },
];

/** The command of the subject by another name: the file to run is the last word of it. */
function renamed({ command }: Subject, link: string): readonly string[] {
  symlinkSync(command.at(-1) ?? '', link);
  return [...command.slice(0, -1), link];
}

for (const subject of subjects) {
  describe(`${subject.name}: who is told`, { concurrency: 4 }, () => {
    for (const { name, options, as, toldOfUrg } of choices) {
      test(name, async () => {
        using folder = mkdtempDisposableSync(path.join(tmpdir(), 'drainit-test-'));
        const command = as === undefined ? subject.command : renamed(subject, path.join(folder.path, as));
        await using world = new World({ ...subject, command }, { run: family, options });
        await world.has('session', ...programs.map((who) => `${who} ready`));
        world.signal('SIGURG');
        await world.has(...toldOfUrg.map((who) => `${who} got ${SIGURG}`));
        world.signal('SIGTERM');
        assert.equal((await world.end()).status, 0, world.describe());
        const told = ['shell', ...programs].filter((who) => world.count(`${who} got ${SIGURG}`) > 0);
        assert.deepEqual(told, toldOfUrg, world.describe());
        assertTold(world, programs, SIGTERM);
        const [, session, shell] = world.lines.find((line) => line.startsWith('session'))?.split(' ') ?? [];
        // As dumb-init has it: a session of its own unless it is asked for the single child.
        const hasSession = cannot(subject, 'session') || (as === 'dumb-init' && !options.includes('-c'));
        assert.equal(session === shell, hasSession, world.describe());
      });
    }

    test('a program, and not what it started', async () => {
      await using world = new World(subject, {
        run: ['find', '.', '-maxdepth', '0', '-exec', 'program', 'one', ';'],
        options: ['-v'],
      });
      await world.has('one ready');
      world.signal('SIGWINCH');
      await world.until('the program is told', () => world.stderr.includes('sent SIGWINCH to find'));
      world.signal('SIGTERM');
      await world.end();
      assert.equal(world.count(`one got ${SIGWINCH}`), 0, world.describe());
      assertTold(world, ['one'], SIGTERM);
    });

    test('each arrival: a second stop signal is delivered again (second-stop)', async () => {
      // They end when all have been told, however long that takes.
      const run = 'exec 3<&0; P one --drain 60000 --eof <&3 & P two --drain 60000 --eof <&3 & wait';
      await using world = new World(subject, { run, hasInput: true });
      await world.has('one ready', 'two ready');
      for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) {
        const before = world.count(`one got ${constants.signals[signal]} from 1`);
        world.signal(signal);
        await world.until(`another ${signal}`, () => {
          const expected = before + 1;
          return ['one', 'two'].every(
            (name) => world.count(`${name} got ${constants.signals[signal]} from 1`) === expected,
          );
        });
      }
      world.closeInput();
      assert.equal((await world.end()).status, 0, world.describe());
      for (const name of ['one', 'two']) {
        assert.equal(world.count(`${name} got ${SIGTERM} from 1`), 2, world.describe());
        assert.equal(world.count(`${name} got ${SIGINT} from 1`), 1, world.describe());
        assert.equal(world.count(`${name} done`), 1, world.describe());
      }
    });

    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      // A shell starts what is in its background with INT and QUIT ignored, and many programs leave it at that.
      test(`TERM instead, where a program ignores ${signal} as it was started`, async () => {
        await using world = new World(subject, { run: 'P one --ignore 2,3 & P two & wait' });
        await world.has('one ready', 'two ready');
        world.signal(signal);
        assert.equal((await world.end()).status, 0, world.describe());
        assertTold(world, ['one'], SIGTERM);
        assertTold(world, ['two'], constants.signals[signal]);
      });
    }

    test('nobody who came in from outside, as docker exec does', async () => {
      await using world = new World(subject, { run: 'P one & wait' });
      await world.has('one ready');
      const visitor = spawn('nsenter', ['--target', `${world.init}`, '--pid', program, 'visitor'], {
        env: { ...process.env, LOG: world.log },
        stdio: 'ignore',
      });
      await world.has('visitor ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      await world.until(
        'the visitor goes with the namespace',
        () => visitor.exitCode !== null || visitor.signalCode !== null,
      );
      assertTold(world, ['one'], SIGTERM);
      assert.equal(world.count('visitor got'), 0, world.describe());
    });

    test('others, when one belongs to another user and cannot be told', async () => {
      await using world = new World(subject, {
        before: ['setpriv', '--bounding-set=-kill', '--inh-caps=-kill'],
        run: 'setpriv --reuid=1000 --clear-groups program theirs & P ours & wait',
      });
      await world.has('theirs ready', 'ours ready');
      world.signal('SIGTERM');
      await world.has('ours done');
      const theirs = world.lines.find((line) => line.startsWith('theirs ready'))?.split(' ')[2];
      await world.until('a line that names it', () =>
        world.stderr.includes(
          `drainit: cannot send SIGTERM to program (${theirs}): Operation not permitted; it belongs to another user`,
        ),
      );
      assertTold(world, ['ours'], SIGTERM);
      process.kill(findBelow(world.init, 'program', 'theirs') ?? 0, 'SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
    });

    test('everyone, while thousands of their siblings end (exit-during-read)', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
      await using world = new World(subject, {
        // The first ones have low pids and are read before the siblings, the others after them.
        run: `mkfifo gate
for name in ${names.slice(0, 10).join(' ')}; do P $name & done
orphans 3000 < gate
for name in ${names.slice(10).join(' ')}; do P $name & done
wait`,
      });
      await world.has(...names.slice(0, 10).map((name) => `${name} ready`));
      const gate = openSync(path.join(world.folder, 'gate'), 'w');
      await world.has(...names.map((name) => `${name} ready`));
      closeSync(gate);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assertTold(world, names, SIGTERM);
    });
  });
}
