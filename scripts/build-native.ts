/**
 * Builds dist/drainit: the TypeScript as a heap snapshot of QuickJS-ng inside one static program. With `--test` it builds
 * build/drainit-test instead, which fails where a test asks it to.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { minify } from 'terser';
import { type Engine, mendEngine, provideEngine } from './engine.ts';
import { BuildError, isProgram, main, run } from './run.ts';

const root = path.dirname(import.meta.dirname);
const build = path.join(root, 'build');
const native = path.join(root, 'src/native');
const isTest = process.argv.includes('--test');
const target = isTest ? path.join(build, 'drainit-test') : path.join(root, 'dist/drainit');

const ENGINE_FILES = ['quickjs', 'libregexp', 'libunicode', 'dtoa'];
/**
 * The engine's own pool allocator would lie over the heap that becomes the snapshot and leave its pools half empty: this
 * name sends each allocation to ours (quickjs.c, JS_ARENA_LARGE_BLOCKS_ONLY).
 */
const ENGINE_DEFINES = ['-D_GNU_SOURCE', '-D__SANITIZE_ADDRESS__'];
const SMALL = [
  '-Oz',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-asynchronous-unwind-tables',
  '-fno-unwind-tables',
];
const STRICT = ['-std=gnu17', '-Wall', '-Wextra', '-Werror'];
/** Functions that the engine's Math and String name and that no code of ours calls: without them 45 KB stay out. */
const UNUSED_BY_US =
  'sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log2 log10 log1p cbrt hypot unicode_normalize'
    .split(' ')
    .map((name) => `-Wl,--defsym=${name}=fabs`);
const LINK = [
  '-static',
  '-no-pie',
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-Wl,-z,norelro',
  '-Wl,-z,noseparate-code',
  '-s',
  ...UNUSED_BY_US,
];

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Makes `file` unless it is there already, made from the same `inputs`. */
function cached(file: string, inputs: readonly string[], make: () => void): string {
  const key = hash(inputs.join('\0'));
  const stamp = `${file}.key`;
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return file;
  mkdirSync(path.dirname(file), { recursive: true });
  make();
  writeFileSync(stamp, key);
  return file;
}

function checkTools(): void {
  const needed = { 'musl-gcc': 'musl-tools', gcc: 'gcc', objcopy: 'binutils' };
  const missing = Object.entries(needed).filter(([program]) => !isProgram(program));
  if (missing.length === 0) return;
  const names = missing.map(([program]) => program).join(', ');
  throw new BuildError(
    `no native build here: ${names} missing (Debian packages: ${missing.map(([, name]) => name).join(' ')})`,
  );
}

/** The engine's objects for the target, and its bytecode compiler for this machine. */
function compileEngine(engine: Engine): { readonly objects: readonly string[]; readonly compiler: string } {
  const { version, folder } = engine;
  const compilers = run('musl-gcc', ['--version']);
  const mended = mendEngine(engine, build);
  const sources = ENGINE_FILES.map((name) => (name === 'quickjs' ? mended : path.join(folder, `${name}.c`)));
  const objects = sources.map((source) => {
    const object = path.join(build, 'engine', `${path.basename(source, '.c')}.o`);
    const flags = [...SMALL, ...ENGINE_DEFINES, `-I${folder}`];
    return cached(object, [version, compilers, ...flags, readFileSync(source, 'utf8')], () =>
      run('musl-gcc', [...flags, '-c', source, '-o', object]),
    );
  });
  const code = path.join(native, 'compile-bytecode.c');
  const compiler = path.join(build, 'engine/compile-bytecode');
  cached(compiler, [version, compilers, readFileSync(code, 'utf8'), readFileSync(mended, 'utf8')], () =>
    run('gcc', ['-O1', '-D_GNU_SOURCE', `-I${folder}`, code, ...sources, '-lm', '-lpthread', '-o', compiler]),
  );
  return { objects, compiler };
}

/** One script out of src/native/main.ts and what it imports, in as few functions, objects and names as it can be. */
async function bundle(): Promise<string> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const file = path.join(build, isTest ? 'drainit-test.js' : 'drainit.js');
  const { outputFiles } = buildSync({
    entryPoints: [path.join(native, 'main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    target: 'es2023',
    legalComments: 'none',
    minifySyntax: true,
    define: {
      __VERSION__: JSON.stringify(version),
      __LICENSE__: JSON.stringify(readFileSync(path.join(root, 'LICENSE'), 'utf8')),
      __TEST__: String(isTest),
    },
  });
  // esbuild could minify too, but keeps every function that is called once: a tenth of the heap.
  const { code } = await minify(outputFiles[0]?.text ?? '', {
    ecma: 2020,
    compress: { passes: 3 },
    format: { ascii_only: true },
  });
  writeFileSync(file, code ?? '');
  return file;
}

const ARENA_FIRST = 8 << 20;

function link(engine: Engine, objects: readonly string[], arena: number, file: string): void {
  const sources = [path.join(native, 'shim.c')];
  const defines = [`-DARENA_BYTES=${arena}`, ...(isTest ? ['-DDRAINIT_TEST'] : [])];
  run('musl-gcc', [
    ...SMALL,
    ...STRICT,
    ...defines,
    `-I${engine.folder}`,
    ...sources,
    ...objects,
    ...LINK,
    '-lm',
    '-o',
    file,
  ]);
}

/**
 * The snapshot is made twice: the first time to learn how large it is, the second by a program that has just that much
 * room, since every address in it depends on the program.
 */
function makeSnapshot(engine: Engine, objects: readonly string[], bytecode: string): void {
  const raw = path.join(build, 'drainit.raw');
  const arena = path.join(build, 'drainit.arena');
  link(engine, objects, ARENA_FIRST, raw);
  const used = Number(run(raw, [bytecode, arena]));
  const exact = Math.ceil(used / 4096) * 4096;
  link(engine, objects, exact, raw);
  run(raw, [bytecode, arena]);
  mkdirSync(path.dirname(target), { recursive: true });
  run('objcopy', ['--update-section', `.snapshot=${arena}`, raw, `${target}.new`]);
  chmodSync(`${target}.new`, 0o755);
  // Renamed, since the old one may be running.
  renameSync(`${target}.new`, target);
  console.error(`build: ${path.relative(root, target)}: ${statSync(target).size} bytes, ${used} of them the heap`);
}

await main(async () => {
  checkTools();
  const engine = provideEngine(build);
  const { objects, compiler } = compileEngine(engine);
  const script = await bundle();
  const bytecode = path.join(build, isTest ? 'drainit-test.bytecode' : 'drainit.bytecode');
  const sources = readdirSync(native)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => readFileSync(path.join(native, name), 'utf8'));
  const own = readFileSync(import.meta.filename, 'utf8');
  cached(target, [engine.version, readFileSync(script, 'utf8'), own, ...sources], () => {
    run(compiler, [script, bytecode]);
    makeSnapshot(engine, objects, bytecode);
  });
});
