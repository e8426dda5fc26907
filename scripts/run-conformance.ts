/** Runs the conformance tests that fit a build which is not for every day: `node scripts/run-conformance.ts arm64`. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const folder = 'test/conformance';
const all = readdirSync(path.join(root, folder)).map((name) => name.slice(0, -'.test.ts'.length));

interface Build {
  readonly binary: string;
  readonly files: readonly string[];
}

/** Under qemu-user, which has real-time signals of other numbers, and starts programs by fork where the kernel has vfork. */
const ARM64 = ['start-scripts', 'zombies', 'ending', 'drain', 'compose', 'prefix'];

/** The sanitizers need /proc, much memory, their own handler of SEGV, and time to start. */
const NOT_SANITIZED = new Set(['bare', 'boot-race', 'inheritance', 'limits', 'no-proc']);

const builds: Readonly<Record<string, Build>> = {
  arm64: { binary: 'dist/drainit-arm64', files: ARM64 },
  sanitized: { binary: 'build/drainit-sanitized', files: all.filter((name) => !NOT_SANITIZED.has(name)) },
};

const subject = process.argv[2] ?? '';
const build = builds[subject];
if (build === undefined) {
  console.error(`'${subject}' is no such build: write one of ${Object.keys(builds).join(', ')}`);
  process.exit(1);
}
if (!existsSync(path.join(root, build.binary))) {
  console.error(`${subject}: not tried, since ${build.binary} was not built`);
  // What a machine of our own can do is to stay tested.
  process.exit(process.env['CI'] === 'true' && process.arch === 'x64' ? 1 : 0);
}
const files = build.files.map((name) => `${folder}/${name}.test.ts`);
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...files], {
  cwd: root,
  env: { ...process.env, DRAINIT_SUBJECTS: subject },
  stdio: 'inherit',
});
process.exit(status ?? 1);
