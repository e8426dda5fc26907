/** Where nothing shows what is running, and drainit is not PID 1: SIGKILL reaches what was started all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statOf } from '../helpers/process.ts';
import { subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

/** A mount namespace in which /proc is empty; the processes are those of the machine. */
const HIDDEN = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];

/** Neither the init nor the test programs are looked for there. */
const WITHOUT_PS = ['env', 'PATH=/nowhere'];

async function areGone(world: World): Promise<void> {
  for (const line of world.lines.filter((it) => it.includes('ready'))) {
    const pid = Number(line.split(' ')[2]);
    await world.until(`${pid} is gone`, () => ['X', 'Z'].includes(statOf(pid).state));
  }
}

for (const subject of subjects) {
  for (const [name, before] of Object.entries({ 'with ps': HIDDEN, 'without ps': [...HIDDEN, ...WITHOUT_PS] })) {
    test(`${subject.name}, not PID 1, ${name}: what ignores the signal is killed`, async () => {
      await using world = new World(subject, {
        run: 'P one --ignore 15 & P two --ignore 15 & wait',
        shell: '/bin/bash',
        before,
        options: ['--grace', '300ms'],
        isPlain: true,
      });
      await world.has('one ready', 'two ready');
      world.signal('SIGTERM');
      await world.end();
      assert.match(world.stderr, /^drainit: killed everything that was left .* after the stop\n/);
      await areGone(world);
    });
  }

  if (subject.host !== 'node' && subject.host !== 'pkg') continue;
  test(`${subject.name}, not PID 1: with a ps that works, what is in other process groups as well`, async () => {
    const hidden = 'mkdir shown && mount --bind /proc shown && chmod +x ps && mount -t tmpfs none /proc';
    await using world = new World(subject, {
      run: `trap '' TERM\nsetsid P apart --ignore 15 &\nP one --ignore 15 & wait`,
      shell: '/bin/bash',
      files: { ps: '#!/bin/sh\nread -r found < "${LOG%log}shown/$5/task/$5/children"; echo "$found"; [ "$found" ]\n' },
      before: ['unshare', '--mount', 'sh', '-ec', `${hidden}; PATH=$PWD:$PATH exec "$@"`, 'sh'],
      options: ['--grace', '300ms'],
      isPlain: true,
    });
    await world.has('one ready', 'apart ready');
    world.signal('SIGTERM');
    await world.end();
    await areGone(world);
  });
}
