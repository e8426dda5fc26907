/**
 * Fetches a Debian package without installing it: from a suite that the machine does not use, or for another
 * architecture. It comes from the mirror that the machine uses anyway, with a private sources list, so that the machine's
 * own stay as they are.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BuildError, isProgram, run } from './run.ts';

interface Mirror {
  readonly uri: string;
  readonly keyring: string;
}

const DEFAULT_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** deb822(5): stanzas of `Field: value`. */
function* mirrorsOfSources(text: string): Generator<Mirror> {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(stanza)?.[1]?.trim() ?? '';
    const uri = field('URIs').split(/\s+/)[0] ?? '';
    const isMain = field('Types').split(/\s+/).includes('deb') && !/security/.test(`${uri} ${field('Suites')}`);
    if (uri !== '' && isMain) yield { uri, keyring: field('Signed-By') || DEFAULT_KEYRING };
  }
}

/** sources.list(5): `deb [options] uri suite component...`. */
function* mirrorsOfList(text: string): Generator<Mirror> {
  for (const line of text.split('\n')) {
    const [, options = '', uri = '', suite = ''] = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/.exec(line) ?? [];
    const keyring = /signed-by=(\S+)/i.exec(options)?.[1] ?? DEFAULT_KEYRING;
    if (uri !== '' && !/security/.test(`${uri} ${suite}`)) yield { uri, keyring };
  }
}

/** Where the machine gets its packages from. */
export function findMirror(instead: string): Mirror {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : []),
  ];
  for (const file of files.filter((name) => existsSync(name))) {
    const text = readFileSync(file, 'utf8');
    const [mirror] = file.endsWith('.sources') ? mirrorsOfSources(text) : mirrorsOfList(text);
    if (mirror !== undefined) return mirror;
  }
  throw new BuildError(`no Debian mirror in /etc/apt: add one, ${instead}`);
}

export interface Wanted {
  readonly name: string;
  readonly suite: string;
  /** Debian's name of it; left out: that of the machine. */
  readonly architecture?: string;
  /** Where it is unpacked for a moment. */
  readonly folder: string;
  /** For messages: what it is for, and what to do where it cannot be had. */
  readonly why: string;
  readonly instead: string;
}

/** Unpacks a package and has `take` move out of it what is needed; the rest is deleted. */
export function fetchPackage(wanted: Wanted, take: (root: string) => void): void {
  const { name, suite, architecture, folder, why, instead } = wanted;
  if (!isProgram('apt-get') || !isProgram('dpkg-deb'))
    throw new BuildError(`${why}, and there is no apt-get here: build on Debian, ${instead}`);
  const { uri, keyring } = findMirror(instead);
  const state = path.join(folder, 'apt');
  rmSync(state, { recursive: true, force: true });
  for (const part of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(path.join(state, part), { recursive: true });
  const list = path.join(state, 'private.list');
  writeFileSync(list, `deb [signed-by=${keyring}] ${uri} ${suite} main\n`);
  const options = [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${state}/lists`,
    `Dir::Cache=${state}/cache`,
    'APT::Sandbox::User=root',
    ...(architecture === undefined ? [] : [`APT::Architecture=${architecture}`, `APT::Architectures=${architecture}`]),
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, 'update'], state);
  run('apt-get', [...options, 'download', name], state);
  const archive = readdirSync(state).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new BuildError(`apt-get delivered no ${name}: try again later, ${instead}`);
  run('dpkg-deb', ['-x', path.join(state, archive), path.join(state, 'root')]);
  take(path.join(state, 'root'));
  rmSync(state, { recursive: true, force: true });
}
