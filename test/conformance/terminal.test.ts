/** Drainit as PID 1 on a terminal, as in `docker run -it`: as if it were not there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statOf } from '../helpers/process.ts';
import { subjects } from '../helpers/subjects.ts';
import { TerminalWorld } from '../helpers/terminal.ts';
import { program } from '../helpers/world.ts';

for (const subject of subjects) {
  const open = (run?: readonly string[], options: readonly string[] = []): TerminalWorld =>
    new TerminalWorld(subject, { as: 'init', options, ...(run === undefined ? {} : { run }) });

  test(`${subject.name}: an interactive shell has job control`, async () => {
    await using world = open();
    world.enter('$P main --default 20');
    await world.has('main ready');
    const main = world.findProgram('main');
    assert.equal(statOf(main).foreground, statOf(main).group);
    world.press('suspend');
    await world.untilStat(main, 'Ctrl-Z stops it', ({ state }) => state === 'T');
    world.enter('jobs >>$LOG; fg');
    await world.untilStat(
      main,
      'fg continues it',
      ({ state, group, foreground }) => state === 'S' && foreground === group,
    );
    world.press('interrupt');
    world.enter('echo status $? >>$LOG; exit');
    assert.equal((await world.end()).status, 0);
    assert.ok(
      world.lines.some((line) => /^\[1\]\+ +Stopped /.test(line)),
      world.describe(),
    );
    assert.equal(world.count('main got 2'), 1);
    assert.equal(world.count('status 0'), 1);
    assert.doesNotMatch(world.stdout, /job control|drainit/);
  });

  test(`${subject.name}: Ctrl-C reaches the foreground job and nothing else`, async () => {
    await using world = open(undefined, ['-vv']);
    world.enter('$P back &');
    await world.has('back ready');
    world.enter('$P front --exit 3');
    await world.has('front ready');
    world.press('interrupt');
    await world.has('front done');
    world.enter('echo status $? >>$LOG; kill -USR1 %1; wait %1');
    await world.has('status 3', 'back got 10');
    assert.equal(world.count('front got 2 from 0'), 1);
    assert.equal(world.count('back got 2'), 0);
    assert.doesNotMatch(world.stdout, /received/);
  });

  test(`${subject.name}: a program without a shell gets Ctrl-C once, from the terminal`, async () => {
    await using world = open([program, 'main', '--exit', '4'], ['-v']);
    await world.has('main ready');
    world.press('interrupt');
    assert.equal((await world.end()).status, 4);
    assert.deepEqual(world.lines.slice(1), ['main got 2 from 0', 'main done']);
    assert.doesNotMatch(world.stdout, /received/);
  });

  test(`${subject.name}: Ctrl-Z does not leave a program stopped that nobody could continue`, async () => {
    await using world = open([program, 'main', '--default', '20']);
    await world.has('main ready');
    world.press('suspend');
    await world.has('main got 18');
    world.press('quit');
    assert.equal((await world.end()).status, 0);
    assert.equal(world.count('main got 3 from 0'), 1);
  });

  test(`${subject.name}: the status of the shell is the status of the container`, async () => {
    await using world = open();
    world.enter('exit 5');
    assert.equal((await world.end()).status, 5);
  });

  test(`${subject.name}: it-stop, an interactive shell ends at once`, async () => {
    await using world = open();
    world.enter('echo up >>$LOG');
    await world.has('up');
    const begin = performance.now();
    process.kill(world.findDrainit(), 'SIGTERM');
    assert.equal((await world.end()).status, 143);
    assert.ok(performance.now() - begin < 5_000, 'SIGKILL would come after 10 s');
  });

  test(`${subject.name}: an interactive shell is stopped with its jobs, which finish`, async () => {
    await using world = open();
    world.enter('$P back &');
    await world.has('back ready');
    world.enter('$P front');
    await world.has('front ready');
    process.kill(world.findDrainit(), 'SIGTERM');
    await world.end();
    for (const name of ['back', 'front']) {
      assert.equal(world.count(`${name} got 15`), 1, world.describe());
      assert.equal(world.count(`${name} done`), 1, world.describe());
    }
  });

  test(`${subject.name}: the terminal goes away`, async () => {
    const run = [program, 'main', '--default', '1'];
    await using world = new TerminalWorld(subject, { as: 'init', run, hangsUp: true });
    await world.has('main ready');
    world.closeInput();
    assert.equal((await world.end()).status, 129);
  });

  test(`${subject.name}: a change of the window's size is told once`, async () => {
    await using world = open([program, 'main']);
    await world.has('main ready');
    for (const [index, rows] of [40, 41].entries()) {
      world.stty('rows', String(rows));
      await world.until('SIGWINCH', () => world.count('main got 28') > index);
    }
    world.press('interrupt');
    await world.end();
    assert.equal(world.count('main got 28 from 0'), 2);
  });

  test(`${subject.name}: the modes of the terminal are the program's`, async () => {
    const script = 'stty -echo -icanon && stty -g >>$LOG && exec $P main';
    await using world = open(['bash', '-c', script]);
    await world.has('main ready');
    assert.equal(world.lines[0], world.stty('-g').trim());
    assert.match(world.stty('-a'), / -icanon /);
    world.press('interrupt');
    assert.equal((await world.end()).status, 0);
  });
}
