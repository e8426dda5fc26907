import { chmodSync, cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
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

/** A link where that can be had, which costs nothing: Node is large. */
function put(file: string, copy: string): void {
  mkdirSync(path.dirname(copy), { recursive: true });
  try {
    linkSync(file, copy);
  } catch {
    cpSync(file, copy, { recursive: true });
  }
}

/**
 * A file or folder where other users can run it: where it is, or a copy if it is in a private folder, as below `mktemp -d`
 * or in a home.
 *
 * @param name of a part of the repository, or a whole path
 */
export function staged(name: string): string {
  const file = path.resolve(root, name);
  if (statSync(file, { throwIfNoEntry: false }) === undefined || isPublic(path.dirname(file))) return file;
  if (stage === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'drainit-staged-'));
    chmodSync(folder, 0o755);
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    stage = folder;
  }
  const copy = path.join(stage, path.relative(root, file).replaceAll('../', ''));
  if (!existsSync(copy)) put(file, copy);
  return copy;
}
