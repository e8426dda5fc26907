import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWaitStatus, toExitStatus } from '../../../src/core/wait-status.ts';

test('every exit status and every signal is decoded as wait(2) encodes it', () => {
  for (let code = 0; code <= 255; code += 1) {
    const { ended } = decodeWaitStatus(code << 8);
    assert.ok(ended);
    assert.equal(toExitStatus(ended), code);
  }
  for (let signal = 1; signal <= 64; signal += 1) {
    for (const coreDumped of [0, 0x80]) {
      const { ended } = decodeWaitStatus(signal | coreDumped);
      assert.ok(ended);
      assert.equal(toExitStatus(ended), 128 + signal);
    }
  }
});

test('a stop is no end', () => assert.deepEqual(decodeWaitStatus((20 << 8) | 0x7f), { stoppedBy: 20 }));
