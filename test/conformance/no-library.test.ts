/** The Node host without the C library: one line says what that costs, and everything else is as ever. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root, subjects, testBuildOf } from '../helpers/subjects.ts';
import { TerminalWorld } from '../helpers/terminal.ts';
import { type Scene, World, program } from '../helpers/world.ts';

/** All that there is to say. */
const lineFor = (isPlain: boolean): RegExp => {
  const orphans = isPlain ? 'not waited for' : 'waited for, but not reaped';
  return new RegExp(`^drainit: no C library \\(.*\\): orphans are ${orphans}, real-time .*, and a terminal .*\n$`);
};

/** The system calls that a seccomp profile refuses: waitid(2), by its number. */
const REFUSED = process.arch === 'x64' ? '247' : '95';

for (const subject of subjects.filter(({ host }) => host === 'node' || host === 'pkg')) {
  const refuse = [path.join(root, 'build/test/inspect'), 'give', '--refuse', REFUSED];
  const elsewhere = { NODE_OPTIONS: `--require ${path.join(root, 'test/fixtures/darwin.cjs')}` };
  const others: readonly (readonly [what: string, reason: RegExp, scene: Partial<Scene>])[] = [
    ['where waitid(2) is refused', /^drainit: no C library \(waitid\(2\) is refused\): /, { before: refuse }],
    // Its numbers are others there: waitid(2) would say that there are no children.
    ...(subject.host === 'node'
      ? [['on macOS', /^drainit: no C library \(not known on darwin\): /, { env: elsewhere }] as const]
      : []),
  ];
  for (const [what, reason, scene] of others) {
    for (const isPlain of [false, true]) {
      test(`${subject.name}, ${what}, PID 1: ${!isPlain}: the program is told and waited for all the same`, async () => {
        await using world = new World(subject, { run: [program, 'main', '--exit', '6'], isPlain, ...scene });
        await world.has('main ready');
        world.signal('SIGTERM');
        assert.equal((await world.end()).status, 6, world.describe());
        assert.match(world.stderr, reason);
        assert.equal(world.count('main done'), 1);
      });
    }
  }
}

for (const chosen of subjects.filter(({ host }) => host === 'node' || host === 'pkg')) {
  const subject = chosen.host === 'pkg' ? (testBuildOf(chosen) ?? chosen) : chosen;
  const env = { NODE_OPTIONS: '--no-experimental-ffi', DRAINIT_TEST_NO_LIBRARY: '1' };

  test(`${subject.name}, not as PID 1: the programs of a script are told, and not waited for`, async () => {
    await using world = new World(subject, { run: 'P one & P two & wait', env, isPlain: true });
    await world.has('one ready', 'two ready');
    world.signal('SIGTERM');
    await world.has('one done', 'two done');
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} got 15`), 1, world.describe());
    assert.equal((await world.end()).status, 143, world.describe());
  });

  for (const isPlain of [false, true]) {
    const as = isPlain ? 'not as PID 1' : 'as PID 1';

    test(`${subject.name}, ${as}: a program is told, waited for, and its status returned`, async () => {
      await using world = new World(subject, { run: [program, 'main', '--exit', '6'], env, isPlain });
      await world.has('main ready');
      world.signal('SIGUSR2');
      await world.has('main got 12');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 6, world.describe());
      assert.equal(world.count('main got 15'), 1);
      assert.match(world.stderr, lineFor(isPlain));
    });

    test(`${subject.name}, ${as}: a program that is not there`, async () => {
      await using world = new World(subject, { run: ['/no/such/program'], env, isPlain });
      assert.equal((await world.end()).status, 127);
      const [line = '', ...rest] = world.stderr.split(/(?<=\n)/);
      assert.match(line, lineFor(isPlain));
      assert.match(rest.join(''), /^drainit: cannot start '\/no\/such\/program': No such file or directory; .*\n$/);
    });
  }

  test(`${subject.name}: the programs of a start script are told once and waited for`, async () => {
    await using world = new World(subject, { run: 'P one --drain 200 & P two --drain 100 & wait', env });
    await world.has('one ready', 'two ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 143, 'the status of the shell');
    for (const name of ['one', 'two']) {
      assert.equal(world.count(`${name} got 15`), 1, world.describe());
      assert.equal(world.count(`${name} done`), 1, world.describe());
    }
  });

  const orphaned = '(P one --drain 1000 &)\nuntil [ -s "$LOG" ]; do :; done\nexec P main --drain 300 --exit 6';
  const limitFiles = (world: World, most: string): void => {
    execFileSync('prlimit', ['--pid', String(world.init), `--nofile=${most}:`]);
  };

  test(`${subject.name}: while no descriptor is left to see who is there, PID 1 goes on looking`, async () => {
    await using world = new World(subject, { run: orphaned, env });
    await world.has('one ready', 'main ready');
    world.signal('SIGTERM');
    await world.has('one got 15', 'main got 15');
    limitFiles(world, '0');
    await world.has('main done', 'one done');
    assert.ok(!world.isOver);
    limitFiles(world, '100');
    assert.equal((await world.end()).status, 6, world.describe());
  });

  test(`${subject.name}: the same until the grace period ends`, async () => {
    const run = orphaned.replace('--drain 1000', '--ignore 15');
    await using world = new World(subject, { run, env, options: ['--grace', '1s'] });
    await world.has('one ready', 'main ready');
    world.signal('SIGTERM');
    await world.has('main got 15');
    limitFiles(world, '0');
    const { seconds } = await world.end();
    assert.equal(world.count('main done'), 1);
    assert.ok(seconds >= 1 && seconds < 5, `${seconds} s`);
    assert.match(world.stderr, /drainit: killed everything that was left .* after the stop\n/);
  });

  for (const [options, least, most] of [
    [[], 10, 15],
    [['--grace', '2s'], 2, 5],
  ] as const) {
    const given = options.join(' ') || 'no grace period';
    test(`${subject.name}: without /proc orphans have time to end: ${given}`, async () => {
      const before = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
      await using world = new World(subject, { run: orphaned, env, before, options });
      await world.has('one ready', 'main ready');
      world.signal('SIGTERM');
      const { seconds } = await world.end();
      for (const name of ['one', 'main']) assert.equal(world.count(`${name} done`), 1, world.describe());
      assert.ok(seconds >= least && seconds < most, `${seconds} s`);
    });
  }

  test(`${subject.name}: -v into a pipe that is full and that nobody reads: PID 1 goes on`, async () => {
    const fill = 'mkfifo full; exec 3<>full; dd if=/dev/zero of=full bs=4096 oflag=nonblock 2>/dev/null';
    const before = ['sh', '-c', `${fill}; exec "$@" 2>full`, 'sh'];
    await using world = new World(subject, { run: [program, 'main'], before, options: ['-vv'], env });
    await world.has('main ready');
    world.signal('SIGHUP');
    await world.has('main got 1');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    assert.equal(world.count('main done'), 1);
  });

  test(`${subject.name}: a file as standard error has all lines, ours and those of the programs`, async () => {
    const run = ['sh', '-c', 'echo a program >&2; exit 3'];
    const before = ['sh', '-c', 'exec "$@" 2>lines', 'sh'];
    await using world = new World(subject, { run, before, options: ['-v'], env });
    assert.equal((await world.end()).status, 3);
    const lines = readFileSync(path.join(world.folder, 'lines'), 'utf8').trimEnd().split('\n');
    assert.ok(lines.includes('a program'), lines.join('\n'));
    for (const line of lines) assert.match(line, /^(drainit: |a program$)/);
  });

  test(`${subject.name}: the terminal goes away`, async () => {
    const run = [program, 'main', '--default', '1'];
    await using world = new TerminalWorld(subject, { as: 'init', run, hangsUp: true, env });
    await world.has('main ready');
    world.closeInput();
    assert.equal((await world.end()).status, 129);
  });

  test(`${subject.name}: a hook is run`, async () => {
    const options = ['--pre-stop', 'touch hooked'];
    await using world = new World(subject, { run: [program, 'main', '--drain', '0'], env, options });
    await world.has('main ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0, world.describe());
    assert.ok(existsSync(path.join(world.folder, 'hooked')));
  });

  test(`${subject.name}: --prefix is refused before anything starts`, async () => {
    const files = { Procfile: 'one: program one\n' };
    await using world = new World(subject, { run: [], env, files, options: ['--prefix', '-f', 'Procfile'] });
    assert.equal((await world.end()).status, 1);
    assert.equal(
      world.stderr,
      'drainit: --prefix: the native binary can do that, or a Node with node:ffi (26): leave it out\n',
    );
    assert.deepEqual(world.lines, []);
  });
}
