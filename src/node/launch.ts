/**
 * Chooses the host. Kept apart from both and small: it is all that runs of Node where a native binary takes over. It
 * is built as CommonJS, which Node starts a millisecond faster.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { readHostChoice, refuse, refuseNative, warn } from './host-choice.ts';
import { findListening, giveUpListening, isListening } from './listening.ts';
import { loadLibc } from './load-libc.ts';
import { FOREIGN, whyNotNative } from './native-binary.ts';
import { withoutWarnings } from './without-warnings.ts';

/** What execa needs. The C library is there from 26 on (`node:ffi`). */
const OLDEST_NODE = 22;

/** From here on an execve(2) that fails throws; before, it ends Node by SIGABRT. */
const FIRST_THROWING = 26;

/** Ignored by Node itself: libuv and V8 want them out of the way. */
const IGNORED_BY_NODE = ['SIGPIPE', 'SIGXFSZ'] as const;

const major = Number.parseInt(process.versions.node, 10);

/** Node leaves it blocked under this option, also for what it becomes. */
const isUsr1Blocked = (): boolean =>
  [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((words) => words.includes('--disable-sigusr1'));

/** What only the C library can do, and takes a millisecond and a half to load for. */
function prepare(): void {
  const libc = loadLibc();
  if (typeof libc === 'string') {
    if (isListening()) giveUpListening();
    return;
  }
  if (isListening()) for (const fd of findListening()) libc.keepOnExec(fd);
  libc.unblock(constants.signals.SIGUSR1);
}

/** Whether the native binary starts, as somebody else: in a place where there is no way back it is tried first. */
function isTried(native: string): boolean {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(native, ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * Replaces this process by the native binary.
 *
 * @returns why that cannot be done
 */
function become(native: string, words: readonly string[]): string {
  try {
    if (major < FIRST_THROWING && !isTried(native)) return 'it does not start';
    // What is caught has its default again after an exec: execve(2).
    for (const signal of IGNORED_BY_NODE) process.on(signal, () => undefined);
    if (isListening() || isUsr1Blocked()) prepare();
    return withoutWarnings(() => process.execve?.(native, words, process.env) ?? '');
  } catch (error) {
    return (error as Error).message;
  }
}

/** The Node host, where this Node is new enough for it. */
function runOnNode(): void {
  if (major < OLDEST_NODE)
    refuse(`this is Node ${process.versions.node}, and as its host Node has to be ${OLDEST_NODE} or later`);
  createRequire(__filename)('./node.cjs');
}

/**
 * Starts drainit on the host that fits.
 *
 * `DRAINIT_HOST` is `native` or `node` where the user has chosen; anything else is an error.
 */
export function launch(): void {
  const wanted = readHostChoice();
  const own = path.join(__dirname, 'drainit');
  if (wanted === 'node') {
    runOnNode();
    return;
  }
  const stepIn = (file: string, reason: string): void => {
    if (wanted === 'native') refuse(`cannot start ${file}: ${reason}`);
    warn(`cannot start ${file}: ${reason}; staying on Node`);
    runOnNode();
  };
  const files = [`${own}-${process.arch}`, own];
  const native = files.find((file) => whyNotNative(file) === null);
  if (native === undefined) {
    // That there is none for this machine is nothing to warn of.
    const isFlawed = (file: string): boolean => wanted === 'native' || whyNotNative(file) !== FOREIGN;
    const flawed = files.find((file) => existsSync(file) && isFlawed(file));
    if (flawed !== undefined) stepIn(flawed, whyNotNative(flawed) ?? '');
    else if (wanted === 'native') refuseNative(own);
    else runOnNode();
    return;
  }
  const words = [path.basename(process.argv[1] ?? 'drainit', '.js'), ...process.argv.slice(2)];
  if (typeof process.execve === 'function') stepIn(native, become(native, words));
  // Loaded here, since most never need it.
  else
    void import('./in-front.ts').then(({ stayInFront }) =>
      stayInFront(native, words, (reason) => stepIn(native, reason)),
    );
}
