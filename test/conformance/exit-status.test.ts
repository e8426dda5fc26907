import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { awaitBelow, statusOf as linesOf } from '../helpers/process.ts';
import { type StopSignal, checkStop } from '../helpers/stop.ts';
import { type Subject, cannot, subjects } from '../helpers/subjects.ts';
import { type Scene, World } from '../helpers/world.ts';

const { SIGKILL, SIGSTOP, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH } = constants.signals;
const { SIGILL, SIGBUS, SIGFPE, SIGSEGV } = constants.signals;

/** By default they end nobody: signal(7). */
const harmless: ReadonlySet<number> = new Set([SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH]);

const faults: ReadonlySet<number> = new Set([SIGILL, SIGBUS, SIGFPE, SIGSEGV]);

const terminating = Array.from({ length: 64 }, (_, index) => index + 1).filter((signal) => !harmless.has(signal));

/** Node hears of some signals only when the program has already been started. */
const isListening = (world: World, subject: Subject, signal: number): boolean => {
  if (
    !cannot(subject, 'boot') ||
    subject.host === 'command' ||
    subject.host === 'front' ||
    signal === 32 ||
    signal === 33
  )
    return true;
  const caught = linesOf(world.init, 'SigCgt')[0]?.split('\t')[1] ?? '0';
  return ((BigInt(`0x${caught}`) >> BigInt(signal - 1)) & 1n) === 1n;
};

/** It ends nobody: it is not passed on. */
const isKept = (subject: Subject, signal: number): boolean =>
  (cannot(subject, 'library-signals') && (signal === 32 || signal === 33)) ||
  (cannot(subject, 'real-time') && (signal >= 32 || faults.has(signal)));

async function statusOf(subject: Subject, scene: Scene): Promise<number> {
  await using world = new World(subject, scene);
  return (await world.end()).status;
}

const remapped = [
  { options: ['-e', '7'], code: 7, status: 0 },
  { options: ['-e7'], code: 7, status: 0 },
  { options: ['--remap-exit', '255'], code: 255, status: 0 },
  { options: ['--remap-exit=255'], code: 255, status: 0 },
  { options: ['-e', '7'], code: 8, status: 8 },
  { options: ['-e', '7', '-e', '8'], code: 7, status: 0 },
  { options: ['-e', '7', '-e', '8'], code: 8, status: 0 },
  { options: ['-e', '7', '-e', '8'], code: 9, status: 9 },
  { options: ['-e', '0'], code: 0, status: 0 },
] as const;

const unstartable = [
  {
    name: 'a name that is not on the PATH',
    file: 'no-such-program',
    status: 127,
    says: /'no-such-program': No such file/,
  },
  {
    name: 'a path that does not exist',
    file: './no-such-program',
    status: 127,
    says: /'\.\/no-such-program': No such file/,
  },
  { name: 'a path through a file', file: '/dev/null/program', status: 127, says: /Not a directory/ },
  { name: 'a file that is not executable', file: './plain', status: 126, says: /Permission denied.*chmod \+x/ },
  { name: 'a directory', file: '.', status: 126, says: /Permission denied/ },
  { name: 'an empty name', file: '', status: 127, says: /'': No such file/ },
] as const;

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT'];

interface Script {
  readonly name: string;
  readonly run: string;
  readonly programs: readonly string[];
  /** `death`: 128 + the signal. */
  readonly status: number | 'death';
}

/** What counts is how the programs below untrapped shells ended, other than by the signal; not the shells. */
const scripts: readonly Script[] = [
  {
    name: 'a helper that dies, a program that ends (helper-status)',
    run: 'sleep infinity & P one; :',
    status: 0,
    programs: ['one'],
  },
  {
    name: 'a helper that dies, a program that fails (helper-status)',
    run: 'tail -f /dev/null & P one --exit 5; :',
    status: 5,
    programs: ['one'],
  },
  { name: 'only what dies of it (all-default)', run: 'sleep 100; :', status: 'death', programs: [] },
  { name: 'what dies of it, without a shell', run: 'exec sleep 100', status: 'death', programs: [] },
  {
    name: 'the first of two failures',
    run: 'P one --exit 6 --drain 2500 & P two --exit 4 --drain 100 & wait',
    status: 4,
    programs: ['one', 'two'],
  },
  {
    name: 'a failure after a success',
    run: 'P one --exit 6 --drain 400 & P two --drain 100 & wait',
    status: 6,
    programs: ['one', 'two'],
  },
  {
    name: 'a failure in a nested shell',
    run: `sh -c 'program one --exit 6 & wait' & P two & wait`,
    status: 6,
    programs: ['one', 'two'],
  },
  { name: 'a failure under an EXIT trap', run: 'trap : EXIT; P one --exit 6 & wait', status: 6, programs: ['one'] },
  {
    name: 'a trap with a status of its own',
    run: `trap 'exit 9' TERM INT; P one --exit 6 & wait`,
    status: 9,
    programs: ['one'],
  },
  {
    name: 'a script that ends by itself',
    run: `trap '' TERM INT; P one --exit 6; exit 8`,
    status: 8,
    programs: ['one'],
  },
];

for (const subject of subjects) {
  describe(`${subject.name}: the exit status`, { concurrency: 4 }, () => {
    test('is that of the program, from 0 to 255', async () => {
      for (let code = 0; code < 256; code += 1) {
        assert.equal(await statusOf(subject, { run: ['sh', '-c', `exit ${code}`] }), code);
      }
    });

    test('is 128 + the signal that ended it', async () => {
      for (const signal of terminating) {
        assert.equal(await statusOf(subject, { run: ['sh', '-c', `kill -${signal} $$`] }), 128 + signal);
      }
    });

    test('is 128 + the signal that was forwarded and ended it', async () => {
      for (const signal of terminating.filter((number) => number !== SIGKILL)) {
        await using world = new World(subject, { run: ['sleep', '1000'] });
        await awaitBelow(world, 'sleep');
        await world.until('drainit listens', () => isListening(world, subject, signal));
        world.signal(signal);
        if (isKept(subject, signal)) {
          world.signal(constants.signals.SIGTERM);
          assert.equal((await world.end()).status, 143, world.describe());
          continue;
        }
        assert.equal((await world.end()).status, 128 + signal, world.describe());
      }
    });

    for (const { options, code, status } of remapped) {
      test(`${options.join(' ')} makes ${status} of ${code}`, async () => {
        assert.equal(await statusOf(subject, { run: ['sh', '-c', `exit ${code}`], options }), status);
      });
    }

    test('-e 143 makes 0 of the death by TERM', async () => {
      await checkStop(subject, {
        run: 'echo asleep >> $LOG; sleep 1000; :',
        options: ['-e', '143'],
        programs: [],
        awaited: ['asleep'],
        status: 0,
      });
    });

    for (const { name, file, status, says } of unstartable) {
      test(`is ${status} for ${name}`, async () => {
        await using world = new World(subject, { run: [file], files: { plain: 'exit 0\n' } });
        assert.equal((await world.end()).status, status, world.describe());
        assert.match(world.stderr, says);
      });
    }

    test(`${subject.name}: a script without #! that is found by PATH`, async () => {
      const before = [
        'sh',
        '-c',
        'mkdir bin; echo exit 7 >bin/bare; chmod +x bin/bare; PATH=$PWD/bin:$PATH exec "$@"',
        'sh',
      ];
      await using world = new World(subject, { run: ['bare'], before });
      assert.equal((await world.end()).status, 7, world.describe());
    });

    test('is 127 for a script whose interpreter does not exist', async () => {
      await using world = new World(subject, { run: 'printf "#!/no/such\\n" > s; chmod +x s; exec ./s' });
      assert.equal((await world.end()).status, 127, world.describe());
    });
  });

  describe(`${subject.name}: the exit status of a script that was stopped`, { concurrency: 4 }, () => {
    for (const { name, run, status, programs } of scripts) {
      for (const signal of SIGNALS) {
        test(`${name}: ${signal}`, async () => {
          const expected = status === 'death' ? 128 + constants.signals[signal] : status;
          await checkStop(subject, {
            run: `echo begun >> $LOG; ${run}`,
            signal,
            programs,
            awaited: ['begun'],
            status: expected,
          });
        });
      }
    }
  });
}
