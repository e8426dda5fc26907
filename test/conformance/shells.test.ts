import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { requirePrograms } from '../helpers/require-programs.ts';
import { type StopCase, type StopSignal, assertTold, checkStop, shells } from '../helpers/stop.ts';
import { subjects, testBuild } from '../helpers/subjects.ts';
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

  test(`${subject.name}: a shell never gets to its next command (shell-race)`, async () => {
    const rounds = 1_000;
    let started = 0;
    const run = async (): Promise<void> => {
      for (; started < rounds;) {
        started += 1;
        await using world = new World(subject.isOurs ? testBuild : subject, {
          run: 'echo ready >> $LOG; sleep 100; sleep 200',
          env: { DRAINIT_TEST_DELAY: '3' },
        });
        await world.has('ready');
        world.signal('SIGTERM');
        assert.equal((await world.end()).status, 143, world.describe());
      }
    };
    await Promise.all([run(), run(), run(), run()]);
  });
}
