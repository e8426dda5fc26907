/** The package as npm packs it, installed into an empty project: its command on both hosts, its library, its types. */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { oldNode } from '../helpers/old-node.ts';
import { root } from '../helpers/staged.ts';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const LARGEST = 2_800_000;

const project = mkdtempSync(path.join(tmpdir(), 'drainit-package-'));
let packed: Packed = { filename: '', size: 0, unpackedSize: 0, files: [] };

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
}

function runWell(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = run(command, args);
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

const tool = (name: string): string => path.join(root, 'node_modules/.bin', name);
const tarball = (): string => path.join(project, packed.filename);

before(() => {
  const json = runWell('npm', ['pack', root, '--json', '--pack-destination', project]);
  [packed = packed] = JSON.parse(json.slice(json.indexOf('['))) as readonly Packed[];
  writeFileSync(path.join(project, 'package.json'), '{ "private": true, "type": "module" }');
  runWell('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball()]);
});

after(() => rmSync(project, { recursive: true, force: true }));

test('it has what it needs, and nothing large', (t) => {
  const names = packed.files.map((file) => file.path);
  for (const name of ['README.md', 'LICENSE', 'bin/drainit.js', 'dist/drainit', 'dist/node.cjs', 'dist/index.js']) {
    assert.ok(names.includes(name), `${name} is missing`);
  }
  assert.deepEqual(
    names.filter((name) => /\.map$|drainit-node|\.key$|^src|^test/.test(name)),
    [],
  );
  t.diagnostic(`${packed.size} bytes, unpacked ${packed.unpackedSize}, ${names.length} files`);
  assert.ok(packed.unpackedSize < LARGEST, `${packed.unpackedSize} bytes`);
});

test('publint and attw have nothing to say', () => {
  runWell(tool('publint'), [tarball(), '--strict']);
  runWell(tool('attw'), [tarball(), '--profile', 'esm-only', '--no-color']);
});

for (const host of ['', 'native', 'node']) {
  test(`the command works${host === '' ? '' : ` with DRAINIT_HOST=${host}`}`, () => {
    const args = ['--offline', 'drainit', '--', 'sh', '-c', 'echo out; exit 3'];
    const { status, stdout, stderr } = run('npx', args, { DRAINIT_HOST: host });
    assert.deepEqual({ status, stdout, stderr }, { status: 3, stdout: 'out\n', stderr: '' });
  });
}

test('a native binary for another machine is passed over', () => {
  const folder = path.join(project, 'node_modules/drainit/dist');
  const [own, aside] = [path.join(folder, 'drainit'), path.join(folder, 'aside')];
  renameSync(own, aside);
  try {
    // As this machine sees the other one's: e_machine of elf(5).
    const foreign = readFileSync(aside);
    foreign.writeUInt16LE(0xffff, 18);
    writeFileSync(own, foreign, { mode: 0o755 });
    const args = ['--offline', 'drainit', '--', 'sh', '-c', 'exit 3'];
    const passedOver = run('npx', args);
    assert.deepEqual([passedOver.status, passedOver.stderr], [3, '']);
    const { status, stderr } = run('npx', args, { DRAINIT_HOST: 'native' });
    assert.equal(status, 1);
    assert.match(stderr, /^drainit: cannot start .*\/drainit: it is no program for linux on \w+\n$/);
  } finally {
    renameSync(aside, own);
  }
});

const skip = oldNode === undefined ? 'missing: a Node without process.execve (Debian package nodejs)' : false;

test('an old Node stays in front of the native binary, and passes on signals and the status', { skip }, async () => {
  const command = path.join(project, 'node_modules/drainit/bin/drainit.js');
  const script = `trap 'exit 7' TERM; echo ready; while :; do sleep 0.02; done`;
  const child = spawn(oldNode ?? '', [command, '--', 'bash', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [7, null]);
  const { status, stderr } = run(oldNode ?? '', [command, '--', 'true'], { DRAINIT_HOST: 'node' });
  assert.equal(status, 1);
  assert.match(stderr, /^drainit: this is Node \d+\.\d+\.\d+, and as its host Node has to be 22 or later\n$/);
});

const examples = Array.from(
  readFileSync(path.join(root, 'docs/library.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms),
  ([, text = '']) => text,
);

test('the examples of docs/library.md run, with the types of the package', () => {
  const [first = '', second = '', third = ''] = examples;
  const files = {
    'first.ts': first,
    'second.ts': second,
    'third.ts': `${third}\nsetTimeout(() => process.kill(process.pid, 'SIGTERM'), 100);`,
    'types.ts': readFileSync(path.join(root, 'test/package/types.ts'), 'utf8').replace(/'[^']*index\.ts'/, "'drainit'"),
    'start.sh': 'kill -TERM $PPID; sleep 1000 & wait',
    'server.js': `import { createServer } from 'node:http';\ncreateServer().listen(0);`,
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2024', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      },
    }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(project, name), text, { mode: 0o755 });
  mkdirSync(path.join(project, 'node_modules/@types'));
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(path.join(root, 'node_modules', name), path.join(project, 'node_modules', name));
  }
  runWell(tool('tsc'), ['-p', project]);
  const { status, stdout } = run(process.execPath, ['first.ts']);
  assert.equal(status, 143);
  assert.match(stdout, /^sent SIGTERM to /);
  assert.equal(runWell(process.execPath, ['second.ts']), 'true\n');
  const lines = 'no more requests are accepted\nthe last connection has ended\n';
  assert.equal(runWell(process.execPath, ['third.ts']), lines);
});

for (const format of ['esm', 'cjs'] as const) {
  test(`the library can be bundled: ${format}`, () => {
    const code = `import { drainable, supervise } from 'drainit';
      supervise(['sh', '-c', 'exit 4']).outcome.then(({ exitStatus }) => console.log(typeof drainable, exitStatus));`;
    writeFileSync(path.join(project, 'bundle-me.js'), code);
    const [folder, file] = [path.join(project, 'bundle'), `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`];
    mkdirSync(folder, { recursive: true });
    const args = ['--bundle', '--platform=node', `--format=${format}`, '--log-level=warning'];
    const { status, stderr } = run(tool('esbuild'), ['bundle-me.js', ...args, `--outfile=${path.join(folder, file)}`]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    // Where nothing else of the package is.
    const alone = mkdtempSync(path.join(tmpdir(), 'drainit-bundle-'));
    renameSync(path.join(folder, file), path.join(alone, file));
    try {
      assert.equal(runWell(process.execPath, [path.join(alone, file)]), 'function 4\n');
    } finally {
      rmSync(alone, { recursive: true });
    }
  });
}

test('importing the library loads little, and an old Node says what it lacks', { skip }, () => {
  const code = `const { supervise } = await import('drainit'); try { supervise(['true']) } catch (e) { console.log(e.message) }`;
  const { stdout } = run(oldNode ?? '', ['--input-type=module', '-e', code]);
  assert.match(stdout, /^supervise: this is Node \d+\.\d+\.\d+, and it has to be 22 or later\n$/);
});
