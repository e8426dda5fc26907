/** Command lines written for tini and dumb-init, and the same from the environment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callAs } from '../helpers/call-as.ts';
import { type Subject, subjects } from '../helpers/subjects.ts';
import { World, program } from '../helpers/world.ts';

type Variables = Readonly<Record<string, string>>;

/** What the program of a line says when it is told to stop, once each. */
interface Case {
  readonly as: 'drainit' | 'tini' | 'dumb-init';
  readonly options?: readonly string[];
  readonly env?: Variables;
}

const described = ({ as, options = [], env = {} }: Case): string =>
  [...Object.entries(env).map(([name, value]) => `${name}=${value}`), as, ...options].join(' ');

/** Options without a visible effect on a program that ends by itself: understood, and silent. */
const understood: readonly Case[] = [
  { as: 'tini' },
  { as: 'tini', options: ['-s'] },
  { as: 'tini', options: ['-sg'] },
  { as: 'tini', options: ['-g'] },
  { as: 'tini', options: ['-p', 'SIGTERM'] },
  { as: 'tini', options: ['-pSIGKILL'] },
  { as: 'tini', options: ['-e', '143'] },
  { as: 'tini', options: ['-e143', '-e', '1'] },
  { as: 'tini', env: { TINI_SUBREAPER: '' } },
  { as: 'tini', env: { TINI_KILL_PROCESS_GROUP: '1' } },
  { as: 'tini', env: { TINI_VERBOSITY: '0' } },
  { as: 'dumb-init' },
  { as: 'dumb-init', options: ['-c'] },
  { as: 'dumb-init', options: ['--single-child'] },
  { as: 'dumb-init', options: ['-r', '15:3', '--rewrite', '1:0', '--rewrite=2:3'] },
  { as: 'drainit', options: ['--subreaper', '--group', '--grace=none'] },
  { as: 'drainit', env: { DRAINIT_GROUP: 'yes', DRAINIT_VERBOSE: '0', DRAINIT_GRACE: '' } },
];

const loud: readonly Case[] = [
  { as: 'tini', options: ['-v'] },
  { as: 'tini', options: ['-vvv'] },
  { as: 'tini', options: ['-w', '-v', '-v'] },
  { as: 'tini', env: { TINI_VERBOSITY: '3' } },
  { as: 'dumb-init', options: ['-v'] },
  { as: 'dumb-init', options: ['--verbose'] },
  { as: 'drainit', env: { DRAINIT_VERBOSE: '2' } },
  { as: 'drainit', options: ['-v'], env: { DRAINIT_VERBOSE: '0' } },
];

/** TERM is changed on its way to the program. */
const rewriting: readonly (Case & { readonly got: number })[] = [
  { as: 'dumb-init', options: ['-r', '15:3'], got: 3 },
  { as: 'dumb-init', options: ['-r15:3'], got: 3 },
  { as: 'dumb-init', options: ['--rewrite=15:2', '-v'], got: 2 },
  { as: 'drainit', options: ['--rewrite', 'SIGTERM:quit'], got: 3 },
  { as: 'drainit', env: { DRAINIT_REWRITE: 'TERM:INT, HUP:0' }, got: 2 },
  { as: 'drainit', options: ['-r', 'TERM:QUIT'], env: { DRAINIT_REWRITE: 'TERM:INT' }, got: 3 },
];

/** The program exits with 3. */
const remapping: readonly (Case & { readonly status: number })[] = [
  { as: 'tini', options: ['-e', '3'], status: 0 },
  { as: 'tini', options: ['-e3'], status: 0 },
  { as: 'tini', options: ['-e', '4'], status: 3 },
  { as: 'drainit', options: ['--remap-exit', '1', '--remap-exit=3'], status: 0 },
  { as: 'drainit', env: { DRAINIT_REMAP_EXIT: '1,3' }, status: 0 },
  { as: 'drainit', env: { DRAINIT_REMAP_EXIT: '1' }, status: 3 },
];

/** Who of a script with two programs is told: with a trap, so that by default only the shell would be. */
const audiences: readonly (Case & { readonly told: readonly string[] })[] = [
  { as: 'drainit', told: ['shell'] },
  { as: 'drainit', options: ['-a'], told: ['shell', 'one', 'two'] },
  { as: 'drainit', env: { DRAINIT_ALL: '1' }, told: ['shell', 'one', 'two'] },
  { as: 'drainit', options: ['-c'], env: { DRAINIT_ALL: '1' }, told: ['shell'] },
  { as: 'tini', options: ['-g'], told: ['shell', 'one', 'two'] },
  { as: 'tini', env: { TINI_KILL_PROCESS_GROUP: '' }, told: ['shell', 'one', 'two'] },
  { as: 'drainit', env: { DRAINIT_GROUP: 'on' }, told: ['shell', 'one', 'two'] },
  { as: 'dumb-init', told: ['shell', 'one', 'two'] },
  { as: 'dumb-init', options: ['-c'], told: ['shell'] },
  { as: 'dumb-init', options: ['--single-child'], told: ['shell'] },
];

for (const subject of subjects) {
  const named = ({ as }: Case): Subject => (as === 'drainit' ? subject : callAs(subject, as));

  const start = (it: Case, run: string | readonly string[]): World =>
    new World(named(it), { run, ...(it.options && { options: it.options }), ...(it.env && { env: it.env }) });

  for (const it of understood) {
    test(`${subject.name}: ${described(it)}`, async () => {
      await using world = start(it, ['sh', '-c', 'echo mine; exit 5']);
      assert.equal((await world.end()).status, 5);
      assert.deepEqual([world.stdout, world.stderr], ['mine\n', '']);
    });
  }

  for (const it of loud) {
    test(`${subject.name}: ${described(it)} says what happens`, async () => {
      await using world = start(it, ['sh', '-c', 'echo mine; exit 5']);
      assert.equal((await world.end()).status, 5);
      assert.match(world.stderr, /^(drainit: .*\n)*drainit: sh \(\d+\) exited with 5\n/);
      assert.equal(world.stdout, 'mine\n');
    });
  }

  for (const it of rewriting) {
    test(`${subject.name}: ${described(it)} makes ${it.got} of TERM`, async () => {
      await using world = start(it, [program, 'main', '--drain', '20']);
      await world.has('main ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assert.deepEqual(
        world.lines.filter((line) => line.includes(' got ')),
        [`main got ${it.got} from 1`],
      );
    });
  }

  for (const it of remapping) {
    test(`${subject.name}: ${described(it)}, a program that exits with 3`, async () => {
      await using world = start(it, ['sh', '-c', 'exit 3']);
      assert.equal((await world.end()).status, it.status);
    });
  }

  for (const it of audiences) {
    test(`${subject.name}: ${described(it)} tells ${it.told.join(', ')}`, async () => {
      const trap = 'trap "echo shell got 15 >>$LOG; P three --drain 20" TERM';
      await using world = start(it, `${trap}\nP one --drain 20 & P two --drain 20 &\necho up >>$LOG\nwait; wait; wait`);
      await world.has('one ready', 'two ready', 'up');
      world.signal('SIGTERM');
      await world.has(...it.told.map((name) => `${name} got 15`));
      // Its trap runs something: so that long the others, if they were not told, live on.
      await world.has('three ready');
      const told = ['shell', 'one', 'two'].filter((name) => world.count(`${name} got 15`) > 0);
      assert.deepEqual(told, it.told);
    });
  }
}
