import { existsSync } from 'node:fs';
import { type LimitedHost, type LimitId, hasLimit } from '../../src/host/limits.ts';
import { oldNode } from './old-node.ts';
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
  /** Where it is drainit on a host that cannot do everything. */
  readonly host?: LimitedHost;
}

const native: Subject = { name: 'native', command: [staged('dist/drainit')], isOurs: true };

const nativeTest: Subject = { name: 'test build', command: [staged('build/drainit-test')], isOurs: true };

const nodeTest: Subject = {
  name: 'test build on Node',
  command: [staged(process.execPath), staged('build/node-test.cjs')],
  isOurs: true,
  host: 'node',
};

const packedTest: Subject = {
  name: 'test build of the packed file',
  command: [staged('build/drainit-node-test')],
  isOurs: true,
  host: 'pkg',
};

/** The launcher, and what it looks for beside it. */
function stageLauncher(): string {
  for (const name of ['bin/package.json', 'dist/launch.cjs', 'dist/node.cjs', 'dist/drainit']) staged(name);
  return staged('bin/drainit.js');
}

/** The launcher of the npm package, which becomes the native binary. */
const command: Subject = {
  name: 'command',
  command: [staged(process.execPath), stageLauncher()],
  isOurs: true,
  host: 'command',
};

/** The same where Node cannot become another program: it stays in front of the native binary. */
const front: Subject = {
  ...command,
  name: 'front',
  host: 'front',
  command: [oldNode ?? staged(process.execPath), '--require', staged('test/fixtures/in-front.cjs'), stageLauncher()],
};

/** The launcher of the npm package, told to stay with Node. */
const node: Subject = { ...command, name: 'node', env: { DRAINIT_HOST: 'node' }, host: 'node' };

/** The Node host and Node in one file. */
const pkg: Subject = { name: 'pkg', command: [staged('dist/drainit-node')], isOurs: true, host: 'pkg' };

/** The native host under AddressSanitizer and UndefinedBehaviorSanitizer, which end it at the first finding. */
const sanitized: Subject = {
  name: 'sanitized',
  command: [staged('build/drainit-sanitized')],
  env: { ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:handle_segv=0' },
  isOurs: true,
};

/** The native host for arm64: what runs below it is of this machine. */
const arm64: Subject = {
  name: 'arm64',
  command: ['/usr/bin/qemu-aarch64-static', staged('dist/drainit-arm64')],
  isOurs: true,
};

/** The other inits, by their Debian packages. Their own way of telling everyone is `-g`, where they have one. */
export const peers: readonly Subject[] = [
  { name: 'tini', command: ['/usr/bin/tini', '-s'], isOurs: false },
  { name: 'tini -g', command: ['/usr/bin/tini', '-s', '-g'], isOurs: false },
  { name: 'dumb-init', command: ['/usr/bin/dumb-init'], isOurs: false },
  { name: 'catatonit -g', command: ['/usr/bin/catatonit', '-g'], isOurs: false },
];

/** The same host built to fail or to dawdle where the environment asks for it: `src/host/fail-on-demand.ts`. */
export const testBuildOf = ({ name }: Subject): Subject | undefined =>
  ({ native: nativeTest, node: nodeTest, pkg: packedTest })[name];

/** Whether the host of the subject has this limit: tests of such a thing assert the difference. */
export const cannot = ({ host }: Subject, id: LimitId): boolean => host !== undefined && hasLimit(host, id);

const known = [native, arm64, sanitized, command, front, node, pkg, ...peers];

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
