import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Whether other users can get to a folder: each one above it lets them pass. */
function isPublic(folder: string): boolean {
  const isOpen = (statSync(folder).mode & 0o001) !== 0;
  return isOpen && (folder === path.dirname(folder) || isPublic(path.dirname(folder)));
}

let stage: string | undefined;

/**
 * A file or folder of the build where other users can run it: where it is, or a copy if the repository is in a private
 * folder, as below `mktemp -d` or in a home.
 */
export function staged(name: string): string {
  const file = path.join(root, name);
  if (isPublic(root) || statSync(file, { throwIfNoEntry: false }) === undefined) return file;
  if (stage === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'drainit-staged-'));
    chmodSync(folder, 0o755);
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    stage = folder;
  }
  const copy = path.join(stage, name);
  cpSync(file, copy, { recursive: true });
  return copy;
}
