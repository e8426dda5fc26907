/** supervise() on macOS, as far as Linux can play that: its C library is left alone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '../../..');
const library = pathToFileURL(path.join(root, 'src/library/supervise.ts')).href;

test('the program is waited for, and nothing is said of children that are not there', () => {
  const code = `
const { supervise } = await import('${library}');
const supervised = supervise(['sh', '-c', 'sleep 0.2; exit 3']);
supervised.on('warning', ({ message }) => console.log(message));
console.log((await supervised.outcome).exitStatus);`;
  const words = ['--require', path.join(root, 'test/fixtures/darwin.cjs'), '--input-type=module', '-e', code];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.match(stdout, /^cannot become a subreaper: .*\n3\n$/);
});
