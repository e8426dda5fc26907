import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { errnoOf } from './errno.ts';

/** libuv has the texts of strerror(3), but for the capital. */
export function describeErrno(errno: number): string {
  const text = getSystemErrorMessage(-errno);
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Why a program cannot be started by this name: access(2); undefined where it can. */
export function whyNotRunnable(name: string): string | undefined {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '/usr/local/bin:/bin:/usr/bin').split(':');
  let worst = 'ENOENT';
  for (const folder of name === '' ? [] : folders) {
    try {
      const file = path.join(folder, name);
      accessSync(file, constants.X_OK);
      if (!statSync(file).isDirectory()) return undefined;
      worst = 'EACCES';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') worst = 'EACCES';
    }
  }
  return describeErrno(errnoOf(worst));
}
