import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { requirePrograms } from '../helpers/require-programs.ts';
import { assertTold, shells, tellerUnder } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

type SignalName = keyof typeof constants.signals;

const RELAYED: readonly SignalName[] = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGWINCH', 'SIGCONT', 'SIGTSTP'];

/** Scripts that no trap of theirs keeps from being looked through for a relayed signal. */
const untrapped = [
  { name: 'no trap', trap: '' },
  { name: 'an EXIT trap', trap: "trap 'echo bye' EXIT" },
  { name: 'a TERM trap', trap: "trap 'exit 0' TERM" },
  { name: 'the signals ignored', trap: "trap '' HUP USR1 USR2 ALRM" },
] as const;

/** Whoever is asked answers on its standard input: a shell that had died of the signal would not. */
const answer = 'while read -r line; do echo "shell $line" >> $LOG; done';

for (const subject of subjects) {
  describe(`${subject.name}: a relayed signal`, { concurrency: 4 }, () => {
    for (const [shell, words] of Object.entries(shells)) {
      for (const { name, trap } of untrapped) {
        test(
          `reaches the programs and not the shell (hup): ${shell}, ${name}`,
          { skip: requirePrograms(shell) },
          async () => {
            await using world = new World(subject, {
              run: `${trap}\nP one & (P two & wait) &\n${answer}`,
              shell: words,
              hasInput: true,
            });
            await world.has('one ready', 'two ready');
            for (const signal of RELAYED) {
              world.signal(signal);
              await world.has(
                `one got ${constants.signals[signal]} from 1`,
                `two got ${constants.signals[signal]} from 1`,
              );
              world.write(`lives after ${signal}\n`);
              await world.has(`shell lives after ${signal}`);
            }
            for (const signal of RELAYED) assert.equal(world.count(`one got ${constants.signals[signal]}`), 1);
            world.signal('SIGTERM');
            await world.end();
            assertTold(world, ['one', 'two'], constants.signals.SIGTERM, tellerUnder(shell));
          },
        );
      }

      test(`is left to a trap for it: ${shell}`, { skip: requirePrograms(shell) }, async () => {
        await using world = new World(subject, {
          run: `trap 'echo trapped >> $LOG' USR1\nP one &\nwait\nwait`,
          shell: words,
        });
        await world.has('one ready');
        world.signal('SIGUSR1');
        await world.has('trapped');
        world.signal('SIGTERM');
        await world.end();
        assert.equal(world.count(`one got ${constants.signals.SIGUSR1}`), 0, world.describe());
        assertTold(world, ['one'], constants.signals.SIGTERM, tellerUnder(shell));
      });
    }
  });
}
