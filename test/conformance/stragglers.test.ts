import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { assertTold } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

const { SIGTERM, SIGKILL } = constants.signals;

interface Straggler {
  readonly name: string;
  readonly run: string | readonly string[];
  /** What is awaited before the signal is sent. */
  readonly ready: readonly string[];
  readonly programs: readonly string[];
  /** Who is killed in the end. */
  readonly killed: string;
  readonly status: number;
}

const cases: readonly Straggler[] = [
  {
    name: 'what ignores the signal',
    run: 'P deaf --ignore 15 & P one --drain 100 & wait',
    ready: ['deaf ready', 'one ready'],
    programs: ['one'],
    killed: 'program',
    status: 128 + SIGKILL,
  },
  {
    name: 'the init of a nested PID namespace (nested-pidns)',
    run: ['unshare', '--pid', '--fork', 'sh', '-c', 'echo nested ready >> $LOG; exec sleep 1000'],
    ready: ['nested ready'],
    programs: [],
    killed: 'sleep',
    status: 128 + SIGKILL,
  },
  {
    name: 'what a trap started, which nobody is to tell',
    run: `trap 'P late & exit 3' TERM; P one & wait`,
    ready: ['one ready'],
    programs: ['one'],
    killed: 'program',
    status: 3,
  },
];

for (const subject of subjects) {
  describe(`${subject.name}: what cannot or will not act on a stop`, { concurrency: 8 }, () => {
    for (const { name, run, ready, programs, killed, status } of cases) {
      test(`${name} is killed after ten seconds, by name; never with --grace none`, async () => {
        await using patient = new World(subject, { run, options: ['--grace', 'none'] });
        await using world = new World(subject, { run });
        for (const it of [patient, world]) await it.has(...ready);
        for (const it of [patient, world]) it.signal('SIGTERM');
        const end = await world.end();
        assert.equal(end.status, status, world.describe());
        assert.ok(end.seconds >= 10 && end.seconds < 15, `${end.seconds} s`);
        assert.match(
          world.stderr,
          new RegExp(`drainit: killed ${killed} \\(\\d+\\): still there 1\\d.* s after the stop`),
        );
        assertTold(world, programs, SIGTERM);
        assert.equal(world.count('late got'), 0, world.describe());
        assert.ok(!patient.isOver, patient.describe());
      });
    }

    for (const [name, run, said] of [
      [
        'is draining',
        'P one --drain 12000 & P deaf --ignore 15 & wait',
        /^drainit: program \(\d+\) is still there after [5-9](\.\d)? s: it ignores SIGTERM\n$/,
      ],
      // timeout(1) ignores the signal itself from then on, as many programs do in their handlers.
      ['is draining under a launcher that has acted on it', 'timeout 1000 program one --drain 12000; :', /^$/],
    ] as const) {
      test(`nothing is cut that ${name}`, async () => {
        await using world = new World(subject, { run });
        await world.has('one ready', ...(run.includes('deaf') ? ['deaf ready'] : []));
        world.signal('SIGTERM');
        await world.has('one done');
        assert.ok(world.count(`one got ${SIGTERM}`) > 0, world.describe());
        assert.match(world.stderr, said, 'nothing has been killed so far');
      });
    }
  });
}
