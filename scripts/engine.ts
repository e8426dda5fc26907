/**
 * The engine's source, QuickJS-ng: the Debian package `qjs-src`, which no stable release has yet. It is fetched from the
 * suite sid of the mirror that the machine uses anyway, with a private sources list, so that the machine's own stay as
 * they are. It is never part of this repository.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BuildError, isProgram, run } from './run.ts';

/** The version that everything was tried with. A newer one is taken with a notice: mirrors do not keep old ones. */
const KNOWN_VERSION = '0.17.0';

export interface Engine {
  readonly version: string;
  readonly folder: string;
}

const UNOBTAINABLE = 'or name a folder with the sources of QuickJS-ng in DRAINIT_QUICKJS_SRC';

function versionOf(folder: string): string {
  const header = readFileSync(path.join(folder, 'quickjs.h'), 'utf8');
  const part = (name: string): string => new RegExp(`#define QJS_VERSION_${name}\\s+(\\d+)`).exec(header)?.[1] ?? '?';
  return [part('MAJOR'), part('MINOR'), part('PATCH')].join('.');
}

export interface Mirror {
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

export function findMirror(): Mirror {
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
  throw new BuildError(`no Debian mirror in /etc/apt: add one, ${UNOBTAINABLE}`);
}

function download(folder: string): void {
  if (!isProgram('apt-get') || !isProgram('dpkg-deb')) {
    throw new BuildError(
      `the sources of QuickJS-ng come from the Debian package qjs-src, and there is no apt-get here: build on Debian, ${UNOBTAINABLE}`,
    );
  }
  const { uri, keyring } = findMirror();
  const state = path.join(folder, 'apt');
  rmSync(state, { recursive: true, force: true });
  for (const name of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(path.join(state, name), { recursive: true });
  const list = path.join(state, 'sid.list');
  writeFileSync(list, `deb [signed-by=${keyring}] ${uri} sid main\n`);
  const options = [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${state}/lists`,
    `Dir::Cache=${state}/cache`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, 'update'], state);
  run('apt-get', [...options, 'download', 'qjs-src'], state);
  const archive = readdirSync(state).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new BuildError(`apt-get delivered no qjs-src: try again later, ${UNOBTAINABLE}`);
  run('dpkg-deb', ['-x', path.join(state, archive), path.join(state, 'root')]);
  renameSync(path.join(state, 'root/usr/src/quickjs-ng'), path.join(folder, 'source'));
  rmSync(state, { recursive: true, force: true });
}

/**
 * What is wrong in the engine for what we do with it, and what it says instead. A Map hashes an integer by the bits of
 * the same double, multiplied: in small integers, such as pids, all the low bits are zero, and the low bits choose the
 * bucket, so that all are in one.
 */
const MENDS: readonly (readonly [wrong: string, right: string])[] = [
  ['h = (u.u32[0] ^ u.u32[1]) * 3163;', 'h = hash32(u.u32[0] ^ u.u32[1]);\n        h ^= h >> 15;'],
];

/** Mends a copy of one of the engine's files; a version that has changed there is taken as it is, with a notice. */
export function mendEngine({ folder }: Engine, build: string): string {
  let text = readFileSync(path.join(folder, 'quickjs.c'), 'utf8');
  for (const [wrong, right] of MENDS) {
    if (text.includes(wrong)) text = text.replace(wrong, right);
    else console.error(`build: this QuickJS-ng has no '${wrong}' any more: see whether it needs mending still`);
  }
  const file = path.join(build, 'engine/quickjs.c');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  return file;
}

/** Where the engine's sources are; fetches them the first time. */
export function provideEngine(build: string): Engine {
  const given = process.env['DRAINIT_QUICKJS_SRC'];
  const folder = given ?? path.join(build, 'engine/source');
  if (given === undefined && !existsSync(path.join(folder, 'quickjs.c'))) {
    mkdirSync(path.dirname(folder), { recursive: true });
    download(path.dirname(folder));
  }
  if (!existsSync(path.join(folder, 'quickjs.c'))) throw new BuildError(`there is no quickjs.c in ${folder}`);
  const version = versionOf(folder);
  if (version !== KNOWN_VERSION)
    console.error(`build: QuickJS-ng ${version}; everything was tried with ${KNOWN_VERSION}`);
  return { version, folder };
}
