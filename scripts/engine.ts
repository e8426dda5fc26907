/**
 * The engine's source, QuickJS-ng: the Debian package `qjs-src`, which no stable release has yet. It is fetched from the
 * suite sid of the mirror that the machine uses anyway, with a private sources list, so that the machine's own stay as
 * they are. It is never part of this repository.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fetchPackage } from './debian-package.ts';
import { BuildError } from './run.ts';

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

const ORIGIN = 'the sources of QuickJS-ng come from the Debian package qjs-src';

function download(folder: string): void {
  fetchPackage({ name: 'qjs-src', suite: 'sid', folder, why: ORIGIN, instead: UNOBTAINABLE }, (root) =>
    renameSync(path.join(root, 'usr/src/quickjs-ng'), path.join(folder, 'source')),
  );
}

/**
 * What is wrong in the engine for what we do with it, and what it says instead. A Map hashes an integer by the bits of
 * the same double, multiplied: in small integers, such as pids, all the low bits are zero, and the low bits choose the
 * bucket, so that all are in one.
 */
const MENDS: readonly (readonly [wrong: string, right: string])[] = [
  ['h = (u.u32[0] ^ u.u32[1]) * 3163;', 'h = hash32(u.u32[0] ^ u.u32[1]);\n        h ^= h >> 15;'],
];

/**
 * Where the engine spends its time while a thousand programs are told to stop, by callgrind: compiled for speed, and all
 * the rest of it for size. Together they cost 12 KB, and save a sixth of the instructions.
 */
const HOT = `
  JS_CallInternal js_call_c_function js_closure2 js_dup js_strict_eq2 js_strict_eq_slow strv
  find_own_property JS_GetPropertyInternal JS_GetOwnPropertyInternal JS_SetPropertyInternal JS_DefineProperty
  JS_DefinePropertyValue JS_CreateProperty add_property add_shape_property resize_properties set_value prop_hash_end
  JS_NewObjectFromShape JS_NewObjectProtoClass js_new_shape2 js_new_shape_nohash js_free_shape
  JS_FreeValueRT free_object free_gc_object __JS_AtomToValue
  js_malloc js_calloc js_malloc_rt js_calloc_rt js_realloc_rt js_free_rt
  arena_malloc_large js_arena_malloc js_arena_calloc js_arena_realloc js_arena_free js_arena_usable_size
  map_find_record map_hash_key map_add_record
  js_array_every js_array_push js_get_fast_array_element add_fast_array_element
  JS_ReadObjectRec get_leb128 bc_get_leb128
`
  .trim()
  .split(/\s+/);

/** The definition of a function, from the start of its line to its brace. */
const definitionOf = (name: string): RegExp => new RegExp(`^(?:\\w+[ *]+)+${name}\\([^;{]*\\)\\s*\\{`, 'm');

/** Mends a copy of one of the engine's files; a version that has changed there is taken as it is, with a notice. */
export function mendEngine({ folder }: Engine, build: string): string {
  let text = readFileSync(path.join(folder, 'quickjs.c'), 'utf8');
  for (const [wrong, right] of MENDS) {
    if (text.includes(wrong)) text = text.replace(wrong, right);
    else console.error(`build: this QuickJS-ng has no '${wrong}' any more: see whether it needs mending still`);
  }
  for (const name of HOT) {
    if (!definitionOf(name).test(text))
      console.error(`build: this QuickJS-ng has no '${name}' any more: see what is hot`);
    text = text.replace(definitionOf(name), (definition) => `__attribute__((optimize("O2"))) ${definition}`);
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
