/** Too little of something: memory, processes, descriptors, room in a pipe. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { findBelow, statOf } from '../helpers/process.ts';
import { type Subject, cannot, subjects } from '../helpers/subjects.ts';
import { type Scene, World, childrenOf, program } from '../helpers/world.ts';

const KiB = 1_024;
const MiB = 1_024 * KiB;

/** What the program is told, in order; nothing else may be in its log. */
const TOLD = [/^main ready \d+$/, /^main got 15 from \d+$/, /^main done$/];

/** Node has to start before anything can be started. */
async function assertNothingStarts(subject: Subject, scene: Scene): Promise<void> {
  await using world = new World(subject, scene);
  assert.notEqual((await world.end()).status, 0);
  assert.deepEqual(
    world.lines.filter((line) => line.includes('ready')),
    [],
    world.describe(),
  );
}

const assertLines = (world: World, expected: readonly RegExp[]): void => {
  assert.equal(world.lines.length, expected.length, world.describe());
  for (const [index, line] of world.lines.entries()) assert.match(line, expected[index] ?? /^$/);
};

/** Which of the descriptors 0 to 2 are closed, as in `exec <&- 2>&-`. */
const closings = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];

for (const subject of subjects) {
  for (const closed of closings) {
    test(`${subject.name}: descriptors closed: ${closed.join(', ')}`, async () => {
      const before = ['sh', '-c', `exec "$@" ${closed.map((fd) => `${fd}>&-`).join(' ')}`, 'sh'];
      await using world = new World(subject, { run: [program, 'main', '--drain', '50'], before, options: ['-vv'] });
      await world.has('main ready');
      // The program's first open() gets the lowest number that is free: nobody took it from the program.
      const main = findBelow(world.init, program, 'main') ?? 0;
      const first = cannot(subject, 'closed-streams') ? '/dev/null' : world.log;
      assert.equal(readlinkSync(`/proc/${main}/fd/${closed[0]}`), first);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assertLines(world, TOLD);
      assert.equal(world.stdout, '');
    });
  }

  const memory: readonly (readonly [option: string, bytes: number])[] = [
    ['--data', 1 * MiB],
    ['--data', 4 * MiB],
    ['--as', 2 * MiB],
    ['--as', 4 * MiB],
    ['--stack', 128 * KiB],
  ];
  for (const [option, bytes] of memory) {
    test(`${subject.name}: prlimit ${option}=${bytes}`, async () => {
      const scene: Scene = { run: [program, 'main', '--drain', '50'], before: ['prlimit', `${option}=${bytes}`] };
      if (cannot(subject, 'memory') && option !== '--stack') {
        await assertNothingStarts(subject, scene);
        return;
      }
      await using world = new World(subject, scene);
      await world.has('main ready');
      world.signal('SIGUSR1');
      await world.has('main got 10');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assert.equal(world.count('main got 15'), 1);
      assert.equal(world.stderr, '');
    });
  }

  test(`${subject.name}: 4 MiB of data, and a start script with 400 programs`, async () => {
    const run = 'for i in {1..400}; do sleep 1000 & done; P one & echo up >>$LOG; wait';
    const before = cannot(subject, 'memory') ? [] : ['prlimit', `--data=${4 * MiB}`];
    await using world = new World(subject, { run, before });
    await world.has('one ready', 'up');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    assert.equal(world.count('one done'), 1);
    assert.equal(world.stderr, '');
  });

  test(`${subject.name}: more programs end while drainit is paused than it takes at a time`, async () => {
    const run = 'echo up >>$LOG\nread line <go\norphans 1500\nexec P main';
    await using world = new World(subject, { run, before: ['sh', '-c', 'mkfifo go; exec "$@"', 'sh'] });
    await world.has('up');
    process.kill(world.drainit, 'SIGSTOP');
    await world.until('it is paused', () => statOf(world.drainit).state === 'T');
    writeFileSync(path.join(world.folder, 'go'), 'go\n');
    await world.has('main ready');
    await world.until('they wait to be reaped', () => childrenOf(world.drainit).length > 1_500);
    process.kill(world.drainit, 'SIGCONT');
    await world.until('no zombie is left', () => childrenOf(world.drainit).length === 1);
  });

  for (const count of [3, 4, 5, 6, 10]) {
    test(`${subject.name}: ${count} descriptors at most`, async () => {
      // The program needs none for its log that way.
      const before = ['sh', '-c', 'unset LOG; exec prlimit --nofile=$0 "$@" 2>>log', String(count)];
      const scene: Scene = { run: [program, 'main', '--drain', '50'], before };
      if (cannot(subject, 'processes')) {
        await assertNothingStarts(subject, scene);
        return;
      }
      await using world = new World(subject, scene);
      await world.has('main ready');
      world.signal('SIGUSR1');
      await world.has('main got 10');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assertLines(world, [/ready/, /got 10/, ...TOLD.slice(1)]);
    });
  }

  test(`${subject.name}: no descriptor is left when the stop comes`, async () => {
    const run = 'P one --drain 100 & P two --drain 100 & wait';
    await using world = new World(subject, { run, options: ['--pre-stop', 'touch hooked'] });
    await world.has('one ready', 'two ready');
    execFileSync('prlimit', ['--pid', String(world.drainit), '--nofile=3:3']);
    world.signal('SIGTERM');
    if (cannot(subject, 'blind')) {
      // The group is drainit's as well below PID 1.
      await world.until('the hook has ended', () => world.stderr.includes('the pre-stop hook exited'));
      assert.equal(world.count('one got 15'), 0, world.describe());
      return;
    }
    await world.end();
    // Nobody can be told apart then: the process group gets the signal.
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} done`), 1, world.describe());
  });

  for (const isPlain of [true, false]) {
    test(`${subject.name}: no descriptor is left when a program is to be told: PID 1 ${!isPlain}`, async () => {
      await using world = new World(subject, { run: [program, 'main', '--drain', '50'], isPlain });
      await world.has('main ready');
      execFileSync('prlimit', ['--pid', String(world.drainit), '--nofile=3:3']);
      world.signal('SIGUSR1');
      await world.has('main got 10');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
    });

    test(`${subject.name}: no descriptor is left when a program is to be killed: PID 1 ${!isPlain}`, async () => {
      const run = [program, 'main', '--ignore', '15'];
      await using world = new World(subject, { run, isPlain, options: ['--grace', '300ms'] });
      await world.has('main ready');
      execFileSync('prlimit', ['--pid', String(world.drainit), '--nofile=3:3']);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 137, world.describe());
      assert.match(world.stderr, /^drainit: killed /);
    });
  }

  test(`${subject.name}: no process may be started when a hook is to be`, async () => {
    const before = ['setpriv', '--reuid=54321', '--clear-groups'];
    const options = ['--pre-stop', 'true'];
    await using world = new World(subject, {
      run: ['env', '-u', 'LOG', 'program', 'main', '--drain', '0'],
      before,
      options,
    });
    await world.until('it listens', () => world.stderr.includes('main ready'));
    execFileSync('setpriv', [...before.slice(1), 'prlimit', '--pid', String(world.drainit), '--nproc=1:1']);
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0, world.describe());
    assert.match(
      world.stderr,
      /^drainit: cannot start the pre-stop hook: Resource temporarily unavailable; the stop goes on/m,
    );
  });

  test(`${subject.name}: no further process allowed`, async () => {
    const before = ['setpriv', '--reuid=54321', '--clear-groups', 'prlimit', '--nproc=1'];
    if (cannot(subject, 'processes')) {
      await assertNothingStarts(subject, { run: ['/bin/true'], before });
      return;
    }
    await using world = new World(subject, { run: ['/bin/true'], before });
    assert.equal((await world.end()).status, 126);
    assert.match(world.stderr, /^drainit: cannot start '\/bin\/true': .*; the limit of processes is reached .*\n$/);
  });

  test(`${subject.name}: -v into a pipe that is full and that nobody reads`, async () => {
    const fill = 'mkfifo full; exec 3<>full; dd if=/dev/zero of=full bs=4096 oflag=nonblock 2>/dev/null';
    const before = ['sh', '-c', `${fill}; exec "$@" 2>full`, 'sh'];
    await using world = new World(subject, {
      run: 'P one --drain 50 & P two --drain 50 & wait',
      before,
      options: ['-vv'],
    });
    await world.has('one ready', 'two ready');
    world.signal('SIGHUP');
    await world.has('one got 1', 'two got 1');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} done`), 1, world.describe());
  });
}
