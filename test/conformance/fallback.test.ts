/** The TypeScript fails, and drainit goes on as a plain init: PID 1 must not die of our bug. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { findBelow } from '../helpers/process.ts';
import { type Subject, cannot, subjects, testBuildOf } from '../helpers/subjects.ts';
import { type Scene, World, childrenOf, program } from '../helpers/world.ts';

const CONTINUING = /^drainit: internal error: .+; continuing as a plain init\n$/;
const NOT_STARTED = /^drainit: internal error: .+\n$/;

/** What a run came to. */
type Outcome = 'not started' | 'plain init' | 'no failure';

interface Drama {
  readonly scene: Pick<Scene, 'run' | 'isPlain' | 'options' | 'before'>;
  readonly programs: readonly string[];
  /** Signals sent before the stop signal, which the program `main` waits for. */
  readonly relayed: readonly number[];
  /** Of drainit, without and with a failure; the plain init knows only the main program's own. */
  readonly status: { readonly usual: number; readonly plain: number };
}

const P = (name: string, more = ''): string => `P ${name} --drain 20 ${more}`;

const script: Drama = {
  scene: { run: `${P('one')} & ${P('two')} & wait` },
  programs: ['one', 'two'],
  relayed: [],
  status: { usual: 0, plain: 143 },
};
const manager: Drama = {
  scene: { run: `${P('one')} &\nexec ${P('main', '--exit 7')}` },
  programs: ['main', 'one'],
  relayed: [10, 1, 37],
  status: { usual: 7, plain: 7 },
};
const orphaned: Drama = {
  scene: { run: `(${P('one')} &)\nexec ${P('main', '--exit 7')}`, isPlain: true, options: ['-p', 'HUP'] },
  programs: ['main', 'one'],
  relayed: [],
  status: { usual: 7, plain: 7 },
};
const dramas = { 'a start script': script, 'a program with a child': manager, 'not PID 1': orphaned };

const hasFailed = (world: World): boolean => world.stderr !== '';

/** Plays it with a failure armed, and checks that whatever failed, nobody was left alone. */
async function play(
  subject: Subject,
  { scene, programs, relayed, status }: Drama,
  env: Record<string, string>,
): Promise<Outcome> {
  await using world = new World(subject, { ...scene, env });
  const isReady = (): boolean => programs.every((name) => world.count(`${name} ready`) > 0);
  await world.until('they listen', () => world.isOver || isReady());
  if (world.isOver) {
    assert.equal((await world.end()).status, 1);
    assert.match(world.stderr, NOT_STARTED);
    assert.deepEqual(world.lines, [], 'nothing was started');
    return 'not started';
  }
  for (const signal of relayed) {
    world.signal(signal);
    await world.has(`main got ${signal}`);
  }
  world.signal('SIGTERM');
  const end = await world.end();
  for (const name of programs) {
    assert.ok(world.count(`${name} got 15`) >= 1, `${name} was not told\n${world.describe()}`);
    assert.equal(world.count(`${name} done`), 1, `${name} was not waited for\n${world.describe()}`);
  }
  assert.equal(world.stdout, '');
  assert.equal(end.status, hasFailed(world) ? status.plain : status.usual, world.describe());
  if (!hasFailed(world)) return 'no failure';
  assert.match(world.stderr, CONTINUING);
  return 'plain init';
}

/** Nothing is mounted on /proc. */
const HIDDEN = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];

/** Two programs behind names: all that they say comes through the process that puts those there. */
async function playPrefixed(
  subject: Subject,
  scene: Pick<Scene, 'before' | 'env'>,
  relayed: readonly number[],
): Promise<Outcome> {
  const names = ['one', 'two'];
  const Procfile = names.map((name) => `${name}: env -u LOG program ${name} --drain 50\n`).join('');
  const options = ['--prefix', '-f', 'Procfile'];
  await using world = new World(subject, { run: [], files: { Procfile }, options, ...scene });
  const haveSaid = (what: string): boolean => names.every((name) => world.stdout.includes(`${name} | ${name} ${what}`));
  await world.until('they listen', () => world.isOver || haveSaid('ready'));
  if (world.isOver) {
    assert.equal((await world.end()).status, 1);
    assert.match(world.stderr, NOT_STARTED);
    assert.equal(world.stdout, '');
    return 'not started';
  }
  for (const signal of relayed) {
    world.signal(signal);
    await world.until('the first is told', () => world.stdout.includes(`got ${signal}`));
  }
  world.signal('SIGTERM');
  assert.equal((await world.end()).status, 0, world.describe());
  assert.ok(haveSaid('done'), world.describe());
  if (!hasFailed(world)) return 'no failure';
  assert.match(world.stderr, CONTINUING);
  return 'plain init';
}

/** A stop that is held back, a signal meanwhile, and, unless something has failed by then, a second stop that ends the drain. */
async function playDrain(subject: Subject, throwAt: number): Promise<Outcome> {
  await using world = new World(subject, {
    run: [program, 'main', '--drain', '20', '--exit', '7'],
    options: ['--drain', '10s', '--pre-stop', 'touch begun'],
    env: { DRAINIT_TEST_THROW: String(throwAt) },
  });
  await world.until('it listens', () => world.isOver || world.count('main ready') > 0);
  if (world.isOver) return 'not started';
  world.signal('SIGTERM');
  const begun = path.join(world.folder, 'begun');
  await world.until('the drain', () => hasFailed(world) || existsSync(begun));
  if (!hasFailed(world)) world.signal('SIGUSR1');
  await world.until('that one is told', () => hasFailed(world) || world.count('main got 10') > 0);
  if (!hasFailed(world)) world.signal('SIGTERM');
  assert.equal((await world.end()).status, 7, world.describe());
  assert.ok(world.count('main got 15') >= 1, `main was not told\n${world.describe()}`);
  assert.equal(world.count('main done'), 1, world.describe());
  return hasFailed(world) ? 'plain init' : 'no failure';
}

/** Services that stop one after the other. */
async function playOrder(subject: Subject, throwAt: number): Promise<Outcome> {
  const yaml = `services:
  db: { command: program db --drain 20 }
  web: { command: program web --drain 20, depends_on: [db] }
`;
  await using world = new World(subject, {
    run: [],
    files: { 'drainit.yaml': yaml },
    options: ['-f', 'drainit.yaml'],
    env: { DRAINIT_TEST_THROW: String(throwAt) },
  });
  const isReady = (name: string): boolean => world.count(`${name} ready`) > 0;
  // What has failed starts nothing more.
  await world.until('they listen', () => world.isOver || (isReady('db') && (isReady('web') || hasFailed(world))));
  if (world.isOver) return 'not started';
  world.signal('SIGTERM');
  await world.end();
  for (const name of ['db', 'web'].filter(isReady)) {
    assert.ok(world.count(`${name} got 15`) >= 1, `${name} was not told\n${world.describe()}`);
    assert.equal(world.count(`${name} done`), 1, world.describe());
  }
  return hasFailed(world) ? 'plain init' : 'no failure';
}

/** Fails right after the start, so that all that comes is the plain init's. */
const AT_ONCE = { DRAINIT_TEST_THROW: '2' };

for (const chosen of subjects) {
  const subject = testBuildOf(chosen);
  if (subject === undefined) continue;
  const host = chosen.name;

  for (const [name, drama] of Object.entries(dramas)) {
    for (const how of ['THROW', 'RECURSE'] as const) {
      test(`${host}: ${how} at every action: ${name}`, async (t) => {
        const outcomes: Outcome[] = [];
        while (outcomes.at(-1) !== 'no failure') {
          const action = String(outcomes.length + 1);
          outcomes.push(await play(subject, drama, { [`DRAINIT_TEST_${how}`]: action }));
        }
        t.diagnostic(`${outcomes.length - 1} actions`);
        const starts = outcomes.lastIndexOf('not started') + 1;
        assert.equal(
          starts,
          drama.scene.isPlain === true ? 3 : 1,
          'subreaper, parent-death signal, start; or start alone',
        );
        assert.ok(outcomes.length > starts + 5, outcomes.join(', '));
      });
    }
  }

  test(`${host}: THROW at every action: programs whose lines have names before them`, async () => {
    const outcomes: Outcome[] = [];
    while (outcomes.at(-1) !== 'no failure') {
      outcomes.push(await playPrefixed(subject, { env: { DRAINIT_TEST_THROW: String(outcomes.length + 1) } }, [37]));
    }
    assert.ok(outcomes.filter((outcome) => outcome === 'plain init').length > 5, outcomes.join(', '));
  });

  for (const [what, playIt] of Object.entries({
    'a drain': playDrain,
    'services that stop in their order': playOrder,
  })) {
    test(`${host}: THROW at every action: ${what}`, async () => {
      const outcomes: Outcome[] = [];
      while (outcomes.at(-1) !== 'no failure') outcomes.push(await playIt(subject, outcomes.length + 1));
      assert.ok(outcomes.filter((outcome) => outcome === 'plain init').length > 5, outcomes.join(', '));
    });
  }

  test(`${host}: the same without /proc, where everyone is told`, async () => {
    const scene = { before: HIDDEN, env: { DRAINIT_TEST_THROW: '3' } };
    assert.equal(await playPrefixed(subject, scene, []), 'plain init');
  });

  test(`${host}: the plain init forwards every signal`, async () => {
    await using world = new World(subject, { run: [program, 'main'], env: AT_ONCE });
    await world.has('main ready');
    // Without those that end it, those that nobody can catch, CHLD, and three that the program's C library keeps.
    const others = new Set([2, 3, 9, 15, 17, 19, 32, 33, 34]);
    for (let signal = 1; signal <= 64; signal += 1) {
      if (others.has(signal)) continue;
      world.signal(signal);
      await world.has(`main got ${signal}`);
    }
    world.signal('SIGINT');
    assert.equal((await world.end()).status, 0);
    assert.match(world.stderr, CONTINUING);
  });

  test(`${host}: the plain init reaps orphans`, async () => {
    const run = 'for i in {1..300}; do (: & ); done; exec P main';
    await using world = new World(subject, { run, env: AT_ONCE });
    await world.has('main ready');
    await world.until('no zombie is left', () => childrenOf(world.init).length === 1);
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
  });

  test(`${host}: the plain init tells what main leaves behind, waits for it, and keeps the status of main`, async () => {
    const run = `${P('one')} &\nuntil [ -s "$LOG" ]; do :; done; exit 3`;
    await using world = new World(subject, { run, env: AT_ONCE });
    assert.equal((await world.end()).status, 3);
    assert.equal(world.count('one done'), 1);
  });

  test(`${host}: the plain init: a signal that ends main is its status`, async () => {
    await using world = new World(subject, { run: [program, 'main'], env: AT_ONCE });
    await world.has('main ready');
    process.kill(findBelow(world.init, program, 'main') ?? 0, 'SIGKILL');
    assert.equal((await world.end()).status, 137);
  });

  test(`${host}: the plain init without /proc: as PID 1 everyone is told and waited for`, async () => {
    const run = `${P('one')} &\nexec ${P('main', '--exit 7')}`;
    await using world = new World(subject, { run, before: HIDDEN, env: AT_ONCE });
    await world.has('one ready', 'main ready');
    world.signal('SIGUSR1');
    await world.has('one got 10', 'main got 10');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 7);
    for (const name of ['one', 'main']) assert.equal(world.count(`${name} done`), 1, world.describe());
    assert.match(world.stderr, CONTINUING);
  });

  test(`${host}: the plain init without /proc: elsewhere the main program is`, async () => {
    const run = [program, 'main', '--drain', '20', '--exit', '7'];
    // The first two are the subreaper and the parent-death signal.
    const env = { DRAINIT_TEST_THROW: '4' };
    await using world = new World(subject, { run, before: HIDDEN, options: ['-p', 'HUP'], isPlain: true, env });
    await world.has('main ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 7);
    assert.equal(world.count('main done'), 1, world.describe());
    assert.match(world.stderr, CONTINUING);
  });

  if (cannot(subject, 'crash')) {
    test(`${host}: memory runs out, and with it everything`, async () => {
      const env = { DRAINIT_TEST_EXHAUST: '3', NODE_OPTIONS: '--max-old-space-size=16' };
      await using world = new World(subject, { run: [program, 'main'], options: ['-vv'], env });
      await world.has('main ready');
      world.signal('SIGTERM');
      assert.ok((await world.end()).status > 128, world.describe());
      assert.equal(world.count('main done'), 0, world.describe());
    });
    continue;
  }

  for (const [name, drama] of Object.entries(dramas)) {
    test(`${host}: memory runs out: ${name}`, async (t) => {
      const outcomes: Outcome[] = [];
      for (let bytes = 0; outcomes.at(-1) !== 'no failure'; bytes += 500 + Math.floor(bytes / 16)) {
        outcomes.push(await play(subject, drama, { DRAINIT_TEST_OOM: String(bytes) }));
      }
      const count = (outcome: Outcome): number => outcomes.filter((it) => it === outcome).length;
      t.diagnostic(
        `of ${outcomes.length} sizes, ${count('not started')} too small to start, ${count('plain init')} later`,
      );
      assert.equal(outcomes[0], 'not started');
      assert.ok(count('plain init') > 0, outcomes.join(', '));
    });
  }

  test(`${host}: a fault of the program itself leads to the plain init`, async () => {
    // The engine's own limit is 256 KiB: here the stack ends before that, and the kernel says so.
    const before = ['prlimit', `--stack=${128 * 1_024}`];
    await using world = new World(subject, { run: script.scene.run, before, env: { DRAINIT_TEST_RECURSE: '2' } });
    await world.has('one ready', 'two ready');
    assert.match(world.stderr, /^drainit: internal error: Segmentation fault; continuing as a plain init\n$/);
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 143);
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} done`), 1, world.describe());
  });
}
