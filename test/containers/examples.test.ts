/** Every example that is one container: built and run as its README says, and stopped with work in its hands. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Container, type Process } from '../helpers/containers/container.ts';
import { type Example, examples } from '../helpers/containers/examples.ts';
import { buildExample, exampleFolder } from '../helpers/containers/images.ts';
import { Segment } from '../helpers/containers/segment.ts';
import { until } from '../helpers/world.ts';

/** Leaves a child behind, which comes to PID 1 and has to be reaped there. */
const ORPHAN = 'sleep 0.2 & echo $!';

async function checkZombies(container: Container): Promise<void> {
  const orphan = Number((await container.exec('sh', '-c', ORPHAN)).stdout);
  assert.ok(orphan > 1);
  let all: readonly Process[] = [];
  await until(
    'the orphan is reaped',
    async () => !(all = await container.processes()).some(({ pid, state }) => pid === orphan || state === 'Z'),
    () => JSON.stringify(all),
  );
}

describe('the examples', { concurrency: false }, () => {
  let segment: Segment;
  before(async () => (segment = await Segment.make()));
  after(async () => segment[Symbol.asyncDispose]());

  for (const example of examples) {
    test(example.name, async () => check(segment, example));
  }

  test('of tini-replacement differ in the ENTRYPOINT alone', () => {
    const lines = (name: string): readonly string[] =>
      readFileSync(path.join(exampleFolder('tini-replacement'), name), 'utf8').split('\n');
    const [ours, theirs] = [lines('Dockerfile'), lines('Dockerfile.tini')];
    const changed = ours.filter((line, index) => line !== theirs[index]);
    assert.equal(ours.length, theirs.length);
    assert.deepEqual(changed, ['ENTRYPOINT ["/drainit", "--"]']);
  });
});

async function check(segment: Segment, example: Example): Promise<void> {
  const { name, build = async () => buildExample(name), requests = [], ready = [], limit, status = 0 } = example;
  await using container = await Container.run(segment, await build(), example.options);
  const ports = requests.map(([port]) => port);
  for (const port of [...ports, ...(example.port === undefined ? [] : [example.port])])
    await container.untilAnswers(port);
  for (const text of ready) await container.untilLogs(text);
  await until('its programs run', async () => {
    // Node calls its main thread otherwise; a script has its own name, and the shell's program.
    const names = new Set((await container.processes()).flatMap((it) => [it.name, path.basename(it.program)]));
    return example.programs.every((it) => names.has(it));
  });
  assert.equal((await container.init())?.program, example.init ?? '/drainit');
  if (example.hasHealthCheck === true) await container.untilHealthy();
  if (example.hasNoShell !== true) await checkZombies(container);

  const answers = Promise.all(requests.map(async ([port, file]) => container.request(port, file)));
  await container.untilConnected(ports);
  const stopped = await container.stop(limit);
  assert.deepEqual(
    await answers,
    requests.map(([, , answer]) => answer),
    stopped.logs,
  );
  assert.equal(stopped.status, status, stopped.logs);
  assert.ok(stopped.seconds < limit, `${stopped.seconds} s`);
  let rest = stopped.logs;
  for (const pattern of example.logs ?? []) {
    assert.match(rest, pattern, stopped.logs);
    rest = rest.slice(rest.search(pattern));
  }
  assert.equal(/drainit: killed/.test(stopped.logs), example.isKilled === true, stopped.logs);
}
