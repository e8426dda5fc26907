/** The program is given what drainit was given: as if it had been started without it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { callAs } from '../helpers/call-as.ts';
import { type Subject, cannot, root, subjects } from '../helpers/subjects.ts';
import type { LimitId } from '../../src/host/limits.ts';
import { type Scene, World, program } from '../helpers/world.ts';

const inspect = path.join(root, 'build/test/inspect');
const give = (...words: readonly string[]): readonly string[] => [inspect, 'give', ...words];

/** env(1) only executes what follows. */
const nobody: Subject = { name: 'no init', command: ['env'], isOurs: false };

/** Nothing to raise, on whatever machine this runs. */
const OPEN_FILES = ['prlimit', '--nofile=1024:1024'];

/** Said where a Node stays in front of the native binary, and sockets were passed to it. */
const GIVEN_UP = /^(drainit: LISTEN_FDS is left out: .*\n)?$/;

async function print(subject: Subject, scene: Scene): Promise<readonly string[]> {
  await using world = new World(subject, scene);
  assert.equal((await world.end()).status, 0, world.describe());
  assert.match(world.stderr, subject.host === 'front' ? GIVEN_UP : /^$/);
  return world.stdout.split('\n');
}

/** What a program reports of itself, with the same folder and environment each time. */
const report = async (subject: Subject, scene: Partial<Scene>): Promise<readonly string[]> =>
  print(subject, {
    run: [inspect, 'report'],
    cwd: '/usr',
    ...scene,
    before: [...OPEN_FILES, ...(scene.before ?? [])],
    env: { LOG: '/dev/null', ...scene.env },
  });

/** The lines of the report that a host with such a limit does not pass on. */
const OWN: readonly (readonly [limit: LimitId, is: (line: string) => boolean])[] = [
  ['dispositions', (line) => line.startsWith('SigBlk') || line.startsWith('SigIgn')],
  // Node closes all up to 15 for its programs, and those above up to the first number that is free.
  ['descriptors', (line) => /^fd ([3-9]|1[0-6]) /.test(line)],
  ['non-blocking-streams', (line) => /^fd [012] /.test(line)],
  ['open-files', (line) => line.startsWith('Max open files')],
];

/** The report of what was given, as far as this host passes it on, and the limits that it runs into. */
function compare(
  subject: Subject,
  mine: readonly string[],
  theirs: readonly string[],
): { readonly passedOn: readonly (readonly string[])[]; readonly limits: readonly LimitId[] } {
  const met = OWN.filter(([limit]) => cannot(subject, limit));
  const isOwn = (line: string): boolean => met.some(([, is]) => is(line));
  const differs = ([, is]: (typeof OWN)[number]): boolean => mine.filter(is).join() !== theirs.filter(is).join();
  return {
    passedOn: [mine, theirs].map((lines) => lines.filter((line) => !isOwn(line))),
    limits: met.filter(differs).map(([limit]) => limit),
  };
}

interface Given {
  readonly before: readonly string[];
  /** Where the host has this limit it shows. */
  readonly limit?: LimitId;
}

const given: Readonly<Record<string, Given>> = {
  'nothing unusual': { before: [] },
  'every signal blocked': { before: give('--block', 'all'), limit: 'dispositions' },
  'some signals blocked': { before: give('--block', '1,10,15,17,32,33,34,64'), limit: 'dispositions' },
  'every signal ignored': { before: give('--ignore', 'all'), limit: 'dispositions' },
  'signals ignored that drainit handles itself': {
    before: give('--ignore', '4,6,7,8,11,13,17,22'),
    limit: 'dispositions',
  },
  'signals blocked and ignored': {
    before: give('--block', '2,11,13,17', '--ignore', '2,11,13,17'),
    limit: 'dispositions',
  },
  'descriptors open': { before: give('--open', '3,4,9,10,11,12,16,18,200'), limit: 'descriptors' },
  'standard input that does not block': {
    before: ['perl', '-MFcntl', '-e', 'open STDIN, "<", "/dev/null"; fcntl STDIN, F_SETFL, O_NONBLOCK; exec @ARGV'],
    limit: 'non-blocking-streams',
  },
  'a soft limit of open descriptors': { before: ['prlimit', '--nofile=512:1024'], limit: 'open-files' },
};

for (const subject of subjects) {
  for (const isPlain of [false, true]) {
    const as = isPlain ? 'not as PID 1' : 'as PID 1';

    for (const [what, { before, limit }] of Object.entries(given)) {
      test(`${subject.name}, ${as}: ${what}`, async () => {
        const scene = { isPlain, before, env: { ...subject.env } };
        const { passedOn, limits } = compare(subject, await report(subject, scene), await report(nobody, scene));
        assert.deepEqual(passedOn[0], passedOn[1]);
        assert.deepEqual(limits, limit !== undefined && cannot(subject, limit) ? [limit] : []);
      });
    }

    test(`${subject.name}, ${as}: a working directory that has been removed`, async () => {
      const before = ['sh', '-c', 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && cd . 2>/dev/null; exec "$@"', 'sh'];
      const lines = await report(subject, { isPlain, before });
      assert.match(lines.find((line) => line.startsWith('cwd ')) ?? '', / \(deleted\)$/);
    });

    test(`${subject.name}, ${as}: bytes that are not UTF-8, in arguments and environment`, async () => {
      const bytes = String.raw`\xff\xfe\xc3\x28\xe2\x82\x01`;
      const before = ['bash', '-c', `export BYTES=$'${bytes}'; exec "$@" $'${bytes}' '' 'a b'`, 'bash'];
      const lines = await report(subject, { isPlain, before });
      const check = cannot(subject, 'bytes') ? assert.notDeepEqual : assert.deepEqual;
      check(
        lines.filter((line) => /^(arg|env BYTES)/.test(line)),
        [`arg ${bytes}`, 'arg ', 'arg a b', `env BYTES=${bytes}`].map((line) => line.replace(String.raw`\x28`, '(')),
      );
    });

    test(`${subject.name}, ${as}: entries of the environment that are no variables`, async () => {
      const odd = ['no-equals-sign', '=no-name', 'LOG=second'];
      const lines = await report(subject, { isPlain, before: give(...odd.flatMap((entry) => ['--entry', entry])) });
      const expected = cannot(subject, 'entries') ? [] : odd.map((entry) => `env ${entry}`);
      assert.deepEqual(
        lines.filter((line) => /^env (no-equals|=no-name|LOG=second)/.test(line)),
        expected,
      );
    });

    test(`${subject.name}, ${as}: LISTEN_PID names the program where it named drainit`, async () => {
      const before = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh'];
      const run = ['sh', '-c', '[ "$LISTEN_PID" = $$ ] && echo "own $LISTEN_FDS" || echo "not $LISTEN_FDS"'];
      const whose = cannot(subject, 'socket-activation') ? 'not' : 'own';
      const count = subject.host === 'front' ? '' : '1';
      assert.deepEqual(await print(subject, { isPlain, before, run }), [`${whose} ${count}`, '']);
    });

    test(`${subject.name}, ${as}: the descriptors that LISTEN_FDS counts are passed on`, async () => {
      const listen = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$@"', 'sh'];
      const lines = await report(subject, { isPlain, before: [...give('--open', '3,4,9'), ...listen] });
      const counted = cannot(subject, 'socket-activation') ? [] : ['3', '4'];
      const others = cannot(subject, 'descriptors') ? [] : ['9'];
      assert.deepEqual(
        lines.filter((line) => /^fd [3-9] /.test(line)).map((line) => line.split(' ')[1]),
        [...counted, ...others],
      );
    });

    test(`${subject.name}, ${as}: LISTEN_FDS may count more than there is`, async () => {
      const listen = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1000000000 exec "$@"', 'sh'];
      const lines = await report(subject, { isPlain, before: [...give('--open', '3,4'), ...listen] });
      const counted = cannot(subject, 'socket-activation') ? [] : ['3', '4'];
      assert.deepEqual(
        lines.filter((line) => /^fd ([3-9]|[1-4]\d) /.test(line)).map((line) => line.split(' ')[1]),
        counted,
      );
    });

    test(`${subject.name}, ${as}: LISTEN_PID stays where it names somebody else`, async () => {
      const run = ['sh', '-c', 'echo $LISTEN_PID'];
      assert.deepEqual(await print(subject, { isPlain, env: { LISTEN_PID: '4194305' }, run }), ['4194305', '']);
    });
  }

  for (const [name, value] of [
    ['NODE_OPTIONS', '--no-such-option'],
    ['OPENSSL_CONF', inspect],
  ] as const) {
    test(`${subject.name}: ${name} is the program's alone`, async () => {
      await using world = new World(subject, { run: ['printenv', name], env: { [name]: value } });
      const { status } = await world.end();
      const actsOnUs = cannot(subject, 'node-variables');
      assert.equal(world.stdout, actsOnUs ? '' : `${value}\n`, world.describe());
      assert.equal(status === 0, !actsOnUs);
    });
  }

  test(`${subject.name}: NODE_REPL_EXTERNAL_MODULE is the program's alone`, async () => {
    const name = 'NODE_REPL_EXTERNAL_MODULE';
    await using world = new World(subject, { run: ['printenv', name], env: { [name]: '/no/such/module' } });
    const { status } = await world.end();
    const actsOnUs = cannot(subject, 'node-modules');
    assert.deepEqual([status, world.stdout], actsOnUs ? [9, ''] : [0, '/no/such/module\n'], world.describe());
  });

  test(`${subject.name}: what NODE_DEBUG has Node write`, async () => {
    const env = { NODE_DEBUG: 'child_process', DRAINIT_TEST_MARK: 'marked' };
    await using world = new World(subject, { run: ['true'], env });
    assert.equal((await world.end()).status, 0);
    assert.equal(world.stderr.includes('marked'), cannot(subject, 'node-debug'), world.describe());
  });

  test(`${subject.name}: as many arguments and as large an environment as the kernel takes`, async () => {
    const long = 'x'.repeat(100_000);
    const run = ['sh', '-c', 'echo $#; printenv LONG | wc -c', 'sh', ...Array.from({ length: 10 }, () => long)];
    assert.deepEqual(await print(subject, { run, env: { LONG: long } }), ['10', '100001', '']);
  });

  test(`${subject.name}: a program whose name is not UTF-8`, async () => {
    const before = ['bash', '-c', `cp "$P" $'\\xff\\xfe' && exec "$@" $'./\\xff\\xfe' main`, 'bash'];
    await using world = new World(subject, { run: [], options: ['-vv'], before, env: { P: program } });
    if (cannot(subject, 'bytes')) {
      assert.equal((await world.end()).status, 127);
      return;
    }
    await world.has('main ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    // Lines are UTF-8, whatever the names are.
    assert.ok(world.stderr.includes('started ./?? as process'), world.stderr);
  });

  /** Whether the program shares the process group and the session of drainit: proc_pid_stat(5), fields 5 and 6. */
  const readTies = async (init: Subject, scene: Partial<Scene>): Promise<string> => {
    const lines = await print(init, { run: ['sh', '-c', 'cat /proc/$$/stat /proc/$PPID/stat'], ...scene });
    const [own, drainit] = lines.map((line) => line.split(' '));
    const tie = (field: number): string => (own?.[field] === drainit?.[field] ? 'shared' : 'own');
    return `${tie(4)} group, ${tie(5)} session`;
  };

  const dumbInit = callAs(subject, 'dumb-init');
  const ties: readonly (readonly [what: string, scene: Partial<Scene>, expected: string, init?: Subject])[] = [
    ['as PID 1', {}, 'own group, shared session'],
    ['as PID 1 with -g', { options: ['-g'] }, 'own group, shared session'],
    ['not as PID 1', { isPlain: true }, 'shared group, shared session'],
    ['not as PID 1, with -c', { isPlain: true, options: ['-c'] }, 'shared group, shared session'],
    ['not as PID 1, with -g', { isPlain: true, options: ['-g'] }, 'own group, shared session'],
    ['by default', {}, 'own group, own session', dumbInit],
    ['with -c', { options: ['-c'] }, 'own group, shared session', dumbInit],
    ['with DUMB_INIT_SETSID=0', { env: { DUMB_INIT_SETSID: '0' } }, 'own group, shared session', dumbInit],
  ];
  for (const [what, scene, expected, init = subject] of ties) {
    // A child of PID 1 has no need for another group.
    const isChild = cannot(init, 'child') && !scene.options?.includes('-g');
    const onNode = cannot(init, 'session') ? expected.replace('own group, shared', 'own group, own') : expected;
    const onThis = isChild ? expected.replace('own group, shared', 'shared group, shared') : onNode;
    test(`${init.name}, ${what}: ${onThis}`, async () => assert.equal(await readTies(init, scene), onThis));
  }
}
