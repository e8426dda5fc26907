import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { toSignal } from '../../../src/core/ids.ts';
import { nameSignal, parseSignal } from '../../../src/core/signal.ts';

test('names agree with those of the system', () => {
  for (const [name, number] of Object.entries(os.constants.signals)) {
    assert.equal(parseSignal(name), number, name);
  }
});

test('every signal from 1 to 64 is read back from its name', () => {
  for (let number = 1; number <= 64; number += 1) {
    const name = nameSignal(toSignal(number));
    if (name.startsWith('SIG')) assert.equal(parseSignal(name), number, name);
    assert.equal(parseSignal(String(number)), number);
  }
});

const cases: readonly (readonly [text: string, expected: number | undefined])[] = [
  ['TERM', 15],
  ['sigterm', 15],
  ['RTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['RTMIN+30', 64],
  ['RTMIN+31', undefined],
  ['RTMAX', 64],
  ['RTMAX-1', 63],
  ['RTMIN-1', undefined],
  ['RTMAX+1', undefined],
  ['RTMIN+', undefined],
  ['RTMIN+x', undefined],
  ['CLD', 17],
  ['0', undefined],
  ['65', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['', undefined],
  ['SIG', undefined],
  ['TERMX', undefined],
  ['__proto__', undefined],
  ['constructor', undefined],
];
for (const [text, expected] of cases) {
  test(`'${text}' is ${expected ?? 'no signal'}`, () => assert.equal(parseSignal(text), expected));
}
