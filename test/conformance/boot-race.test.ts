/**
 * A signal that comes while PID 1 starts. Until it blocks or handles the signal the kernel drops it, as for every PID 1;
 * from then on it may not be lost, also when the program is not there yet.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Subject, cannot, peers, root, subjects } from '../helpers/subjects.ts';

const bootRace = path.join(root, 'build/test/boot-race');

interface Race {
  /** After the exec of the init, in microseconds. */
  readonly delay: number | 'blocked';
  readonly trials: number;
  /** In milliseconds; a signal that has had no effect by then is lost. */
  readonly patience: number;
}

/** How many of the signals were lost. The program would never end by itself. */
const race = ({ command, env }: Subject, { delay, trials, patience }: Race): number => {
  const [file = '', ...options] = command;
  const args = [trials, delay, patience, file, ...options, '--', '/bin/sleep', 'infinity'].map(String);
  return Number(
    execFileSync(bootRace, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
    }),
  );
};

const DELAYS = [0, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 20_000, 100_000];
const TRIALS = 12;
const PATIENCE = 100;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const tini = peers.find(({ name }) => name === 'tini');
const skip = existsSync(tini?.command[0] ?? '') ? false : 'missing: tini (Debian package tini)';

for (const subject of subjects) {
  if (cannot(subject, 'boot')) {
    test(`${subject.name}: a signal that comes while Node starts is lost`, () => {
      // Some of them: on a busy machine one may be late, and Node listen by then.
      assert.ok(race(subject, { delay: 1_000, trials: 5, patience: 1_000 }) > 0);
    });
    continue;
  }

  test(`${subject.name}: no signal is lost once signals are blocked, the first thing that main() does`, () => {
    assert.equal(race(subject, { delay: 'blocked', trials: 500, patience: 5_000 }), 0);
  });

  test(`${subject.name}: at a time that anybody may choose, no more signals are lost than by tini`, { skip }, (t) => {
    assert.ok(tini !== undefined);
    const losses = DELAYS.map((delay) =>
      [subject, tini].map((init) => race(init, { delay, trials: TRIALS, patience: PATIENCE })),
    );
    t.diagnostic(`lost of ${TRIALS}, by the time from exec to SIGTERM`);
    t.diagnostic(`${'µs'.padStart(8)}${subject.name.padStart(10)}${'tini'.padStart(10)}`);
    for (const [index, delay] of DELAYS.entries()) {
      const [ours = 0, theirs = 0] = losses[index] ?? [];
      t.diagnostic([String(delay).padStart(8), String(ours).padStart(10), String(theirs).padStart(10)].join(''));
    }
    const [ours, theirs] = [0, 1].map((index) => sum(losses.map((pair) => pair[index] ?? 0)));
    assert.ok((ours ?? 0) <= (theirs ?? 0), `${ours} lost, by tini ${theirs}`);
  });
}
