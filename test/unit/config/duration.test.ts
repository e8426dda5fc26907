import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../../src/config/duration.ts';

const cases: readonly (readonly [text: string, millis: number | undefined])[] = [
  ['10', 10_000],
  ['0', 0],
  ['1.5', 1_500],
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1h5m30s20ms', 3_930_020],
  ['2000us', 2],
  ['0.5m', 30_000],
  ['', undefined],
  ['s', undefined],
  ['10 s', undefined],
  ['-1s', undefined],
  ['1x', undefined],
  ['1m30', undefined],
  ['1..5s', undefined],
  ['.5s', undefined],
  ['5.', undefined],
  ['1e3', undefined],
  ['fast', undefined],
  ['9'.repeat(400), undefined],
  ['1constructor', undefined],
];
for (const [text, millis] of cases) {
  test(`'${text.slice(0, 20)}' is ${millis ?? 'no duration'}`, () => assert.equal(parseDuration(text), millis));
}
