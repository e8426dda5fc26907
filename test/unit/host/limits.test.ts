import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { renderLimits } from '../../../scripts/render-limits.ts';
import { limits } from '../../../src/host/limits.ts';

const root = path.resolve(import.meta.dirname, '../../..');

test('the README has the table of the limits as it is printed', () => {
  assert.ok(readFileSync(path.join(root, 'README.md'), 'utf8').includes(renderLimits()), 'npm run --silent limits');
});

test('each limit has an id of its own', () => {
  assert.equal(new Set(limits.map(({ id }) => id)).size, limits.length);
});
