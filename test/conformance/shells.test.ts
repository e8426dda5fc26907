import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { requirePrograms } from '../helpers/require-programs.ts';
import { type StopCase, type StopSignal, assertTold, checkStop, shells } from '../helpers/stop.ts';
import { subjects, testBuildOf } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

const pair = 'P one --drain 100 & P two --drain 150 & wait';

/** Ways in which a shell is not what it looks like, or cannot be looked at. */
const disguises: readonly (StopCase & { readonly name: string; readonly needs?: string })[] = [
  {
    name: 'another user without CAP_SYS_PTRACE (no-ptrace), bash',
    before: ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'],
    shell: ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', 'bash'],
    run: pair,
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'another user without CAP_SYS_PTRACE (no-ptrace), busybox',
    needs: 'busybox',
    before: ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'],
    shell: ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', 'busybox', 'sh'],
    run: pair,
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'a login shell of another user without CAP_SYS_PTRACE',
    before: ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'],
    shell: ['setpriv', '--reuid=1000', '--clear-groups', 'bash', '-c', 'exec -a -bash bash "$0"'],
    run: pair,
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'a shell whose file has been deleted',
    run: `cp "$(command -v dash)" dash; exec ./dash -c 'rm dash; program one & program two & wait'`,
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'a shell that is called something else',
    run: `exec -a nginx bash -c 'program one & program two & wait'`,
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'a shell whose file is called something with a version',
    run: `cp "$(command -v bash)" bash5.2; exec ./bash5.2 -c 'program one & program two & wait'`,
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'a program that is called a shell',
    run: '(exec -a bash P one) & (exec -a -sh P two) & wait',
    programs: ['one', 'two'],
    status: 0,
  },
];

const races = [
  {
    name: 'and does not get to its next command (shell-race)',
    run: 'sleep 100; echo next >> $LOG; sleep 200',
    rounds: 1_000,
  },
  {
    name: 'and what it still starts is stopped as well',
    run: 'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); sleep 100 & done; wait',
    rounds: 30,
  },
] as const;

for (const subject of subjects) {
  describe(`${subject.name}: a shell with a program in the foreground`, { concurrency: 4 }, () => {
    for (const [shell, words] of Object.entries(shells)) {
      for (const signal of SIGNALS) {
        const number = constants.signals[signal];
        // mksh waits for its foreground program first, and keeps how that ended for itself.
        const scene = { shell: words, signal, programs: ['one'], status: shell === 'mksh' ? 128 + number : 0 };

        test(
          `starts no other (int-next, quit-next): ${shell}, ${signal}`,
          { skip: requirePrograms(shell) },
          async () => {
            const { log } = await checkStop(subject, { ...scene, run: 'P one --drain 200\nP two' });
            assert.ok(!log.some((line) => line.startsWith('two')), log.join('\n'));
          },
        );

        test(`does not start it again (int-loop): ${shell}, ${signal}`, { skip: requirePrograms(shell) }, async () => {
          await checkStop(subject, { ...scene, run: 'while :; do P one --drain 200; done' });
        });
      }
    }
  });

  describe(`${subject.name}: what is a shell`, { concurrency: 4 }, () => {
    for (const { name, needs = 'bash', ...scene } of disguises) {
      test(name, { skip: requirePrograms(needs) }, async () => void (await checkStop(subject, scene)));
    }

    test('an applet of busybox is none (busybox-applet)', { skip: requirePrograms('busybox') }, async () => {
      await using world = new World(subject, {
        run: ['busybox', 'find', '.', '-maxdepth', '0', '-exec', 'program', 'one', ';'],
        options: ['-v'],
      });
      await world.has('one ready');
      world.signal('SIGWINCH');
      await world.until('the applet is told', () => world.stderr.includes('sent SIGWINCH to busybox'));
      world.signal('SIGTERM');
      await world.end();
      assertTold(world, ['one'], constants.signals.SIGTERM);
      assert.equal(world.count(`one got ${constants.signals.SIGWINCH}`), 0, world.describe());
    });
  });

  // The host dawdles before each signal, as a busy machine makes it.
  describe(`${subject.name}: a shell goes on while its script is being stopped`, () => {
    for (const { name, run, rounds } of races) {
      test(name, { skip: requirePrograms('busybox') }, async () => {
        let round = 0;
        const work = async (): Promise<void> => {
          while (round < (subject.host === undefined ? rounds : Math.max(30, rounds / 10))) {
            round += 1;
            await using world = new World(testBuildOf(subject) ?? subject, {
              run: `echo ready >> $LOG; ${run}`,
              shell: [shells.bash, shells.dash, shells.busybox][round % 3] ?? shells.bash,
              env: { DRAINIT_TEST_DELAY: '3' },
            });
            await world.has('ready');
            world.signal('SIGTERM');
            const { status, seconds } = await world.end();
            assert.equal(status, 128 + constants.signals.SIGTERM, world.describe());
            assert.ok(seconds < 9, `${seconds} s: something was killed as a straggler`);
            assert.equal(world.count('next'), 0, 'another command has been started');
          }
        };
        await Promise.all([work(), work(), work(), work()]);
      });
    }
  });
}
