import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUptime } from '../../../src/host/proc-format.ts';

test('the uptime is in ticks, exactly', () => {
  for (let ticks = 0; ticks < 200_000; ticks += 1) {
    const text = `${Math.floor(ticks / 100)}.${String(ticks % 100).padStart(2, '0')} 1234.56\n`;
    assert.equal(parseUptime(text), ticks);
  }
});
