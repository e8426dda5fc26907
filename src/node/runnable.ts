import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { errnoOf } from './errno.ts';
import { errnoTexts } from './errno-texts.ts';

/** As the native host has it: libuv has most texts of strerror(3), but for the capital. */
export function describeErrno(errno: number): string {
  for (const [name, own] of Object.entries(errnoTexts)) if (errnoOf(name) === errno) return own;
  const text = getSystemErrorMessage(-errno);
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The file that a name stands for, as execvp(3) finds it, or an errno: access(2). */
export function findRunnable(name: string): string | number {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '/usr/local/bin:/bin:/usr/bin').split(':');
  let worst = 'ENOENT';
  for (const folder of name === '' ? [] : folders) {
    try {
      // In PATH an empty one is where we are.
      const file = name.includes('/') ? name : path.resolve(folder, name);
      accessSync(file, constants.X_OK);
      if (!statSync(file).isDirectory()) return file;
      worst = 'EACCES';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') worst = 'EACCES';
    }
  }
  return errnoOf(worst);
}

/** Why a program cannot be started by this name; undefined where it can. */
export function whyNotRunnable(name: string): string | undefined {
  const found = findRunnable(name);
  return typeof found === 'number' ? describeErrno(found) : undefined;
}
