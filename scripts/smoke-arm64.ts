/**
 * Runs conformance tests over the binary for arm64, under qemu-user. Not all of them: the emulator has real-time signals of
 * other numbers, and starts programs by fork where the kernel has vfork, so that what went wrong is not known.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const FILES = ['start-scripts', 'zombies', 'ending', 'drain', 'compose', 'prefix'];

const root = path.dirname(import.meta.dirname);

if (!existsSync(path.join(root, 'dist/drainit-arm64'))) {
  console.error('arm64: not tried, since it was not built');
  // What a machine of our own can do is to stay tested.
  process.exit(process.env['CI'] === 'true' && process.arch === 'x64' ? 1 : 0);
}

const files = FILES.map((name) => `test/conformance/${name}.test.ts`);
const env = { ...process.env, DRAINIT_SUBJECTS: 'arm64' };
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...files], {
  cwd: root,
  env,
  stdio: 'inherit',
});
process.exit(status ?? 1);
