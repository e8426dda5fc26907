/** Compiles the C programs of test/fixtures to build/test: static, so that they run in an empty root too. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { main, run } from './run.ts';

const root = path.dirname(import.meta.dirname);
const sources = path.join(root, 'test/fixtures');
const target = path.join(root, 'build/test');

const isNewer = (file: string, than: string): boolean =>
  statSync(file).mtimeMs > (statSync(than, { throwIfNoEntry: false })?.mtimeMs ?? 0);

await main(() => {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(sources).filter((file) => file.endsWith('.c'))) {
    const [source, program] = [path.join(sources, name), path.join(target, name.slice(0, -2))];
    if (isNewer(source, program))
      run('musl-gcc', ['-O1', '-static', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
  }
});
