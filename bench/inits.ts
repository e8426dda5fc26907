import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Subject, root } from '../test/helpers/subjects.ts';

/** Something that is measured as PID 1. */
export interface Init extends Subject {
  readonly file: string;
  /** What makes it tell more than the main program. */
  readonly everyone: readonly string[];
}

const init = (name: string, file: string, options: readonly string[], everyone: readonly string[]): Init => ({
  name,
  file,
  command: [file, ...options],
  everyone,
  isOurs: name === 'drainit',
});

const known: readonly Init[] = [
  init('drainit', path.join(root, 'dist/drainit'), [], []),
  // Without -s it warns at each start that is not as PID 1.
  init('tini', '/usr/bin/tini', ['-s'], ['-g']),
  init('tini-static', '/usr/bin/tini-static', ['-s'], ['-g']),
  init('dumb-init', '/usr/bin/dumb-init', [], []),
  init('catatonit', '/usr/bin/catatonit', [], ['-g']),
];

/** Those that are there, drainit first. */
export const inits: readonly Init[] = known.filter(({ file }) => existsSync(file));

export const missing: readonly string[] = known.filter((it) => !inits.includes(it)).map(({ file }) => file);
