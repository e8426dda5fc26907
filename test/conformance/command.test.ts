/** The command of the npm package where it cannot become the native binary as a rule has it. */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { describeErrno } from '../../src/node/runnable.ts';
import { evaluateIn, otherNodes } from '../helpers/old-node.ts';
import { root, subjects } from '../helpers/subjects.ts';
import { TerminalWorld } from '../helpers/terminal.ts';
import { World, program } from '../helpers/world.ts';

const native = path.join(root, 'dist/drainit');

interface Trouble {
  /** What is in the place of the native binary. */
  readonly file: Buffer;
  /** Somebody writes to it: execve(2) says ETXTBSY. */
  readonly isBusy?: boolean;
  /** Not executable by anyone. */
  readonly mode?: number;
  /** A part of what is said of it. */
  readonly says: string;
  /** It is only said where it is asked for. */
  readonly isQuiet?: boolean;
}

/** A binary of another machine: e_machine of elf(5). */
function makeForeign(): Buffer {
  const foreign = readFileSync(native);
  foreign.writeUInt16LE(0xffff, 18);
  return foreign;
}

const troubles: Readonly<Record<string, Trouble>> = {
  'is of another machine': { file: makeForeign(), says: 'it is no program for', isQuiet: true },
  'ends in its header': { file: readFileSync(native).subarray(0, 30), says: 'a part of it is missing' },
  'ends in its code': { file: readFileSync(native).subarray(0, 600_000), says: 'a part of it is missing' },
  'is a script': { file: Buffer.from(`#!/bin/sh\nexit 99\n${' '.repeat(64)}`), says: 'it is no ELF file' },
  'is being written to': { file: readFileSync(native), isBusy: true, says: '' },
  'is not executable': { file: readFileSync(native), mode: 0o644, says: 'EACCES' },
};

/** Runs the command of a package whose native binary has this trouble. */
function runIn(
  { file, isBusy = false, mode = 0o755 }: Trouble,
  node: string,
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'drainit-command-'));
  const binary = path.join(folder, 'dist/drainit');
  try {
    mkdirSync(path.dirname(binary));
    cpSync(path.join(root, 'bin'), path.join(folder, 'bin'), { recursive: true });
    for (const name of ['launch.cjs', 'node.cjs'])
      cpSync(path.join(root, 'dist', name), path.join(folder, 'dist', name));
    writeFileSync(binary, file, { mode });
    const fd = isBusy ? openSync(binary, 'r+') : null;
    const args = [path.join(folder, 'bin/drainit.js'), '--', 'sh', '-c', 'echo out; exit 3'];
    const result = spawnSync(node, args, { encoding: 'utf8', env: { ...process.env, ...env } });
    if (fd !== null) closeSync(fd);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a Node of this version says where it is the host. */
function expectedOf(major: number): { readonly status: number; readonly stdout: string; readonly says: RegExp } {
  if (major < 22)
    return { status: 1, stdout: '', says: /^drainit: this is Node .*, and as its host Node has to be .*\n$/ };
  return { status: 3, stdout: 'out\n', says: major < 26 ? /^drainit: no C library .*\n$/ : /^$/ };
}

if (subjects.some(({ name }) => name === 'command')) {
  for (const node of [process.execPath, ...otherNodes]) {
    const version = evaluateIn(node, 'process.version');

    for (const [what, trouble] of Object.entries(troubles)) {
      test(`${version}: the native binary ${what}: Node is the host`, () => {
        const { status, stdout, stderr } = runIn(trouble, node);
        const expected = expectedOf(Number.parseInt(version.slice(1), 10));
        const lines = stderr.split(/(?<=\n)/);
        if (trouble.isQuiet !== true) {
          const warning = new RegExp(`^drainit: cannot start /.*/drainit: .*${trouble.says}.*; staying on Node\n$`);
          assert.match(lines.shift() ?? '', warning);
        }
        assert.match(lines.join(''), expected.says);
        assert.deepEqual({ status, stdout }, { status: expected.status, stdout: expected.stdout });
      });

      test(`${version}: the native binary ${what}, and is asked for`, () => {
        const { status, stdout, stderr } = runIn(trouble, node, { DRAINIT_HOST: 'native' });
        assert.match(stderr, new RegExp(`^drainit: cannot start /.*/drainit: .*${trouble.says}.*\n$`));
        assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
      });
    }

    test(`${version}: a DRAINIT_HOST that is none`, () => {
      const { status, stderr } = runIn({ file: readFileSync(native), says: '' }, node, { DRAINIT_HOST: 'deno' });
      assert.deepEqual([status, stderr], [1, "drainit: DRAINIT_HOST is 'deno': write native or node\n"]);
    });
  }

  test('every reason that Node gives is one that the native binary has', () => {
    const texts = new Set(readFileSync(native, 'latin1').split('\0'));
    const missing = Object.values(constants.errno)
      .map(describeErrno)
      .filter((text) => !texts.has(text));
    assert.deepEqual(missing, []);
  });

  const [node = '', launcher = ''] = subjects.find(({ name }) => name === 'command')?.command ?? [];

  test('--permission lets nothing be started: one says so', () => {
    const { status, stderr } = spawnSync(node, ['--permission', '--allow-fs-read=*', launcher, '--', 'true'], {
      encoding: 'utf8',
    });
    assert.equal(status, 126);
    assert.match(
      stderr,
      /^drainit: cannot start .*; staying on Node\ndrainit: no C library .*\ndrainit: cannot start 'true': Operation not permitted\b.*\n$/,
    );
  });

  test('without node:ffi the command says that it cannot pass on what LISTEN_FDS counts, and nobody is misled', () => {
    const script = 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$@"';
    const words = ['-c', script, 'sh', node, '--no-experimental-ffi', launcher, '--', 'sh', '-c', 'env | grep LISTEN'];
    const { status, stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
    assert.match(stderr, /^drainit: LISTEN_FDS is left out: Node .* cannot pass descriptors on\n$/);
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
  });

  for (const [library, mask] of [
    ['with', '0000000000000000'],
    ['without', '0000000000000200'],
  ] as const) {
    test(`--disable-sigusr1, ${library} node:ffi: what of it is left in the programs`, () => {
      const flags = ['--disable-sigusr1', ...(library === 'with' ? [] : ['--no-experimental-ffi'])];
      const words = [...flags, launcher, '--', 'grep', 'SigBlk', '/proc/self/status'];
      assert.equal(spawnSync(node, words, { encoding: 'utf8' }).stdout, `SigBlk:\t${mask}\n`);
    });
  }
}

for (const subject of subjects.filter(({ name }) => name === 'front')) {
  test('in front, without a terminal: a signal to the process group comes once, and ends no drain', async () => {
    const scene = { run: [program, 'main'], before: ['setsid'], options: ['--drain', '500ms'], isPlain: true };
    await using world = new World(subject, scene);
    await world.has('main ready');
    const begin = performance.now();
    process.kill(-world.init, 'SIGTERM');
    assert.equal((await world.end()).status, 0);
    assert.equal(world.count('main got 15'), 1, world.describe());
    assert.ok(performance.now() - begin >= 500, 'a second one ends the drain at once');
  });

  test('in front, on a terminal: a signal to the process group of a job may come twice, and end the drain', async () => {
    await using world = new TerminalWorld(subject, { as: 'job' });
    world.enter('$D -v --drain 1h -- $P main &');
    await world.has('main ready');
    const node = world.findDrainit();
    // Otherwise the second one may come before the first has been looked at, and they are one.
    process.kill(node, 'SIGSTOP');
    process.kill(-node, 'SIGTERM');
    await world.until('the first has come', () => world.stdout.includes('received SIGTERM'));
    process.kill(node, 'SIGCONT');
    await world.has('main got 15', 'main done');
  });

  test('in front: descriptors that LISTEN_FDS counts are not passed on, and one says so', async () => {
    const before = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$@"', 'sh'];
    const run = ['sh', '-c', 'env | grep LISTEN'];
    await using world = new World(subject, { run, before });
    assert.equal((await world.end()).status, 1, world.describe());
    assert.match(world.stderr, /^drainit: LISTEN_FDS is left out: Node .* cannot pass descriptors on\n$/);
    assert.equal(world.stdout, '');
  });

  test('in front: real-time signals are not passed on', async () => {
    await using world = new World(subject, { run: [program, 'main'] });
    await world.has('main ready');
    world.signal(37);
    world.signal('SIGUSR1');
    await world.has('main got 10');
    assert.equal(world.count('main got 37'), 0, world.describe());
  });

  test('in front, as PID 1: the programs of a script are told once', async () => {
    await using world = new World(subject, { run: 'P one --drain 50 & P two --drain 50 & wait' });
    await world.has('one ready', 'two ready');
    world.signal('SIGTERM');
    assert.equal((await world.end()).status, 0);
    for (const name of ['one', 'two']) assert.equal(world.count(`${name} got 15`), 1, world.describe());
  });
}
