/** Every example that is one container: built and run as its README says, and stopped with work in its hands. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Container, type Process } from '../helpers/containers/container.ts';
import { packedExample } from '../helpers/containers/packed.ts';
import { buildExample, exampleFolder } from '../helpers/containers/images.ts';
import { Segment } from '../helpers/containers/segment.ts';
import { until } from '../helpers/world.ts';

interface Example {
  readonly name: string;
  /** How to build it where that is not `docker build` alone. */
  readonly build?: () => Promise<string>;
  /** Of `docker run`. */
  readonly options?: readonly string[];
  /** That it answers on when it is ready, where there are no such requests. */
  readonly port?: number;
  /** The requests that are in flight at the stop, and what they are answered. */
  readonly requests?: readonly (readonly [port: number, path: string, answer: string])[];
  /** In the log once it is ready. */
  readonly ready?: readonly string[];
  /** PID 1's program; it is /drainit where nothing is said. */
  readonly init?: string;
  /** The programs that run, by name. */
  readonly programs: readonly string[];
  /** In the log after the stop, in this order. */
  readonly logs?: readonly RegExp[];
  /** The longest that the stop may take: `docker stop --time`. */
  readonly limit: number;
  readonly status?: number;
  readonly isKilled?: boolean;
  readonly hasNoShell?: boolean;
  readonly hasHealthCheck?: boolean;
}

const SLOW = '/slow';

const examples: readonly Example[] = [
  {
    name: 'start-script',
    programs: ['start.sh', 'gunicorn', 'node'],
    requests: [
      [8001, SLOW, 'api: done\n'],
      [8002, SLOW, 'web: done\n'],
    ],
    limit: 10,
    logs: [/web: SIGTERM, finishing what I have/],
  },
  {
    name: 'scratch',
    programs: ['server'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 25,
    logs: [/server: finished/],
    hasNoShell: true,
  },
  {
    name: 'node',
    build: packedExample,
    init: '/app/node_modules/drainit/dist/drainit',
    programs: ['node'],
    ready: ['server: ready'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 25,
    logs: [/server: the last connection has ended/],
    hasHealthCheck: true,
  },
  {
    name: 'nginx-php-fpm',
    programs: ['nginx', 'php-fpm8.2'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 25,
    logs: [/exiting, bye-bye!/],
  },
  {
    name: 'start-file',
    programs: ['postgres', 'python3'],
    ready: ['web: ready'],
    requests: [[8080, SLOW, 'visitor 2\n']],
    limit: 25,
    logs: [/^web +\| web: finished$/m, /^db +\|.* fast shutdown request$/m, /^db +\|.* database system is shut down$/m],
  },
  {
    name: 'procfile',
    programs: ['node'],
    ready: ['web    | ready', 'worker | job 1'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 10,
    logs: [/^worker \| job \d+ done$/m, /^web {4}\| finished$/m],
  },
  {
    name: 'tini-replacement',
    programs: ['start.sh', 'worker'],
    ready: ['one: ready', 'two: ready'],
    limit: 10,
    logs: [/told[^]*told/, /finished[^]*finished/],
  },
  {
    name: 'non-root-read-only',
    options: ['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
    programs: ['start.sh', 'node'],
    ready: ['web: ready, as user 1000', 'worker: EROFS'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 10,
    logs: [/worker: finished/, /web: finished/],
  },
  {
    name: 'keep-alive',
    programs: ['node'],
    port: 8080,
    limit: 25,
  },
  {
    name: 'slow-stop',
    programs: ['start.sh', 'web', 'worker', 'sleep'],
    limit: 30,
    status: 137,
    isKilled: true,
    logs: [/worker \(\d+\) is still there after 5 s: it traps SIGTERM/, /killed worker/, /report: SIGTERM/],
  },
  {
    name: 'kubernetes',
    programs: ['node'],
    ready: ['ready'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 35,
    logs: [/answered \/slow/, /finished/],
  },
  {
    name: 'compose',
    programs: ['node'],
    ready: ['web: ready'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 35,
    logs: [/web: finished/],
  },
];

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
  for (const port of [...ports, ...(example.port === undefined ? [] : [example.port])]) await container.untilAnswers(port);
  for (const text of ready) await container.untilLogs(text);
  await until('its programs run', async () => {
    // Node calls its main thread otherwise; a script has its own name, and the shell's program.
    const names = (await container.processes()).flatMap((it) => [it.name, path.basename(it.program)]);
    return example.programs.every((it) => names.includes(it));
  });
  const [init] = (await container.processes()).filter(({ pid }) => pid === 1);
  assert.equal(init?.program, example.init ?? '/drainit');
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
