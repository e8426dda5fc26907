import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toMillis } from '../../../src/core/ids.ts';
import type { Service } from '../../../src/core/services/service.ts';
import { USR2 } from '../../../src/core/signal.ts';
import { applySettings } from '../../../src/config/settings.ts';
import { readStartFile } from '../../../src/config/start-file.ts';
import { setupWith } from '../../helpers/core.ts';
import { COMMAND, app, composeCases, inService } from '../../helpers/compose-cases.ts';
import { files, messagesOf, readYaml, world } from '../../helpers/start-file.ts';

function servicesOf(text: string, file?: string): readonly Service[] {
  const read = readYaml(text, 'stragglers', file);
  assert.deepEqual(messagesOf(read), []);
  return read.type === 'services' ? read.services : [];
}

for (const [keys, more] of composeCases) {
  test(keys.replace(COMMAND, '').split('\n').join(' | '), () =>
    assert.deepEqual(servicesOf(inService(keys)), [{ ...app, ...more }]),
  );
}

test('dependencies, as a list and as a map', () => {
  const services = servicesOf(`services:
  web:
    command: web
    depends_on: [cache, db]
  cache: {command: cache, depends_on: {db: {condition: service_healthy, restart: true}}}
  db: {command: db, healthcheck: {test: [CMD, probe]}}
  last:
    command: last
    depends_on:
      web: {condition: service_completed_successfully, required: false}
      none: {condition: service_started, required: false}
`);
  const one = { condition: 'started', isRequired: true };
  assert.deepEqual(
    services.map(({ dependsOn }) => dependsOn),
    [
      [
        { ...one, on: 1 },
        { ...one, on: 2 },
      ],
      [{ ...one, on: 2, condition: 'healthy' }],
      [],
      [{ on: 0, condition: 'completed', isRequired: false }],
    ],
  );
});

test('anchors and merges', () => {
  const [web, worker] = servicesOf(`
x-base: &base
  command: base
  restart: always
  environment: &variables {A: 1, B: 2}
services:
  web: {<<: *base, stop_signal: INT}
  worker:
    <<: *base
    command: worker
    environment: {<<: *variables, B: own}
`);
  assert.deepEqual([web?.words, web?.restart.when, web?.stopSignal], [['base'], 'always', 2]);
  assert.deepEqual(web?.surroundings.environment?.slice(3), ['A=1', 'B=2']);
  assert.deepEqual(worker?.words, ['worker']);
  assert.deepEqual(worker?.surroundings.environment?.slice(3), ['A=1', 'B=own']);
});

test('paths start from where the file is', () => {
  const [service] = servicesOf(inService(`${COMMAND}env_file: app.env`), '/srv/drainit.yml');
  assert.equal(service?.surroundings.environment?.at(-1), 'A=from /srv');
});

test('a file that several services need is read once', () => {
  const read: string[] = [];
  const readText = (path: string): string | null => {
    read.push(path);
    return files[path] ?? null;
  };
  const keys = '{command: app, user: app, env_file: [app.env, {path: none.env, required: false}]}';
  readStartFile('drainit.yaml', `services: {a: ${keys}, b: ${keys}}`, 'stragglers', world({ readText }));
  assert.deepEqual(read.toSorted(), ['/etc/group', '/etc/passwd', 'app.env', 'none.env']);
});

test('what is about the outside of the container is named once', () => {
  const read = readYaml(`
name: demo
version: "3"
volumes: {data: }
services:
  web: {command: web, image: nginx, ports: ["80:80"], environment: {A: $NONE}}
  db: {command: db, image: postgres, deploy: {replicas: 2}, working_dir: "\${NONE:-/srv}"}
`);
  assert.equal(
    read.type === 'services' ? read.notice : messagesOf(read),
    'drainit.yaml: passed over, since they are about the outside of a container: volumes, image, ports, deploy; not set, so empty: NONE',
  );
});

test('there is nothing to say about a file that has nothing of it', () => {
  const read = readYaml(inService(COMMAND));
  assert.equal(read.type === 'services' ? read.notice : messagesOf(read), null);
});

const SETTINGS =
  'x-drainit: {drain: 5s..20s, drain_signal: USR2, grace: 30s, pre_stop: ./hook && true, pre_stop_timeout: 3s}';

test('x-drainit has options, and what is asked for elsewhere is stronger', () => {
  const read = readYaml(`${SETTINGS}\n${inService(COMMAND)}`);
  const { options } = setupWith({});
  const settled = read.type === 'services' ? applySettings(options, read.settings) : options;
  const drain = { least: toMillis(5_000), most: toMillis(20_000) };
  const preStop = { commands: [{ words: ['/bin/sh', '-c', './hook && true'] }], limit: toMillis(3_000) };
  assert.deepEqual(settled, { ...options, drain, drainSignal: USR2, grace: 30_000, preStop });
  const given = { ...settled, drain: { least: toMillis(1), most: toMillis(1) }, grace: 'none' } as const;
  assert.deepEqual(read.type === 'services' ? applySettings(given, read.settings) : null, given);
});

test('the grace of the file is that of services without one, where none was asked for', () => {
  const text = `${SETTINGS}\nservices:\n  a: {command: a}\n  b: {command: b, stop_grace_period: 1s}\n`;
  const graceOf = (grace: Parameters<typeof readYaml>[1]): readonly unknown[] => {
    const read = readYaml(text, grace);
    return read.type === 'services' ? read.services.map((service) => service.grace) : messagesOf(read);
  };
  assert.deepEqual(graceOf('stragglers'), [30_000, 1_000]);
  assert.deepEqual(graceOf(toMillis(7)), [7, 1_000]);
});

test('bytes of UTF-8 are passed on as they are', () => {
  const bytes = (text: string): string => Buffer.from(text).toString('latin1');
  const text = bytes('\ufeffservices: {app: {command: [Äpp, "\\u20ac", ünd]}}');
  const read = readStartFile('drainit.yaml', text, 'stragglers', world({ hasByteStrings: true }));
  assert.deepEqual(
    read.type === 'services' ? read.services[0]?.words : messagesOf(read),
    ['Äpp', '€', 'ünd'].map(bytes),
  );
});
