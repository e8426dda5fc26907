import { existsSync } from 'node:fs';
import path from 'node:path';
import { root, staged } from './staged.ts';

export { root };

/** Something that can be PID 1: drainit on one of its hosts, or another init to compare with. */
export interface Subject {
  readonly name: string;
  /** Options and the program follow. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of our own, and so held to every test; peers are only compared. */
  readonly isOurs: boolean;
}

const native: Subject = { name: 'native', command: [staged('dist/drainit')], isOurs: true };

/** drainit built to fail or to dawdle where the environment asks for it: `src/native/fail-on-demand.ts`. */
export const testBuild: Subject = {
  name: 'test build',
  command: [staged('build/drainit-test')],
  isOurs: true,
};

/** The launcher of the npm package, told to stay with Node. */
const node: Subject = {
  name: 'node',
  command: [process.execPath, path.join(root, 'bin/drainit.js')],
  env: { DRAINIT_HOST: 'node' },
  isOurs: true,
};

/** The Node host and Node in one file. */
const pkg: Subject = { name: 'pkg', command: [staged('dist/drainit-node')], isOurs: true };

/** The native host under AddressSanitizer and UndefinedBehaviorSanitizer, which end it at the first finding. */
const sanitized: Subject = {
  name: 'sanitized',
  command: [staged('build/drainit-sanitized')],
  env: { ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:handle_segv=0' },
  isOurs: true,
};

/** The other inits, by their Debian packages. Their own way of telling everyone is `-g`, where they have one. */
export const peers: readonly Subject[] = [
  { name: 'tini', command: ['/usr/bin/tini', '-s'], isOurs: false },
  { name: 'tini -g', command: ['/usr/bin/tini', '-s', '-g'], isOurs: false },
  { name: 'dumb-init', command: ['/usr/bin/dumb-init'], isOurs: false },
  { name: 'catatonit -g', command: ['/usr/bin/catatonit', '-g'], isOurs: false },
];

const known = [native, sanitized, node, pkg, ...peers];

const chosen = process.env['DRAINIT_SUBJECTS']?.split(',') ?? ['native'];

/** What this run is about: `DRAINIT_SUBJECTS=native,tini`, by default the native host. */
export const subjects: readonly Subject[] = chosen.map((name) => {
  const subject = known.find((candidate) => candidate.name === name);
  if (subject === undefined) {
    throw new Error(`DRAINIT_SUBJECTS: '${name}' is none of ${known.map((candidate) => candidate.name).join(', ')}`);
  }
  const [file = ''] = subject.command;
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build makes it, or its Debian package brings it`);
  return subject;
});
