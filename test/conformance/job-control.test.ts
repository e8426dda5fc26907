/** Drainit as a job of an interactive shell: Ctrl-Z, `fg` and `bg` as if the program had been started without it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statOf } from '../helpers/process.ts';
import { subjects } from '../helpers/subjects.ts';
import { TerminalWorld } from '../helpers/terminal.ts';

for (const subject of subjects) {
  const open = (): TerminalWorld => new TerminalWorld(subject, { as: 'job' });
  const PROGRAM = '$P main --default 20,21';

  /** The shell has given the terminal away: to drainit, or to the program by way of it. */
  const isOffered = async (world: TerminalWorld): Promise<void> =>
    world.untilStat(world.find('bash'), 'the shell gives it', ({ group, foreground }) => group !== foreground);

  const isGivenBack = async (world: TerminalWorld): Promise<void> =>
    world.untilStat(world.find('bash'), 'the shell has it again', ({ group, foreground }) => group === foreground);

  const isForeground = async (world: TerminalWorld, main = world.findProgram('main')): Promise<void> => {
    await isOffered(world);
    await world.untilStat(main, 'it has the terminal', ({ group, foreground }) => group === foreground);
    await world.untilStat(main, 'it runs', ({ state }) => state !== 'T');
    await world.untilStat(world.findDrainit(), 'drainit runs', ({ state }) => state !== 'T');
  };

  const isStopped = async (world: TerminalWorld, main = world.findProgram('main')): Promise<void> => {
    await world.untilStat(main, 'it is stopped', ({ state }) => state === 'T');
    await world.untilStat(world.findDrainit(), 'drainit is stopped', ({ state }) => state === 'T');
    await isGivenBack(world);
  };

  test(`${subject.name}: Ctrl-Z, fg, Ctrl-C, the status`, async () => {
    await using world = open();
    world.enter(`$D -v -- ${PROGRAM} --exit 5`);
    await world.has('main ready');
    for (let round = 1; round <= 3; round += 1) {
      await isForeground(world);
      world.press('suspend');
      await isStopped(world);
      world.enter('fg');
      await world.until('it is continued', () => world.count('main got 18') === round);
    }
    await isForeground(world);
    world.press('interrupt');
    world.enter('echo status $? >>$LOG; exit');
    assert.equal((await world.end()).status, 0);
    assert.equal(world.count('main got 2 from 0'), 1);
    assert.equal(world.count('status 5'), 1);
    assert.doesNotMatch(world.stdout, /received SIG(INT|TSTP)/);
  });

  test(`${subject.name}: bg, then fg`, async () => {
    await using world = open();
    world.enter(`$D -- ${PROGRAM}`);
    await world.has('main ready');
    world.press('suspend');
    await isStopped(world);
    world.enter('bg; echo typed >>$LOG');
    await world.has('main got 18', 'typed');
    await world.untilStat(world.findDrainit(), 'drainit runs', ({ state }) => state !== 'T');
    assert.notEqual(statOf(world.findProgram('main')).foreground, statOf(world.findProgram('main')).group);
    // A shell continues nobody who runs, so that drainit is not told: the keys have to work all the same.
    world.enter('fg');
    await isOffered(world);
    world.press('suspend');
    await isStopped(world);
    world.enter('fg');
    await isForeground(world);
    world.press('interrupt');
    await world.has('main done');
    world.enter('echo status $? >>$LOG');
    await world.has('status 0');
  });

  test(`${subject.name}: Ctrl-C after bg and fg`, async () => {
    await using world = open();
    world.enter(`$D -- ${PROGRAM}`);
    await world.has('main ready');
    world.press('suspend');
    await isStopped(world);
    world.enter('bg; fg');
    await world.until('it is continued', () => world.count('main got 18') === 1);
    await isOffered(world);
    world.press('interrupt');
    await world.has('main done');
    assert.equal(world.count('main got 2'), 1);
  });

  test(`${subject.name}: a job in the background leaves the terminal alone, and reads from it after fg`, async () => {
    await using world = open();
    world.enter('$D -- cat >>$LOG &');
    await world.until('it is started', () => world.tryFind('cat') !== undefined);
    // It reads from a terminal that others have, so the kernel stops it with SIGTTIN.
    await isStopped(world, world.find('cat'));
    world.enter('fg');
    await isForeground(world, world.find('cat'));
    world.enter('a line');
    await world.has('a line');
    world.press('interrupt');
    await isGivenBack(world);
    world.enter('echo status $? >>$LOG');
    await world.has('status 130');
  });

  test(`${subject.name}: Ctrl-Z and Ctrl-C after a start in the background and fg`, async () => {
    await using world = open();
    world.enter(`$D -- ${PROGRAM} &`);
    await world.has('main ready');
    world.enter('fg');
    await isOffered(world);
    world.press('suspend');
    await isStopped(world);
    world.enter('fg');
    await isForeground(world);
    world.press('interrupt');
    await world.has('main done');
    assert.equal(world.count('main got 2'), 1);
  });

  test(`${subject.name}: a stopped job is told to end by kill`, async () => {
    await using world = open();
    world.enter(`$D -- ${PROGRAM}`);
    await world.has('main ready');
    world.press('suspend');
    await isStopped(world);
    world.enter('kill %1');
    await world.has('main got 18', 'main got 15', 'main done');
    // The command in front of the native binary passes it on once more: command.test.ts.
    if (subject.name !== 'front') assert.equal(world.count('main got 15'), 1);
  });

  test(`${subject.name}: Ctrl-Z stops all of a pipeline, and fg continues it`, async () => {
    await using world = open();
    world.enter(`$D -- ${PROGRAM} | cat`);
    await world.has('main ready');
    world.press('suspend');
    await isStopped(world);
    const cat = world.find('cat');
    assert.equal(statOf(cat).state, 'T');
    world.enter('fg');
    await isForeground(world);
    await world.untilStat(cat, 'cat runs', ({ state }) => state !== 'T');
    world.press('interrupt');
    await world.has('main done');
    world.enter('echo status $? >>$LOG');
    await world.has('status 0');
  });

  test(`${subject.name}: Ctrl-Z and fg where a script without job control stands between the shell and drainit`, async () => {
    await using world = open();
    world.enter(`sh -c '$D -- ${PROGRAM}; echo behind it >>$LOG'`);
    await world.has('main ready');
    await isForeground(world);
    world.press('suspend');
    await isStopped(world);
    world.enter('fg');
    await isForeground(world);
    world.press('interrupt');
    await world.has('main done', 'behind it');
  });

  test(`${subject.name}: the shell has the terminal again when the program has ended, however it did`, async () => {
    await using world = open();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      world.enter(`$D -- ${PROGRAM}; echo status $? >>$LOG`);
      await world.until('the program listens', () => world.count('main ready') === (signal === 'SIGTERM' ? 1 : 2));
      await isForeground(world);
      process.kill(world.findProgram('main'), signal);
      await world.has(signal === 'SIGTERM' ? 'status 0' : 'status 137');
    }
    await isGivenBack(world);
  });
}
