import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { requirePrograms } from '../helpers/require-programs.ts';
import { type StopSignal, assertTold, checkStop, shells } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

/** `one` writes its lines into the pipe, from which they go into the log. */
const tee = 'LOG=/dev/stdout P one --exit 5 | tee -a $LOG';

for (const subject of subjects) {
  describe(`${subject.name}: a pipeline`, { concurrency: 4 }, () => {
    for (const signal of SIGNALS) {
      for (const [shell, words] of Object.entries(shells)) {
        // mksh waits for its foreground programs first, and keeps how they ended for itself.
        const status = shell === 'mksh' ? 128 + constants.signals[signal] : 5;
        test(`loses no line (pipe-tee): ${shell}, ${signal}`, { skip: requirePrograms(shell) }, async () => {
          await checkStop(subject, { run: tee, shell: words, signal, programs: ['one'], status });
        });
      }

      test(`of sh -c, whose reader ends with the writer: ${signal}`, async () => {
        await using world = new World(subject, { run: ['sh', '-c', 'program one --exit 3 | program two --eof'] });
        await world.has('one ready', 'two ready');
        world.signal(signal);
        assert.equal((await world.end()).status, 3, world.describe());
        assertTold(world, ['one'], constants.signals[signal]);
        assertTold(world, ['two'], constants.signals[signal], 'nobody');
      });
    }

    test('whose reader does not read is told when its writer has ended', async () => {
      await checkStop(subject, { run: 'P one | P two --drain 100', programs: ['one', 'two'], status: 0 });
    });

    test('whose writer only keeps it open (pipe-keepopen)', async () => {
      await checkStop(subject, { run: 'tail -f /dev/null | P one --exit 4', programs: ['one'], status: 4 });
    });

    test('whose reader reads a writer that ignores the signal is told at once', async () => {
      await using world = new World(subject, {
        run: 'P deaf --ignore 15 --drain 1 | P one --exit 4',
      });
      await world.has('deaf ready', 'one ready');
      world.signal('SIGTERM');
      await world.has('one done');
      assertTold(world, ['one'], constants.signals.SIGTERM);
      world.signal('SIGINT');
      assert.equal((await world.end()).status, 4, world.describe());
    });

    test('of three', async () => {
      await using world = new World(subject, {
        run: `LOG=/dev/stdout P one | sed -u 's/^/seen: /' | tee lines | cat`,
      });
      const lines = path.join(world.folder, 'lines');
      await world.until('its first line', () => world.stdout.includes('seen: one ready'));
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assert.match(world.readLines(lines).join('\n'), /^seen: one ready \d+\nseen: one got 15 from 1\nseen: one done$/);
      assert.equal(world.stdout, readFileSync(lines, 'utf8'));
    });

    test('into a process substitution', async () => {
      await checkStop(subject, {
        run: 'LOG=/dev/stdout P one > >(tee -a $LOG > /dev/null)\n:',
        programs: ['one'],
        status: 0,
      });
    });

    test('into a process substitution, which is a child of the writer and writes out what it has read', async () => {
      await using world = new World(subject, { run: 'P one > >(P two --eof --flush 300)\n:' });
      await world.has('one ready', 'two ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assertTold(world, ['one'], constants.signals.SIGTERM);
      assertTold(world, ['two'], constants.signals.SIGTERM, 'nobody');
    });

    test('both ways: a coprocess that the script reads from', async () => {
      await checkStop(subject, {
        run: 'coproc P one\nP two --eof <&"${COPROC[0]}" >&"${COPROC[1]}"',
        programs: ['one'],
      });
    });
  });
}
