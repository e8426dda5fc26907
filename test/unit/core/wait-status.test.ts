import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWaitStatus, stopSignalOf, toExitStatus } from '../../../src/core/wait-status.ts';

test('every exit status and every signal is decoded as wait(2) encodes it', () => {
  for (let code = 0; code <= 255; code += 1) {
    assert.equal(toExitStatus(decodeWaitStatus(code << 8)), code);
    assert.equal(stopSignalOf(code << 8), undefined);
  }
  for (let signal = 1; signal <= 64; signal += 1) {
    for (const coreDumped of [0, 0x80]) {
      assert.equal(toExitStatus(decodeWaitStatus(signal | coreDumped)), 128 + signal);
      assert.equal(stopSignalOf(signal | coreDumped), undefined);
    }
  }
});

test('a stop is no end', () => assert.equal(stopSignalOf((20 << 8) | 0x7f), 20));
