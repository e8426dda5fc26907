#!/usr/bin/env node
// Becomes the native binary: the same process, by execve(2), so that nothing of Node stays behind.
import { spawn } from 'node:child_process';
import { accessSync, constants as fs } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../dist/drainit', import.meta.url));

try {
  accessSync(native, fs.X_OK);
} catch {
  console.error(`drainit: there is no native binary in this package (${native}): build it with npm run build, on Linux`);
  process.exit(1);
}

const args = process.argv.slice(2);
if (typeof process.execve === 'function') {
  process.execve(native, ['drainit', ...args], process.env);
}

// Node before 22.15 cannot replace itself: it stays as a parent that passes signals on and takes the status over.
const child = spawn(native, args, { argv0: 'drainit', stdio: 'inherit' });
for (const signal of Object.keys(constants.signals)) {
  if (signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCHLD') continue;
  try {
    process.on(signal, () => child.kill(signal));
  } catch {
    continue; // Not one that can be caught.
  }
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
