import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toMillis } from '../../../src/core/ids.ts';
import { longestStop } from '../../../src/core/services/longest-stop.ts';
import type { Service } from '../../../src/core/services/service.ts';
import { service } from '../../helpers/core.ts';
import { after } from '../../helpers/services.ts';

const withGrace = (name: string, grace: number, more: Partial<Service> = {}): Service =>
  service(name, { grace: toMillis(grace), ...more });

for (const [name, services, longest] of [
  ['one takes its grace period', [withGrace('a', 5)], 5],
  ['what depends on nothing stops at the same time', [withGrace('a', 5), withGrace('b', 7)], 7],
  [
    'each waits for those that depend on it',
    [withGrace('db', 5), withGrace('web', 7, { dependsOn: [after(0)] }), withGrace('log', 9)],
    12,
  ],
  ['hooks have as long once more', [withGrace('a', 5, { preStop: [{ words: ['x'] }, { words: ['y'] }] })], 10],
  ['one without a grace period takes as long as it likes', [withGrace('a', 5), service('b')], null],
] as const) {
  test(name, () => assert.equal(longestStop(services), longest));
}
