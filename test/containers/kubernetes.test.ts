/** The manifests of docker-examples/kubernetes: against the schemas of Kubernetes, and as pods of podman. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { load } from 'js-yaml';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { Pod } from 'kubernetes-models/v1';
import { Container } from '../helpers/containers/container.ts';
import { buildExample, exampleFolder } from '../helpers/containers/images.ts';
import { Segment } from '../helpers/containers/segment.ts';
import { cache, runWell } from '../helpers/containers/tools.ts';
import { root } from '../helpers/staged.ts';
import { until } from '../helpers/world.ts';

const folder = exampleFolder('kubernetes');
const fileOf = (name: string): string => path.join(folder, `${name}.yaml`);
const read = (name: string): unknown => load(readFileSync(fileOf(name), 'utf8'));

type Data<T extends new (data: never) => unknown> = NonNullable<ConstructorParameters<T>[0]>;

const deployment = read('deployment') as Data<typeof Deployment>;
const job = read('job') as Data<typeof Job>;
const sidecar = read('sidecar') as Data<typeof Pod>;

/** Values by the schemas; names by the types, which know every field: the schemas let unknown ones pass. */
async function validate(name: string, type: string, module: string, data: unknown): Promise<void> {
  const file = path.join(cache, `${name}.ts`);
  const text = `import type { I${type} } from 'kubernetes-models/${module}';\nexport const it: I${type} = ${JSON.stringify(data)};\n`;
  writeFileSync(file, text);
  const options = [
    '--noEmit',
    '--ignoreConfig',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--skipLibCheck',
  ];
  await runWell(path.join(root, 'node_modules/.bin/tsc'), [...options, file]);
}

/** A copy for podman of what it does not know: a Job's pod, and a sidecar as a container like any other. */
function writePod(name: string, { spec = { containers: [] }, ...rest }: Data<typeof Pod>): string {
  const { initContainers = [], containers, ...others } = spec;
  const all = [...initContainers, ...containers].map((container) => ({ ...container, restartPolicy: undefined }));
  const file = path.join(cache, `${name}-pod.json`);
  const pod = { ...rest, apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...others, containers: all } };
  writeFileSync(file, JSON.stringify(pod));
  return file;
}

const seconds = (value: number | undefined): number => value ?? 30;

describe('kubernetes', { concurrency: false }, () => {
  let segment: Segment;
  before(async () => {
    segment = await Segment.make();
    await buildExample('kubernetes');
  });
  after(async () => segment[Symbol.asyncDispose]());

  test('the manifests are what Kubernetes takes', async () => {
    new Deployment(deployment).validate();
    new Job(job).validate();
    new Pod(sidecar).validate();
    await validate('deployment', 'Deployment', 'apps/v1', deployment);
    await validate('job', 'Job', 'batch/v1', job);
    await validate('sidecar', 'Pod', 'v1', sidecar);
    await assert.rejects(
      validate('wrong', 'Pod', 'v1', { ...sidecar, speck: {} }),
      /'"speck"' does not exist in type 'IPod'/,
    );
  });

  test('the Deployment: a pod of it is stopped within its time, and answers until then', async () => {
    await segment.podman('kube', 'play', fileOf('deployment'));
    const limit = seconds(deployment.spec?.template.spec?.terminationGracePeriodSeconds);
    const pods = Array.from({ length: deployment.spec?.replicas ?? 1 }, (_, index) => `web-pod-${index}`);
    for (const name of pods) {
      const container = new Container(segment, `${name}-web`);
      await container.untilLogs('ready\n');
      assert.equal((await container.init())?.program, '/drainit');
    }
    const [first = ''] = pods;
    const address = await segment.addressOfPod(first);
    const container = new Container(segment, `${first}-web`);
    const answer = segment.request(`http://${address}:8080/slow`);
    await container.untilConnected([8080]);
    const stopped = await container.stop(limit);
    assert.equal(await answer, 'hello\n');
    assert.equal(stopped.status, 0);
    assert.ok(stopped.seconds < limit, `${stopped.seconds} s`);
    assert.match(stopped.logs, /answered \/slow\nfinished\n/);
    await segment.podman('kube', 'down', fileOf('deployment'));
  });

  test('the Job, as podman plays it', async (t) => {
    const { status, stderr } = await segment.play(fileOf('job'));
    if (status === 0) await segment.podman('kube', 'down', fileOf('job'));
    else t.skip(`podman: ${stderr.trim().split('\n').at(-1)}`);
  });

  test('the pod of the Job: it finishes its item when it is stopped', async () => {
    const spec = job.spec?.template.spec;
    await segment.podman('kube', 'play', writePod('batch', spec === undefined ? {} : { spec }));
    const container = new Container(segment, 'batch-batch');
    await container.untilLogs('item 1 done');
    const { status, logs } = await container.stop(seconds(spec?.terminationGracePeriodSeconds));
    assert.equal(status, 75);
    assert.match(logs, /^(item \d+ done\n){2,9}$/);
  });

  test('the sidecar: it has the last line of the program', async () => {
    await segment.podman('kube', 'play', writePod('both', sidecar));
    const [web, logs] = [new Container(segment, 'both-web'), new Container(segment, 'both-logs')];
    await logs.untilLogs('ready');
    assert.equal((await web.stop(seconds(sidecar.spec?.terminationGracePeriodSeconds))).status, 0);
    await until('the last line', async () => (await logs.logs()).includes('finished'));
    assert.equal((await logs.stop(10)).status, 0);
  });
});
