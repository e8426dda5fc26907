/**
 * Chooses the host. Kept apart from both and small: it is all that runs of Node where a native binary takes over.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants as fs, readdirSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { type Libc, loadLibc } from './libc.ts';

const USAGE_ERROR = 1;

/** Ignored by Node itself, and so by what it becomes: libuv and V8 want SIGPIPE and SIGXFSZ out of the way. */
const IGNORED_BY_NODE = [constants.signals.SIGPIPE, constants.signals.SIGXFSZ];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, fs.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The descriptors that we were given: those that stay open over an exec, once Node's FD_CLOEXEC is off them. */
function passDescriptorsOn(libc: Libc): void {
  const listening = process.env['LISTEN_PID'] === String(process.pid) ? Number(process.env['LISTEN_FDS'] ?? 0) : 0;
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    // Which of those from 3 on are ours and which are Node's nobody says; sd_listen_fds(3) names those that matter.
    if (fd >= 3 && fd < 3 + listening) libc.keepOnExec(fd);
  }
}

/** Replaces this process by the native binary. Returns where that cannot be done. */
function become(native: string, words: readonly string[]): void {
  if (typeof process.execve !== 'function') return;
  const libc = loadLibc();
  if (typeof libc !== 'string') {
    for (const signal of IGNORED_BY_NODE) libc.setDefault(signal);
    libc.unblockAll();
    passDescriptorsOn(libc);
  }
  try {
    process.execve(native, words, process.env);
  } catch {
    // Not on this system, or not permitted: as on a Node without it.
  }
}

/** Runs the native binary as a child, for a Node without execve: signals go down, the status comes up. */
function stayInFront(native: string, [name = 'drainit', ...args]: readonly string[]): void {
  const child = spawn(native, args, { argv0: name, stdio: 'inherit' });
  for (const signal of Object.keys(constants.signals) as NodeJS.Signals[]) {
    if (signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCHLD') continue;
    try {
      process.on(signal, () => child.kill(signal));
    } catch {
      continue; // Not on this system.
    }
  }
  child.on('error', ({ message }) => {
    writeSync(2, `drainit: cannot start ${native}: ${message}\n`);
    process.exit(USAGE_ERROR);
  });
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
  const native = path.join(import.meta.dirname, 'drainit');
  const hasNative = isExecutable(native);
  if (wanted === 'native' && !hasNative) {
    writeSync(2, `drainit: DRAINIT_HOST is 'native', but there is no native binary here (${native}): leave it out\n`);
    process.exit(USAGE_ERROR);
  }
  if (hasNative && wanted !== 'node') {
    const words = [path.basename(process.argv[1] ?? 'drainit', '.js'), ...process.argv.slice(2)];
    become(native, words);
    stayInFront(native, words);
    return;
  }
  createRequire(import.meta.url)('./node.cjs');
}
