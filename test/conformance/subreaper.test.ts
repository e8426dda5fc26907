/** Drainit somewhere in the middle of a process tree: not PID 1, so it has to ask for its orphans. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { findBelow, statOf } from '../helpers/process.ts';
import { type Subject, cannot, root, subjects } from '../helpers/subjects.ts';
import { World, childrenOf, program } from '../helpers/world.ts';

/** A seccomp profile that refuses prctl(2), by its number. */
const WITHOUT_PRCTL = [
  path.join(root, 'build/test/inspect'),
  'give',
  '--refuse',
  process.arch === 'x64' ? '157' : '167',
];

/** Leaves `P orphan` behind: its parent is a subshell that ends at once. */
const ORPHAN = '(P orphan --drain 200 &)';

for (const subject of subjects) {
  test(`${subject.name}: where prctl(2) is refused one says what the kernel says`, async () => {
    await using world = new World(subject, {
      run: ['true'],
      before: WITHOUT_PRCTL,
      options: ['-p', 'HUP'],
      isPlain: true,
    });
    assert.equal((await world.end()).status, 0, world.describe());
    assert.equal(world.stderr.match(/Operation not permitted/g)?.length, 2, world.stderr);
  });

  test(`${subject.name}: an orphan is adopted, and reaped while the main program lives`, async () => {
    await using world = new World(subject, { run: `${ORPHAN}\nexec P main`, isPlain: true });
    await world.has('orphan ready', 'main ready');
    const orphan = findBelow(world.init, program, 'orphan') ?? 0;
    assert.equal(statOf(orphan).parent, world.drainit);
    process.kill(orphan, 'SIGTERM');
    await world.until('no zombie is left', () => statOf(orphan).state === 'X');
    assert.equal(childrenOf(world.drainit).length, 1);
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
  });

  test(`${subject.name}: an orphan is told and waited for when the main program has ended by itself`, async () => {
    await using world = new World(subject, { run: `${ORPHAN}\nuntil [ -s $LOG ]; do :; done; exit 3`, isPlain: true });
    assert.equal((await world.end()).status, 3);
    assert.equal(world.count('orphan got 15'), 1);
    assert.equal(world.count('orphan done'), 1);
    assert.equal(world.stderr, '');
  });

  test(`${subject.name}: a stop signal reaches a start script and its orphan, and both are waited for`, async () => {
    await using world = new World(subject, { run: `${ORPHAN}\nP main & wait`, isPlain: true });
    await world.has('orphan ready', 'main ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    for (const name of ['orphan', 'main']) {
      assert.equal(world.count(`${name} got 15`), 1, world.describe());
      assert.equal(world.count(`${name} done`), 1, world.describe());
    }
  });

  test(`${subject.name}: below another drainit, each program is told once`, async () => {
    const nested: Subject = { ...subject, command: [...subject.command, '--', ...subject.command] };
    await using world = new World(nested, { run: 'P one & P two & wait', isPlain: true });
    await world.has('one ready', 'two ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} got 15`), 1, world.describe());
  });

  /** PID 1 is a shell; below it a middle process, which is drainit's parent. */
  const withParent = ['bash', '-c', `bash -c '"$@" & wait' middle "$@"; exec ${program} outer`, 'outer'];

  test(`${subject.name}: where nobody can be adopted, the programs of a script are told before they are somebody else's`, async () => {
    await using world = new World(subject, { run: 'P one & P two & wait', isPlain: true, before: WITHOUT_PRCTL });
    await world.has('one ready', 'two ready');
    world.signal('SIGTERM');
    await world.has('one done', 'two done');
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} got 15`), 1, world.describe());
    assert.match(world.stderr, /^drainit: cannot become a subreaper: /);
    await world.end();
  });

  /** Whose end `-p` is about: the process that has started drainit, or Node, where that is in front. */
  const findParent = (world: World): number =>
    cannot(subject, 'parent') ? (findBelow(world.init, ...subject.command) ?? 0) : (findBelow(world.init, 'bash') ?? 0);

  test(`${subject.name}: -p, the end of the parent is a signal`, async () => {
    await using world = new World(subject, {
      run: 'P one & P two & wait',
      before: withParent,
      options: ['-p', 'TERM'],
    });
    await world.has('one ready', 'two ready');
    const middle = findParent(world);
    process.kill(middle, 'SIGKILL');
    await world.has('one done', 'two done');
    // Where its parent has threads, the end of each of them is a signal: prctl(2), PR_SET_PDEATHSIG.
    assert.ok(world.count('one got 15') === 1 || cannot(subject, 'parent'), world.describe());
    await world.until('drainit has ended', () => findBelow(world.init, ...subject.command) === undefined);
  });

  test(`${subject.name}: without -p it is none`, async () => {
    await using world = new World(subject, {
      run: ['sh', '-c', '$P main; :'],
      before: withParent,
      env: { P: program },
    });
    await world.has('main ready');
    process.kill(findBelow(world.init, 'bash') ?? 0, 'SIGKILL');
    await world.has('outer ready');
    const drainit = findBelow(world.init, ...subject.command) ?? 0;
    process.kill(drainit, 'SIGUSR1');
    await world.has('main got 10');
    assert.equal(world.lines.filter((line) => line.startsWith('main got')).length, 1, world.describe());
  });

  test(`${subject.name}: -p, a signal that is no stop signal is relayed`, async () => {
    await using world = new World(subject, { run: [program, 'main'], before: withParent, options: ['-p', 'SIGHUP'] });
    await world.has('main ready');
    process.kill(findParent(world), 'SIGKILL');
    await world.has('main got 1');
  });
}
