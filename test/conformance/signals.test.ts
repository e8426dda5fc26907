import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { statOf } from '../helpers/process.ts';
import { assertTold } from '../helpers/stop.ts';
import { type Subject, cannot, subjects } from '../helpers/subjects.ts';
import { World, childrenOf } from '../helpers/world.ts';

const { SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGPIPE, SIGKILL, SIGSTOP, SIGCHLD, SIGCONT, SIGURG } =
  constants.signals;

/** As systemd is asked to halt by container engines. */
const RTMIN_3 = 37;
const RTMAX = 64;

/** KILL and STOP are nobody's to catch; CHLD tells an init of its own children. */
const forwardable = Array.from({ length: 64 }, (_, index) => index + 1).filter(
  (signal) => signal !== SIGKILL && signal !== SIGSTOP && signal !== SIGCHLD,
);

const { SIGILL, SIGBUS, SIGFPE, SIGSEGV } = constants.signals;
const FAULTS: ReadonlySet<number> = new Set([SIGILL, SIGBUS, SIGFPE, SIGSEGV]);

/** The C library keeps them for itself. */
const LIBRARY_SIGNALS: ReadonlySet<number> = new Set([32, 33]);

const isPassedOn = (subject: Subject, signal: number): boolean =>
  !(cannot(subject, 'library-signals') && LIBRARY_SIGNALS.has(signal)) &&
  !(cannot(subject, 'real-time') && (signal >= 32 || FAULTS.has(signal)));

/** TERM ends the program. */
const inOrder = (subject: Subject): readonly number[] => [
  ...forwardable.filter((signal) => signal !== SIGTERM && isPassedOn(subject, signal)),
  SIGTERM,
];

interface Rewrite {
  readonly options: readonly string[];
  readonly sent: number;
  readonly got: number;
}

const rewrites: readonly Rewrite[] = [
  { options: ['-r', 'TERM:QUIT'], sent: SIGTERM, got: SIGQUIT },
  { options: ['-r', '15:3'], sent: SIGTERM, got: SIGQUIT },
  { options: ['-r', 'SIGTERM:sigint'], sent: SIGTERM, got: SIGINT },
  { options: ['-r15:INT'], sent: SIGTERM, got: SIGINT },
  { options: ['--rewrite', 'HUP:TERM'], sent: SIGHUP, got: SIGTERM },
  { options: ['--rewrite=USR1:USR2'], sent: SIGUSR1, got: SIGUSR2 },
  { options: ['-r', 'SIGRTMIN+3:TERM'], sent: RTMIN_3, got: SIGTERM },
  { options: ['-r', 'RTMAX-27:15'], sent: RTMIN_3, got: SIGTERM },
  { options: ['-r', 'TERM:RTMIN+3'], sent: SIGTERM, got: RTMIN_3 },
  { options: ['-r', '12:37'], sent: SIGUSR2, got: RTMIN_3 },
  { options: ['-r', 'USR1:USR2', '-r', 'USR2:HUP'], sent: SIGUSR1, got: SIGUSR2 },
  { options: ['-r', 'USR1:USR2', '-r', 'USR2:HUP'], sent: SIGUSR2, got: SIGHUP },
];

const dropped = [
  { options: ['-r', 'TERM:0'], sent: SIGTERM },
  { options: ['-r', '10:0'], sent: SIGUSR1 },
  { options: ['-r', 'RTMIN+3:0'], sent: RTMIN_3 },
] as const;

for (const subject of subjects) {
  describe(`${subject.name}: signals`, { concurrency: 4 }, () => {
    test('each from 1 to 64 is forwarded, once', async () => {
      await using world = new World(subject, { run: ['listen', 'one'] });
      await world.has('one ready');
      for (const signal of forwardable) if (!isPassedOn(subject, signal)) world.signal(signal);
      for (const signal of inOrder(subject)) {
        world.signal(signal);
        await world.has(`one got ${signal} from 1`);
      }
      assert.equal((await world.end()).status, 0, world.describe());
      assert.deepEqual(
        world.lines.slice(1),
        [...inOrder(subject).map((signal) => `one got ${signal} from 1`), 'one done'],
        world.describe(),
      );
    });

    // The arrival of TSTP, TTIN or TTOU takes a pending CONT away: signal(7).
    const kept = {
      'all but CONT': forwardable.filter((signal) => signal !== SIGCONT && signal !== SIGTERM),
      CONT: [SIGCONT],
    };
    for (const [name, signals] of Object.entries(kept)) {
      test(`what comes before the program has been started is kept for it: ${name}`, async () => {
        const isLost = cannot(subject, 'boot');
        // The packed file starts with USR1 blocked, or it would open the port of Node's debugger: that one is kept, and
        // may end a program that cannot inherit a mask before it has set its own.
        const sent = isLost ? signals.filter((signal) => signal !== SIGUSR1) : signals;
        await using world = new World(subject, { before: ['pending', sent.join(',')], run: ['listen', 'one'] });
        await world.has('one ready', ...(isLost ? [] : sent.map((signal) => `one got ${signal} from 1`)));
        world.signal(SIGTERM);
        assert.equal((await world.end()).status, 0, world.describe());
        for (const signal of sent) {
          assert.equal(world.count(`one got ${signal}`), isLost ? 0 : 1, world.describe());
        }
      });
    }

    test('a stop that comes before the program has been started stops it', async () => {
      await using world = new World(subject, { before: ['pending', `${SIGTERM}`], run: ['listen', 'one'] });
      if (cannot(subject, 'boot')) {
        await world.has('one ready');
        world.signal(SIGURG);
        await world.has(`one got ${SIGURG}`);
        assert.equal(world.count(`one got ${SIGTERM}`), 0, world.describe());
        return;
      }
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.count(`one got ${SIGTERM} from 1`), 1, world.describe());
    });

    const missed = cannot(subject, 'real-time') ? RTMIN_3 : 32;
    if (!isPassedOn(subject, missed)) {
      test('elsewhere than as PID 1 one that is not passed on ends it, and the program goes on', async () => {
        // Node does not say which real-time signal has ended a child.
        const before = ['sh', '-c', '"$@"; exit $?', 'sh'];
        await using world = new World(subject, { run: ['listen', 'one'], isPlain: true, before });
        await world.has('one ready');
        const pid = Number(world.lines[0]?.split(' ')[2]);
        process.kill(childrenOf(world.init)[0] ?? 0, missed);
        await world.until('it has ended', () => world.isOver);
        assert.notEqual(statOf(pid).state, 'X');
        process.kill(pid, SIGKILL);
        assert.equal((await world.end()).status, 128 + missed, world.describe());
      });
    }

    test('real-time signals are queued, and each one counts', async () => {
      await using world = new World(subject, { run: ['listen', 'one'] });
      await world.has('one ready');
      for (let sent = 0; sent < 20; sent += 1) world.signal(RTMIN_3);
      if (cannot(subject, 'real-time')) {
        world.signal('SIGTERM');
        assert.equal((await world.end()).status, 0, world.describe());
        assert.equal(world.count(`one got ${RTMIN_3}`), 0, world.describe());
        return;
      }
      await world.until('all of them', () => world.count(`one got ${RTMIN_3} from 1`) === 20);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
    });

    test('thousands at once, while drainit is paused, are all queued', async () => {
      // None of them is: the test above.
      if (cannot(subject, 'real-time')) return;
      const COUNT = 6_000;
      await using world = new World(subject, { run: ['listen', 'one'] });
      await world.has('one ready');
      world.signal(SIGSTOP);
      await world.until('it is paused', () => statOf(world.init).state === 'T');
      for (let sent = 0; sent < COUNT; sent += 1) world.signal(RTMIN_3);
      world.signal(SIGCONT);
      // The last that the program fetches of what is pending; it may be lost too while the others come.
      await world.until('one that comes after them', () => {
        world.signal(RTMAX);
        return world.count(`one got ${RTMAX}`) > 0;
      });
      const count = world.count(`one got ${RTMIN_3} from 1`);
      if (cannot(subject, 'flood')) assert.ok(count < COUNT);
      else assert.equal(count, COUNT);
    });

    for (const { options, sent, got } of rewrites.filter((it) => isPassedOn(subject, it.sent))) {
      test(`${options.join(' ')} changes ${sent}`, async () => {
        await using world = new World(subject, { run: ['listen', 'one'], options });
        await world.has('one ready');
        world.signal(sent);
        await world.has(`one got ${got} from 1`);
        const expected = [`one got ${got} from 1`];
        if (got === SIGTERM) {
          assert.equal((await world.end()).status, 0, world.describe());
          expected.push('one done');
        } else {
          world.signal(SIGURG);
          await world.has(`one got ${SIGURG}`);
          expected.push(`one got ${SIGURG} from 1`);
        }
        assert.deepEqual(world.lines.slice(1), expected);
      });
    }

    for (const { options, sent } of dropped) {
      test(`${options.join(' ')} drops ${sent}`, async () => {
        await using world = new World(subject, { run: 'P one & wait', options });
        await world.has('one ready');
        world.signal(sent);
        world.signal(SIGUSR2);
        await world.has(`one got ${SIGUSR2}`);
        world.signal(SIGINT);
        assert.equal((await world.end()).status, 0, world.describe());
        assert.equal(world.count(`one got ${sent}`), 0, world.describe());
        assertTold(world, ['one'], SIGINT);
      });
    }

    test('one that is rewritten to a stop signal stops a script', async () => {
      await using world = new World(subject, { run: 'P one & P two & wait', options: ['-r', 'USR1:TERM'] });
      await world.has('one ready', 'two ready');
      world.signal(SIGUSR1);
      assert.equal((await world.end()).status, 0, world.describe());
      assertTold(world, ['one', 'two'], SIGTERM);
    });

    test('that of our own write to a closed pipe is no signal (sigpipe-self)', async () => {
      await using world = new World(subject, {
        before: ['perl', '-e', 'pipe R, W; open STDERR, ">&", W; close R; exec @ARGV'],
        run: ['listen', 'one'],
        options: ['-vv'],
      });
      await world.has('one ready');
      world.signal(SIGHUP);
      await world.has(`one got ${SIGHUP}`);
      world.signal(SIGTERM);
      assert.equal((await world.end()).status, 0, world.describe());
      assert.equal(world.count(`one got ${SIGPIPE}`), 0, world.describe());
    });
  });
}
