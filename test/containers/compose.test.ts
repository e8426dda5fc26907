/** docker-examples/compose by podman-compose. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { load } from 'js-yaml';
import { isProgram } from '../../scripts/run.ts';
import { Container } from '../helpers/containers/container.ts';
import { build, exampleFolder } from '../helpers/containers/images.ts';
import { Segment } from '../helpers/containers/segment.ts';
import { cache, storeOptions } from '../helpers/containers/tools.ts';

const file = path.join(exampleFolder('compose'), 'compose.yaml');

interface Compose {
  readonly services: { readonly web: { readonly stop_grace_period: string; readonly init: boolean } };
}

const skip = isProgram('podman-compose') ? false : 'missing: podman-compose';

/** What podman-compose takes for podman, which has no options for a store of its own. */
function writePodman(): string {
  const command = path.join(cache, 'podman');
  writeFileSync(command, `#!/bin/sh\nexec podman ${storeOptions().join(' ')} "$@"\n`);
  chmodSync(command, 0o755);
  return command;
}

describe('compose', { concurrency: false, skip }, () => {
  let segment: Segment;
  before(async () => {
    segment = await Segment.make();
    await build('compose-web', exampleFolder('compose'));
  });
  after(async () => segment[Symbol.asyncDispose]());

  test('up, a request in flight, down', async () => {
    const { web } = (load(readFileSync(file, 'utf8')) as Compose).services;
    assert.deepEqual([web.init, web.stop_grace_period], [false, '35s']);
    const project = ['--podman-path', writePodman(), '-p', 'example', '-f', file];
    const up = await segment.run('podman-compose', [...project, 'up', '--detach', '--no-build']);
    assert.equal(up.status, 0, up.stdout + up.stderr);
    const container = new Container(segment, 'example_web_1');
    await container.untilAnswers(8080);
    assert.equal((await container.init())?.program, '/drainit');

    const answer = container.request(8080, '/slow');
    await container.untilConnected([8080]);
    const follower = segment.run('podman', [...storeOptions(), 'logs', '--follow', container.name]);
    const down = await segment.run('podman-compose', [...project, 'down']);
    assert.equal(down.status, 0, down.stdout + down.stderr);
    assert.equal(await answer, 'hello\n');
    assert.match((await follower).stdout, /web: ready\nweb: finished\n$/);
  });
});
