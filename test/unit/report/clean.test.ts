import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanBytes, cleanText } from '../../../src/report/clean.ts';

/** A character for each byte, as the native host has its texts. */
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');
const textOf = (bytes: string): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));

for (const [text, clean] of [
  ['nginx (7)\n', 'nginx (7)\n'],
  ['café 日本 🐳', 'café 日本 🐳'],
  ['a\x1b[31m\r\t\x7f', 'a?[31m???'],
  ['c1 \u0085\u009b', 'c1 ??'],
  ['gpj.\u202Eexe \u2066x\u2069 \u200F\u061C', 'gpj.?exe ?x? ??'],
  ['line\u2028s\u2029', 'line?s?'],
] as const) {
  test(`${JSON.stringify(text)}: the same on both hosts`, () => {
    assert.equal(cleanText(text), clean);
    assert.equal(textOf(cleanBytes(bytesOf(text))), clean);
  });
}

for (const [name, bytes] of [
  ['a byte alone', '\xff'],
  ['a name cut in the middle of a character', 'caf\xc3'],
  ['a continuation without a beginning', '\xa9x'],
  ['a longer form', '\xc0\xaf'],
  ['half of a surrogate pair', '\xed\xa0\x80'],
  ['beyond Unicode', '\xf4\x90\x80\x80'],
] as const) {
  test(`${name} is replaced`, () => assert.match(cleanBytes(bytes), /^[?a-z]+$/));
}

test('half of a pair is replaced in a text, too', () => assert.equal(cleanText('a\ud83dx'), 'a?x'));

test('whatever the bytes are, UTF-8 comes of it, and what was clean stays', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const clean = cleanBytes(Buffer.from(bytes).toString('latin1'));
      assert.equal(cleanText(textOf(clean)), textOf(clean));
      assert.equal(cleanBytes(clean), clean);
    }),
    { numRuns: 2_000 },
  );
});
