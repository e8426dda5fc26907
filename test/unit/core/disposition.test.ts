import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toSignal } from '../../../src/core/ids.ts';
import {
  type SignalSets,
  canActOn,
  catchesStop,
  hasBit,
  hasSignal,
  isInteractive,
  trapsRelayed,
} from '../../../src/core/disposition.ts';
import type { ShellName } from '../../../src/core/program.ts';
import { HUP, TERM, WINCH } from '../../../src/core/signal.ts';

const sets = (more: Partial<SignalSets>): SignalSets => ({
  caught: '0000000000000000',
  ignored: '0000000000000000',
  blocked: '0000000000000000',
  pending: [],
  isNamespaceInit: false,
  ...more,
});

/** The same set as /proc/PID/stat has it: the signals 1 to 31. */
const bits = (hex: string): number => Number.parseInt(hex, 16) & 0x7fff_ffff;

test('each of the 64 bits is its signal', () => {
  for (let number = 1; number <= 64; number += 1) {
    const mask = (1n << BigInt(number - 1)).toString(16).padStart(16, '0');
    for (let other = 1; other <= 64; other += 1) {
      assert.equal(hasSignal(mask, toSignal(other)), other === number);
      if (number < 32) assert.equal(hasBit(bits(mask), toSignal(other)), other === number);
    }
  }
  assert.equal(hasSignal('', TERM), false);
});

// SigCgt of real shells in `P & wait`, as /proc shows it.
const shells: readonly (readonly [name: ShellName, script: string, caught: string, stop: boolean, hup: boolean])[] = [
  ['bash', 'no trap', '0000000000010000', false, false],
  ['bash', 'trap TERM', '0000000000014000', true, false],
  ['bash', 'trap EXIT', '0000000043817ef9', true, false],
  ['bash', 'trap INT', '0000000000010000', false, false],
  ['bash', 'trap HUP', '0000000000010001', false, true],
  ['dash', 'no trap', '0000000000010000', false, false],
  ['dash', 'trap TERM', '0000000000014000', true, false],
  ['ash', 'trap HUP', '0000000000010001', false, true],
  ['zsh', 'no trap', '0000000008010001', false, false],
  ['zsh', 'trap TERM', '0000000008014001', true, false],
  ['mksh', 'no trap', '0000000008016001', false, false],
];
for (const [name, script, caught, stop, hup] of shells) {
  test(`${name}, ${script}: ${stop ? 'catches' : 'does not catch'} TERM, ${hup ? 'catches' : 'does not catch'} HUP`, () => {
    assert.equal(catchesStop(name, bits(caught)), stop);
    assert.equal(hasBit(bits(caught), HUP) && trapsRelayed(name, bits(caught), HUP), hup);
  });
}

test('WINCH that zsh and mksh catch for themselves is no trap', () => {
  assert.equal(trapsRelayed('zsh', bits('0000000008010001'), WINCH), false);
});

test('a shell with job control is interactive, one with an ignored TERM is not', () => {
  assert.equal(isInteractive(bits('0000000000384004')), true);
  assert.equal(isInteractive(bits('0000000000004006')), false);
});

test('who can act on TERM', () => {
  const term = '0000000000004000';
  assert.equal(canActOn(sets({}), TERM), true, 'the default is to end');
  assert.equal(canActOn(sets({ caught: term }), TERM), true);
  assert.equal(canActOn(sets({ ignored: term }), TERM), false);
  assert.equal(canActOn(sets({ isNamespaceInit: true }), TERM), false);
  assert.equal(canActOn(sets({ isNamespaceInit: true, caught: term }), TERM), true);
  assert.equal(canActOn(sets({ isNamespaceInit: true, blocked: term }), TERM), true, 'sigwait');
  assert.equal(canActOn(sets({ blocked: term, pending: ['0', term] }), TERM), false);
});
