/** Places with less in them than a usual container has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBelow } from '../helpers/process.ts';
import { type Subject, cannot, subjects } from '../helpers/subjects.ts';
import { type Scene, World, childrenOf, program } from '../helpers/world.ts';

/** Words put in front: what the shell makes of the script, before it becomes what follows. */
const prepare = (script: string): readonly string[] => ['sh', '-ec', `${script}\nexec "$@"`, 'sh'];

/** The folder of the scene becomes the root, with the init and the program in it and nothing else. */
const FURNISH = 'cp "$INIT" drainit; cp "$P" program; touch log; chmod 666 log';
const READ_ONLY = 'mount --bind . .; cd "$PWD"; mount --bind log log; mount -o remount,bind,ro .';

interface Place {
  readonly before: readonly string[];
  /** The init and the program are at the root. */
  readonly isScratch?: boolean;
}

const UNPRIVILEGED = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--bounding-set=-all'];

/** As a seccomp profile may have it: pidfd_open(2) and pidfd_send_signal(2), by their numbers on every architecture. */
const noPidfds: Place = { before: ['inspect', 'give', '--refuse', '434,424'] };

const places: Readonly<Record<string, Place>> = {
  'an empty root': { before: [...prepare(FURNISH), 'chroot', '.'], isScratch: true },
  'an empty root, read-only': { before: [...prepare(`${FURNISH}; ${READ_ONLY}`), 'chroot', '.'], isScratch: true },
  'an empty root, read-only, as nobody': {
    before: [...prepare(`${FURNISH}; ${READ_ONLY}`), 'chroot', '--userspec=65534:65534', '.'],
    isScratch: true,
  },
  'a read-only root': { before: prepare(`touch log; ${READ_ONLY}; mount -o remount,bind,ro /`) },
  'nothing mounted on /proc': { before: prepare('mount -t tmpfs none /proc') },
  'as nobody': { before: [...prepare('touch log; chmod 666 log'), 'setpriv', ...UNPRIVILEGED] },
  'as nobody, others hidden in /proc': {
    before: [...prepare('touch log; chmod 666 log; mount -o remount,hidepid=2 /proc'), 'setpriv', ...UNPRIVILEGED],
  },
  'no pidfds': noPidfds,
  'as nobody, nothing mounted on /proc': {
    before: [...prepare('touch log; chmod 666 log; mount -t tmpfs none /proc'), 'setpriv', ...UNPRIVILEGED],
  },
};

for (const subject of subjects) {
  /** One static file: the others need a system around them. */
  const standsAlone = subject.name === 'native';

  const enter = ({ before, isScratch = false }: Place, scene: Pick<Scene, 'run' | 'options'>): World => {
    const [file = ''] = subject.command;
    const inside: Subject = isScratch ? { ...subject, command: ['/drainit'] } : subject;
    return new World(inside, {
      ...scene,
      before,
      env: { INIT: file, P: program, ...(isScratch ? { LOG: '/log' } : {}) },
    });
  };

  for (const [name, place] of Object.entries(places).filter(([, { isScratch }]) => standsAlone || isScratch !== true)) {
    const P = place.isScratch === true ? '/program' : program;

    test(`${subject.name}, ${name}: a program is told, waited for, and its status returned`, async () => {
      await using world = enter(place, { run: [P, 'main', '--drain', '50', '--exit', '6'] });
      await world.has('main ready');
      world.signal('SIGUSR1');
      await world.has('main got 10');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 6);
      assert.equal(world.count('main got 15'), 1);
      assert.equal(world.stderr, '');
    });

    test(`${subject.name}, ${name}: a program that does not end is killed`, async () => {
      await using world = enter(place, { run: [P, 'main', '--ignore', '15'], options: ['--grace', '300ms'] });
      await world.has('main ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 137);
      assert.match(world.stderr, /^drainit: killed .*\ndrainit: report: SIGTERM, /);
    });

    test(`${subject.name}, ${name}: a program that is not there`, async () => {
      await using world = enter(place, { run: ['/no/such/program'] });
      assert.equal((await world.end()).status, 127);
      assert.match(world.stderr, /^drainit: cannot start '\/no\/such\/program': .*\n$/);
    });
  }

  for (const [name, place] of Object.entries(places).filter(([, { isScratch }]) => isScratch !== true)) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      test(`${subject.name}, ${name}: ${signal} to a start script`, async () => {
        await using world = enter(place, { run: 'P one --drain 100 & P two --drain 50 & wait' });
        await world.has('one ready', 'two ready');
        world.signal(signal);
        await world.end();
        for (const who of ['one', 'two']) {
          assert.equal(world.count(`${who} got 15`) + world.count(`${who} got 2`), 1, world.describe());
          assert.equal(world.count(`${who} done`), 1, world.describe());
        }
        assert.equal(world.stderr, '');
      });
    }

    test(`${subject.name}, ${name}: a start script that ends before its program`, async () => {
      await using world = enter(place, { run: 'P one & until [ -s "$LOG" ]; do :; done; exit 3' });
      assert.equal((await world.end()).status, 3);
      assert.equal(world.count('one got 15'), 1);
      assert.equal(world.count('one done'), 1);
      assert.equal(world.stderr, '');
    });
  }

  test(`${subject.name}, no pidfds: programs below a shell, whose pids might be others' by then`, async () => {
    await using world = enter(noPidfds, { run: 'P one & P two & wait' });
    await world.has('one ready', 'two ready');
    world.signal('SIGUSR1');
    await world.has('one got 10', 'two got 10');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0, world.describe());
    for (const who of ['one', 'two']) assert.equal(world.count(`${who} got 15`), 1, world.describe());
    assert.equal(world.stderr, '');
  });

  test(`${subject.name}: a program of another user, which /proc hides`, async () => {
    const before = [
      ...prepare('touch log; chmod 666 log; mount -o remount,hidepid=2,gid=12345 /proc'),
      ...['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'],
    ];
    const run = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'bash', '-c'];
    const script = `${program} one --drain 100 & ${program} two --drain 50 & wait`;
    await using world = enter({ before }, { run: [...run, script], options: ['-v'] });
    await world.has('one ready', 'two ready');
    world.signal('SIGTERM');
    if (cannot(subject, 'blind')) {
      // Its group is ours as well below PID 1, and nobody is named who else is in it.
      await world.until('the script is told', () => world.stderr.includes('setpriv'));
      assert.equal(world.count('one got 15'), 0, world.describe());
      return;
    }
    await world.end();
    for (const who of ['one', 'two']) {
      assert.equal(world.count(`${who} got 15`), 1, world.describe());
      assert.equal(world.count(`${who} done`), 1, world.describe());
    }
  });

  test(`${subject.name}, nothing mounted on /proc: services start in their order, and end each by itself`, async () => {
    const yaml = `services:
  side: { command: program side --drain 100 }
  first: { command: sh -c 'echo first >> $$LOG' }
  again: { command: sh again, restart: 'on-failure:1' }
  last: { command: program last --drain 50, depends_on: { first: { condition: service_completed_successfully } } }
`;
    // Its second end ends the container: not before the others are there.
    const again = 'echo again >> $LOG\nuntil grep -q "side r" $LOG && grep -q "last r" $LOG; do :; done\nexit 1\n';
    await using world = new World(subject, {
      run: [],
      before: prepare('mount -t tmpfs none /proc'),
      files: { 'drainit.yaml': yaml, again },
      options: ['-f', 'drainit.yaml'],
    });
    await world.has('side ready', 'last ready');
    assert.ok(world.count('first') > 0, world.describe());
    // It is started anew once, and its second end ends the container.
    assert.equal((await world.end()).status, 1, world.describe());
    assert.equal(world.count('again'), 2, world.describe());
    for (const who of ['side', 'last']) assert.equal(world.count(`${who} done`), 1, world.describe());
  });

  if (cannot(subject, 'scratch')) {
    test(`${subject.name}, an empty root: it cannot be started`, async () => {
      await using world = enter(places['an empty root'] ?? { before: [] }, { run: ['/program', 'main'] });
      assert.equal((await world.end()).status, 127);
      assert.match(world.stderr, /^chroot: .*drainit.*: No such file or directory\n$/);
    });
  }

  test(`${subject.name}: the /proc of another PID namespace is none`, async () => {
    const before = ['unshare', '--pid', '--fork', '--kill-child'];
    await using world = new World(subject, { run: 'P one & P two & wait', before });
    await world.has('one ready', 'two ready');
    process.kill(childrenOf(world.init)[0] ?? 0, 'SIGTERM');
    await world.end();
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} got 15`), 1, world.describe());
  });

  test(`${subject.name}: a program of another user, without CAP_KILL, is named`, async () => {
    const before = ['setpriv', '--inh-caps=-kill', '--bounding-set=-kill'];
    await using world = new World(subject, { run: ['setpriv', '--reuid=65534', program, 'main'], before });
    await world.has('main ready');
    world.signal('SIGTERM');
    await world.until('a message', () => world.stderr !== '');
    assert.match(world.stderr, /^drainit: cannot send SIGTERM to .*program.*: .*CAP_KILL\n$/);
    process.kill(findBelow(world.init, program, 'main') ?? 0, 'SIGTERM');
    assert.equal((await world.end()).status, 0);
  });
}
