import assert from 'node:assert/strict';
import { constants } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { requirePrograms } from '../helpers/require-programs.ts';
import { type StopSignal, assertTold, checkStop, shells, slowedFor, tellerUnder } from '../helpers/stop.ts';
import { cannot, root, subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

/** A program may be ready before its shell knows its pid. */
const pair = 'P one --drain 100 & one=$!\nP two --drain 150 & two=$!\necho shell ready >> $LOG\n';

/** Traps that look after the programs, as blog posts recommend them. */
const caring = [
  {
    name: 'a handler that passes TERM on, waits and exits',
    script: `stop() { kill -TERM $one $two; wait $one; wait $two; exit 7; }\ntrap stop TERM INT QUIT\n${pair}wait`,
    status: 7,
  },
  {
    name: 'a trap that passes TERM on, and a wait after the wait',
    script: `trap 'kill -TERM $one $two' TERM INT QUIT\n${pair}wait\nwait $one\nwait $two\nexit 8`,
    status: 8,
  },
] as const;

/** Traps after which somebody still has to be told: the shell, or whatever gets there before it, has told nobody. */
const careless = [
  {
    name: 'a trap that only exits (trap-silent)',
    script: `trap 'exit 4' TERM INT QUIT\n${pair}wait`,
    status: 4,
  },
  {
    name: 'a trap that cleans up and exits',
    script: `trap 'sleep .1; rm -f pidfile; exit 5' TERM INT QUIT\n${pair}wait`,
    status: 5,
  },
  {
    name: 'a trap for TERM alone',
    script: `trap 'exit 6' TERM\n${pair}wait`,
  },
] as const;

/** The script's own `kill` may come before drainit's or after it; drainit never tells anybody twice. */
const group = [
  { name: 'kill 0 on TERM (trap-group)', script: `trap 'kill 0' TERM\n${pair}wait`, isEndlessInZsh: true },
  { name: 'kill 0 once on TERM (trap-group)', script: `trap 'trap - TERM; kill 0' TERM\n${pair}wait` },
  { name: 'kill -$$ on TERM (trap-group)', script: `trap 'kill -- -$$' TERM\n${pair}wait`, isEndlessInZsh: true },
  { name: 'kill 0 on EXIT', script: `trap 'kill 0' EXIT\n${pair}wait` },
  { name: 'a handler that waits for nobody', script: `trap 'kill -TERM $one $two' TERM\n${pair}wait` },
];

for (const subject of subjects) {
  describe(`${subject.name}: a script with a trap`, { concurrency: 4 }, () => {
    for (const [shell, words] of Object.entries(shells)) {
      const skip = requirePrograms(shell);
      for (const signal of SIGNALS) {
        for (const { name, script, status } of caring) {
          test(`${name}: ${shell}, ${signal}`, { skip }, async () => {
            await using world = new World(subject, { run: slowedFor(shell, script), shell: words });
            await world.has('one ready', 'two ready', 'shell ready');
            world.signal(signal);
            assert.equal((await world.end()).status, status, world.describe());
            assertTold(world, ['one', 'two'], constants.signals.SIGTERM, shell === 'mksh' ? 'both' : 'script');
          });
        }
        for (const { name, script, ...more } of careless) {
          test(`${name}: ${shell}, ${signal}`, { skip }, async () => {
            const toldBy = tellerUnder(shell);
            await checkStop(subject, {
              run: script,
              shell: words,
              signal,
              programs: ['one', 'two'],
              awaited: ['shell ready'],
              toldBy,
              ...more,
            });
          });
        }
      }
      for (const { name, script, isEndlessInZsh = false } of group) {
        // zsh runs a trap again for the signal that it sent itself in it, under whatever init.
        if (shell === 'zsh' && isEndlessInZsh) continue;
        test(`${name}: ${shell}`, { skip }, async () => {
          await using world = new World(subject, { run: script, shell: words });
          await world.has('one ready', 'two ready', 'shell ready');
          world.signal('SIGTERM');
          await world.end();
          assertTold(world, ['one', 'two'], constants.signals.SIGTERM, 'both');
        });
      }
    }

    for (const [shell, words] of Object.entries(shells)) {
      test(
        `kill 0 that comes back to drainit, in the group of its script where it is not PID 1: ${shell}`,
        { skip: requirePrograms(shell) },
        async () => {
          await using world = new World(subject, {
            run: `trap 'trap - TERM; kill 0; exec sleep .3' TERM\n${pair}wait`,
            shell: words,
            before: ['setsid'],
            options: ['-v'],
            isPlain: true,
          });
          await world.has('one ready', 'two ready', 'shell ready');
          const { init } = world;
          world.signal('SIGTERM');
          await world.end();
          if (cannot(subject, 'sender')) {
            assert.doesNotMatch(world.stderr, /received SIGTERM from/);
            assert.ok(world.stderr.split('received SIGTERM').length > 2, 'it was taken for a second one');
            return;
          }
          assert.match(world.stderr, /received SIGTERM from process \d+\n/, 'it has reached drainit');
          for (const name of ['one', 'two']) {
            assert.ok(world.count(`${name} got 15 from ${init}`) <= 1, world.describe());
            assert.equal(world.count(`${name} done`), 1, world.describe());
          }
        },
      );
    }

    test('a Node server that is told by the EXIT trap, and forgets its handler then (trap-once)', async () => {
      await using world = new World(subject, {
        run: `trap 'kill $(jobs -p); sleep .3' EXIT; node ${path.join(root, 'test/fixtures/once.js')} & wait`,
      });
      await world.has('once ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.count('once done'), 1, world.describe());
    });
  });
}
