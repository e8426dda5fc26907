/** The inflate of the native binary, under AddressSanitizer and UndefinedBehaviorSanitizer where there is a compiler. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';

const folder = mkdtempSync(path.join(tmpdir(), 'drainit-inflate-'));
after(() => rmSync(folder, { recursive: true }));

const source = new URL('../../fixtures/unpack.c', import.meta.url).pathname;
const program = path.join(folder, 'unpack');
const compiler = spawnSync('gcc', [
  '-O1',
  '-g',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover',
  '-o',
  program,
  source,
]);
const skip = compiler.error === undefined ? false : 'no gcc here: the Debian package gcc';

const unpack = (input: Uint8Array, size: number) => spawnSync(program, [String(size)], { input, maxBuffer: 1 << 24 });

const text = readFileSync(source);
/** The same numbers in each run. */
const noise = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * index * 7 + (index >> 3) * 31) & 255));
const contents = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('a'),
  text,
  noise,
  runs: Buffer.alloc(80_000, 'ab'),
};

test('what zlib deflates in any way comes out as it was', { skip }, () => {
  assert.equal(compiler.status, 0, compiler.stderr?.toString());
  const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
  for (const [name, bytes] of Object.entries(contents)) {
    for (const level of [0, 1, 9]) {
      for (const strategy of [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE]) {
        const { status, stdout } = unpack(deflateRawSync(bytes, { level, strategy }), bytes.length);
        assert.equal(status, 0, `${name}, level ${level}, strategy ${strategy}`);
        assert.ok(stdout.equals(bytes), `${name}, level ${level}, strategy ${strategy}`);
      }
    }
  }
});

test('damaged input is refused or comes out wrong, and touches no other memory', { skip }, () => {
  const deflated = deflateRawSync(text, { level: 9 });
  for (let round = 0; round < 30; round += 1) {
    const damaged = Buffer.from(deflated.subarray(0, round % 3 === 0 ? (round * 17) % deflated.length : undefined));
    for (let change = 0; change <= round % 4 && damaged.length > 0; change += 1) {
      damaged[(round * 131 + change * 977) % damaged.length] = (round * 59 + change * 7) & 255;
    }
    const { status, stderr } = unpack(damaged, text.length);
    assert.ok(status === 0 || status === 1, stderr.toString());
    assert.equal(stderr.length, 0, stderr.toString());
  }
});
