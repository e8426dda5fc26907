/**
 * Chooses the host. Kept apart from both and small: it is all that runs of Node where a native binary takes over. It
 * is built as CommonJS, which Node starts a millisecond faster.
 */
import type { ChildProcess } from 'node:child_process';
import { accessSync, closeSync, constants as fs, openSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { loadLibc } from './libc.ts';
import { LEFT_OUT } from './signals.ts';

const USAGE_ERROR = 1;

/** What execa needs. The C library is there from 26 on (`node:ffi`). */
const OLDEST_NODE = 22;

/** Ignored by Node itself: libuv and V8 want them out of the way. */
const IGNORED_BY_NODE = ['SIGPIPE', 'SIGXFSZ'] as const;

function canRun(file: string): boolean {
  try {
    accessSync(file, fs.X_OK);
    return isForThisMachine(file);
  } catch {
    return false;
  }
}

/** elf(5): the magic number, and e_machine, by Node's names of architectures. */
const ELF_MAGIC = 0x7f45_4c46;
const ELF_MACHINE_AT = 18;
const ELF_HEAD = 20;
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** Whether it is a program for this machine: the npm package has one for each architecture. */
function isForThisMachine(file: string): boolean {
  const head = Buffer.alloc(ELF_HEAD);
  const fd = openSync(file, 'r');
  readSync(fd, head);
  closeSync(fd);
  return head.readUInt32BE(0) === ELF_MAGIC && head.readUInt16LE(ELF_MACHINE_AT) === MACHINES[process.arch];
}

/** How many descriptors from 3 on we were given: sd_listen_fds(3). Of others nobody says which are Node's own. */
const countListening = (): number =>
  process.env['LISTEN_PID'] === String(process.pid) ? Number(process.env['LISTEN_FDS'] ?? 0) : 0;

/** Node leaves it blocked under this option, also for what it becomes. */
const isUsr1Blocked = (): boolean =>
  [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((words) => words.includes('--disable-sigusr1'));

/** What only the C library can do, and takes a millisecond and a half to load for. */
function prepare(listening: number): void {
  const libc = loadLibc();
  if (typeof libc === 'string') return;
  for (let fd = 3; fd < 3 + listening; fd += 1) libc.keepOnExec(fd);
  libc.unblock(constants.signals.SIGUSR1);
}

/** Replaces this process by the native binary. Returns where that cannot be done. */
function become(native: string, words: readonly string[]): void {
  if (typeof process.execve !== 'function') return;
  // What is caught has its default again after an exec: execve(2).
  for (const signal of IGNORED_BY_NODE) process.on(signal, () => undefined);
  const listening = countListening();
  if (listening > 0 || isUsr1Blocked()) prepare(listening);
  try {
    process.execve(native, words, process.env);
  } catch {
    // Not on this system, or not permitted: as on a Node without it.
  }
}

/** The Node host, where this Node is new enough for it. */
function runOnNode(): void {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE) {
    writeSync(
      2,
      `drainit: this is Node ${process.versions.node}, and as its host Node has to be ${OLDEST_NODE} or later\n`,
    );
    process.exit(USAGE_ERROR);
  }
  createRequire(__filename)('./node.cjs');
}

/** The native binary cannot be started after all. */
function stepIn(native: string, message: string): void {
  if (process.env['DRAINIT_HOST'] === 'native') {
    writeSync(2, `drainit: cannot start ${native}: ${message}\n`);
    process.exit(USAGE_ERROR);
  }
  runOnNode();
}

/** Runs the native binary as a child, for a Node without execve: signals go down, the status comes up. */
async function stayInFront(native: string, [name = 'drainit', ...args]: readonly string[]): Promise<void> {
  // Loaded here, since most never need it.
  const { spawn } = await import('node:child_process');
  const start = (): ChildProcess | Error => {
    try {
      return spawn(native, args, { argv0: name, stdio: 'inherit' });
    } catch (error) {
      // Node throws what it has no event for: ETXTBSY, or that --permission forbids it.
      return error as Error;
    }
  };
  const child = start();
  if (child instanceof Error) {
    stepIn(native, child.message);
    return;
  }
  if (child.pid === undefined) {
    child.on('error', ({ message }) => stepIn(native, message));
    return;
  }
  for (const [signal, number] of Object.entries(constants.signals) as [NodeJS.Signals, number][]) {
    // A fault is Node's own: caught, it comes again and again.
    if (LEFT_OUT.has(number)) continue;
    try {
      process.on(signal, () => child.kill(signal));
    } catch {
      continue; // Not on this system.
    }
  }
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
}

/**
 * Starts drainit on the host that fits.
 *
 * `DRAINIT_HOST` is `native` or `node` where the user has chosen; anything else is an error.
 */
export function launch(): void {
  const wanted = process.env['DRAINIT_HOST'] ?? '';
  if (wanted !== '' && wanted !== 'native' && wanted !== 'node') {
    writeSync(2, `drainit: DRAINIT_HOST is '${wanted}': write native or node\n`);
    process.exit(USAGE_ERROR);
  }
  const own = path.join(__dirname, 'drainit');
  const native = [`${own}-${process.arch}`, own].find(canRun);
  if (wanted === 'native' && native === undefined) {
    writeSync(2, `drainit: DRAINIT_HOST is 'native', but there is no native binary here (${own}): leave it out\n`);
    process.exit(USAGE_ERROR);
  }
  if (native !== undefined && wanted !== 'node') {
    const words = [path.basename(process.argv[1] ?? 'drainit', '.js'), ...process.argv.slice(2)];
    become(native, words);
    void stayInFront(native, words);
    return;
  }
  runOnNode();
}
