import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../test/helpers/staged.ts';

/** A way to run the start script of a pod, and to stop it. */
export interface Subject {
  /** For `--only`, and the head of its column. */
  readonly name: string;
  /** What it is in a picture. */
  readonly label: string;
  /** Its PID 1 with its arguments; the script follows. */
  readonly init: readonly string[];
  readonly script: 'start.sh' | 'trap.sh';
  /** Seconds that a `preStop` hook sleeps before SIGTERM is sent. */
  readonly preStop: number;
}

const drainit = path.join(root, 'dist/drainit');

const known: readonly Subject[] = [
  {
    name: 'drainit adaptive',
    label: 'drainit --drain 1s..20s --drain-signal USR2',
    init: [drainit, '--drain', '1s..20s', '--drain-signal', 'USR2', '--'],
    script: 'start.sh',
    preStop: 0,
  },
  {
    name: 'drainit fixed',
    label: 'drainit --drain 20s',
    init: [drainit, '--drain', '20s', '--'],
    script: 'start.sh',
    preStop: 0,
  },
  { name: 'shell', label: 'the shell as PID 1', init: ['bash'], script: 'start.sh', preStop: 0 },
  { name: 'trap', label: 'the shell as PID 1, with a trap', init: ['bash'], script: 'trap.sh', preStop: 0 },
  { name: 'tini', label: 'tini', init: ['tini', '--'], script: 'start.sh', preStop: 0 },
  { name: 'tini -g', label: 'tini -g', init: ['tini', '-g', '--'], script: 'start.sh', preStop: 0 },
  { name: 'dumb-init', label: 'dumb-init', init: ['dumb-init', '--'], script: 'start.sh', preStop: 0 },
  {
    name: 'preStop',
    label: 'tini -g, and preStop: sleep 20',
    init: ['tini', '-g', '--'],
    script: 'start.sh',
    preStop: 20,
  },
];

export const names: readonly string[] = known.map(({ name }) => name);

/** The one of that name, or all whose names begin with it: `drainit`. */
function find(word: string): readonly Subject[] {
  const exact = known.filter(({ name }) => name === word);
  return exact.length > 0 ? exact : known.filter(({ name }) => name.startsWith(`${word} `));
}

/** In the order of the table, each once. */
export function choose(words: readonly string[]): readonly Subject[] {
  const found = new Set(words.flatMap(find));
  return known.filter((subject) => found.has(subject));
}

const onPath = (file: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(path.join(folder, file)));

export const isThere = ({ init: [file = ''] }: Subject): boolean =>
  path.isAbsolute(file) ? existsSync(file) : onPath(file);
