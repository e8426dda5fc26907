/** What drainit does as PID 1 of a container, whatever runs in it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Container } from '../helpers/containers/container.ts';
import { build, buildExample, exampleFolder } from '../helpers/containers/images.ts';
import { Segment } from '../helpers/containers/segment.ts';
import { cache } from '../helpers/containers/tools.ts';
import { until } from '../helpers/world.ts';

/** A program that says what it gets, and goes on; $1 is its name. */
const LISTENER = `for it in HUP USR1 USR2 WINCH CONT; do trap "echo $1 $it" $it; done; trap "echo $1 TERM; exit" TERM
echo $1 ready; while :; do sleep 0.05; done`;

/** A start script with two of them, without a trap of its own. */
const TWO = ['bash', '-c', `bash -c '${LISTENER}' x one & bash -c '${LISTENER}' x two & wait`];

describe('a container', { concurrency: false }, () => {
  let segment: Segment;
  let image: string;
  before(async () => {
    segment = await Segment.make();
    image = await buildExample('tini-replacement');
  });
  after(async () => segment[Symbol.asyncDispose]());

  test('podman kill: signals reach every program of a start script, once', async () => {
    await using container = await Container.run(segment, image, [], TWO);
    await container.untilLogs('one ready');
    await container.untilLogs('two ready');
    const signals = ['HUP', 'USR1', 'USR2', 'WINCH', 'CONT'];
    for (const signal of signals) {
      await container.kill(signal);
      await container.untilLogs(`one ${signal}\n`);
      await container.untilLogs(`two ${signal}\n`);
    }
    const { status, logs } = await container.stop(10);
    const expected = ['one', 'two'].flatMap((name) => ['ready', ...signals, 'TERM'].map((word) => `${name} ${word}`));
    assert.deepEqual(logs.trim().split('\n').toSorted(), expected.toSorted());
    assert.equal(status, 0);
  });

  test('podman stop, of programs that do not care: killed by drainit, in time, and named', async () => {
    const options = ['--env', 'DRAINIT_GRACE=1s'];
    const script = `trap '' TERM; echo ready; while :; do sleep 0.05; done`;
    await using container = await Container.run(segment, image, options, ['bash', '-c', script]);
    await container.untilLogs('ready');
    const { status, seconds, logs } = await container.stop(10);
    assert.equal(status, 137);
    assert.ok(seconds < 10, `${seconds} s`);
    assert.match(logs, /^drainit: killed bash \(\d+\)/m);
  });

  test('exit statuses are those of the program', async () => {
    for (const [script, expected] of [
      ['exit 7', 7],
      ['kill -KILL $$', 137],
      ['exec /not/there', 127],
      ['sleep 0.1 & exit 3', 3],
    ] as const) {
      await using container = await Container.run(segment, image, [], ['bash', '-c', script]);
      assert.equal((await container.ended()).status, expected, script);
    }
  });

  test('podman exec: a process that it brings is neither told nor waited for', async () => {
    await using container = await Container.run(segment, image);
    await container.untilLogs('two: ready');
    const stranger = `trap 'echo told' TERM INT HUP; echo stranger >/proc/1/fd/1; while :; do sleep 0.05; done`;
    const running = container.exec('bash', '-c', stranger);
    await container.untilLogs('stranger');
    const { status, seconds, logs } = await container.stop(10);
    assert.equal(status, 0);
    assert.ok(seconds < 8, `${seconds} s`);
    assert.match(logs, /finished[^]*finished/);
    // The kernel ends it with PID 1.
    assert.deepEqual(await running, { ...(await running), status: 137, stdout: '' });
  });

  test('a memory limit: the program that is too large dies of it, and PID 1 goes on', async (t) => {
    const script = `echo ready; tail /dev/zero & wait $!; echo "large: $?"; exec sleep infinity`;
    const words = ['--memory', '64m', '--memory-swap', '64m'];
    const refusal = await segment.refusal(...words, image, 'true');
    if (refusal !== undefined) {
      t.skip(`no memory limits here: ${refusal}`);
      return;
    }
    await using container = await Container.run(segment, image, words, ['bash', '-c', script]);
    await container.untilLogs('large: 137');
    assert.equal((await container.init())?.program, '/drainit');
    assert.equal((await container.stop(10)).status, 143);
  });

  test('the example of tini-replacement, under tini: its workers are told, and do not finish', async () => {
    const folder = exampleFolder('tini-replacement');
    await build('tini-replacement-tini', folder, ['--file', path.join(folder, 'Dockerfile.tini')]);
    await using container = await Container.run(segment, 'localhost/tini-replacement-tini');
    await container.untilLogs('one: ready');
    await container.untilLogs('two: ready');
    const { logs, status } = await container.stop(10);
    assert.doesNotMatch(logs, /finished/);
    assert.equal(status, 143);
  });

  test('podman run --init --init-path: drainit is put into an image that has none', async () => {
    const binary = path.join(cache, 'drainit');
    await segment.podman('create', '--name', 'binary', 'localhost/drainit');
    await segment.podman('cp', 'binary:/drainit', binary);
    const options = ['--init', '--init-path', binary, '--entrypoint', '/app/start.sh'];
    await using container = await Container.run(segment, image, options);
    await container.untilLogs('one: ready');
    await container.untilLogs('two: ready');
    assert.equal((await container.init())?.name, 'podman-init');
    const { logs, status } = await container.stop(10);
    assert.match(logs, /finished[^]*finished/);
    assert.equal(status, 0);
  });

  test('a request that comes after the stop signal is answered while the drain lasts', async () => {
    await using container = await Container.run(segment, await buildExample('keep-alive'));
    await container.untilAnswers(8080);
    const stopped = container.stop(25);
    let answer = '';
    await until('an answer that closes the connection', async () => {
      answer = await container.request(8080, '/', ['--include']);
      return answer.includes('Connection: close');
    });
    assert.match(answer, /^HTTP\/1.1 200 OK[^]*hello\n$/);
    assert.equal((await stopped).status, 0);
  });
});
