import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, phaseOf, summarize } from '../../../bench/rollout/explain.ts';
import { readTroubles } from '../../../bench/rollout/haproxy.ts';
import { readOptions } from '../../../bench/rollout/options.ts';
import type { Life } from '../../../bench/rollout/pod.ts';
import { type Outcome, PATIENCE, kindOfError, kindOfStatus, percentile, score } from '../../../bench/rollout/score.ts';

const outcome = (number: number, more: Partial<Outcome> = {}): Outcome => ({
  number,
  isTransaction: false,
  due: 1_000 * number,
  end: 1_000 * number + 5,
  failure: null,
  ...more,
});

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

for (const [share, expected] of [
  [0.5, 50],
  [0.98, 98],
  [0.99, 99],
  [1, 100],
  [0, 1],
] as const) {
  test(`of 1 to 100 the share ${share} is at most ${expected}`, () =>
    assert.equal(percentile(hundred, share), expected));
}

test('a failure counts as one that took as long as clients wait, in the percentiles and the maximum', () => {
  const outcomes = hundred.map((number) => outcome(number, number > 98 ? { failure: '503' } : {}));
  assert.deepEqual(score(outcomes).latency, { p50: 5, p98: 5, p99: PATIENCE, max: PATIENCE });
});

test('failures are counted by kind, and transactions apart from the latency', () => {
  const outcomes = [
    outcome(1),
    outcome(2, { failure: '502' }),
    outcome(3, { failure: '502' }),
    outcome(4, { isTransaction: true, end: 5_000 }),
    outcome(5, { isTransaction: true, failure: 'reset' }),
  ];
  const { latency, ...counts } = score(outcomes);
  assert.deepEqual(counts, {
    requests: 5,
    failed: 3,
    kinds: { 502: 2, reset: 1 },
    transactions: 2,
    transactionsDone: 1,
  });
  assert.equal(latency.p50, PATIENCE);
});

for (const [status, expected] of [
  [200, null],
  [502, '502'],
  [503, '503'],
  [504, '504'],
  [404, 'another status'],
] as const) {
  test(`status ${status} is ${expected ?? 'no failure'}`, () => assert.equal(kindOfStatus(status), expected));
}

for (const [code, message, hasBegun, expected] of [
  ['ECONNREFUSED', '', false, 'refused'],
  ['ECONNRESET', 'read ECONNRESET', false, 'reset'],
  ['ECONNRESET', 'socket hang up', false, 'closed without an answer'],
  ['ECONNRESET', 'aborted', true, 'cut off in the answer'],
  ['EPIPE', '', false, 'reset'],
  ['EHOSTUNREACH', '', false, 'another error'],
] as const) {
  test(`${code} '${message}'${hasBegun ? ' in an answer' : ''} is ${expected}`, () =>
    assert.equal(kindOfError(Object.assign(new Error(message), { code }), hasBegun), expected));
}

const life: Life = { name: 'pod1', address: '10.210.1.1', stop: 100, isKilled: false, end: 300, removal: 200 };

for (const [time, changes, expected] of [
  [99, {}, 'serving'],
  [100, {}, 'stopping, and still an endpoint'],
  [200, {}, 'stopping, and no endpoint any more'],
  [300, {}, 'gone'],
  [300, { removal: 400 }, 'gone, and still an endpoint'],
  [300, { removal: null }, 'gone, and still an endpoint'],
  [300, { stop: null, end: null, removal: null }, 'serving'],
] as const) {
  test(`at ${time} a pod with ${JSON.stringify(changes)} is ${expected}`, () =>
    assert.equal(phaseOf({ ...life, ...changes }, time), expected));
}

const log = [
  '503 SC pod1 50 GET /fast?n=7 HTTP/1.1',
  '503 SC <NOSRV> 0 GET /fast?n=8 HTTP/1.1',
  'Server pods/pod1 is going DOWN for maintenance',
].join('\n');

test('each failure has the reason that the log of the balancer gives, and the pod as it was when it was chosen', () => {
  const failed = { due: 100, end: 310, failure: '503' } as const;
  const silent = outcome(9, { ...failed, failure: 'reset' });
  const outcomes = [outcome(7, failed), outcome(8, failed), silent, outcome(10, failed), outcome(11)];
  const silence = { reason: 'nothing is known', isItsOwn: true };
  const failures = explain({ outcomes, troubles: readTroubles(log), silence, lives: [life], begin: 0 });
  assert.deepEqual(
    failures.map(({ number, pod, phase, reason, isOfBalancer }) => [number, pod, phase, reason, isOfBalancer]),
    [
      [7, 'pod1', 'stopping, and no endpoint any more', 'the pod refused the connection, or was unreachable', false],
      [8, null, 'pod not known', 'the balancer had no pod left', false],
      [9, null, 'pod not known', 'nothing is known', true],
      [10, null, 'pod not known', 'the balancer wrote nothing', false],
    ],
  );
  assert.match(
    summarize(failures)[0] ?? '',
    /^1 × 503: the pod refused .*; the first: number 7, due at 0\.10 s, pod1$/,
  );
});

test('by default each init is measured once, and the adaptive drain at other lags too', () => {
  const { plans, runs } = readOptions([]);
  assert.equal(runs, 1);
  assert.equal(new Set(plans.map(({ subject }) => subject.name)).size, 8);
  const own = plans.filter(({ subject }) => subject.name === 'drainit adaptive');
  assert.deepEqual(
    own.map(({ lag }) => lag),
    [2, 0, 0.5, 5, 10],
  );
  assert.equal(plans.length, 12);
});

test('lists are multiplied, and the beginning of names is enough', () => {
  const args = ['--lag', '0,2', '--replicas', '3,10', '--balancer', 'haproxy,nginx', '--only', 'drainit'];
  assert.equal(readOptions(args).plans.length, 2 * 2 * 2 * 2);
  assert.deepEqual(
    readOptions(['--only', 'tini']).plans.map(({ subject }) => subject.name),
    ['tini'],
  );
});

for (const [args, message] of [
  [['--lag', '2s'], /^--lag: '2s' is no number from 0 to 60$/],
  [['--lag', '1,,2'], /^--lag: '' is no number/],
  [['--replicas', '2.5'], /^--replicas: '2\.5' is no whole number from 1 to 20$/],
  [['--balancer', 'apache'], /^--balancer: 'apache' is none of haproxy, nginx$/],
  [['--load', 'heavy'], /^--load: 'heavy' is none of mixed, /],
  [['--only', 'drainit,runit'], /^--only: 'runit' is none of drainit, /],
  [['--runs', '0'], /^--runs: '0' is no whole number/],
  [['--fast'], /^Unknown option '--fast'/],
] as const) {
  test(`${args.join(' ')} is refused with one line that says why`, () =>
    assert.throws(() => readOptions(args), { name: 'Error', message }));
}
