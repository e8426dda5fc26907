/**
 * Builds dist/drainit: the TypeScript as a heap snapshot of QuickJS-ng inside one static program. Instead of it, `--test`
 * builds build/drainit-test, which fails where a test asks it to, and `--sanitized` build/drainit-sanitized, the same code
 * without a snapshot under AddressSanitizer and UndefinedBehaviorSanitizer. `--arch arm64` builds dist/drainit-arm64 on a
 * machine that is none; `--output FILE` puts it elsewhere.
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
import { deflateRawSync } from 'node:zlib';
import { type ProgramName, bundle } from './bundle.ts';
import { type Engine, mendEngine, provideEngine } from './engine.ts';
import { BuildError, main, run } from './run.ts';
import { type Architecture, type Toolchain, provideToolchain, toArchitecture } from './toolchain.ts';

const root = path.dirname(import.meta.dirname);
const build = path.join(root, 'build');
const native = path.join(root, 'src/native');
const isTest = process.argv.includes('--test');
const isSanitized = process.argv.includes('--sanitized');

/** What follows an option on the command line. */
function given(option: string): string | undefined {
  const index = process.argv.indexOf(option);
  return index < 0 ? undefined : (process.argv[index + 1] ?? '');
}

function readArchitecture(): Architecture {
  const name = given('--arch') ?? process.arch;
  const architecture = toArchitecture(name);
  if (architecture !== undefined) return architecture;
  console.error(`--arch: '${name}' is not built for: write amd64 or arm64`);
  process.exit(1);
}

const architecture = readArchitecture();
const suffix = architecture === process.arch ? '' : `-${architecture}`;
const name = `${isTest ? 'drainit-test' : isSanitized ? 'drainit-sanitized' : 'drainit'}${suffix}`;
const target = given('--output') ?? path.join(root, isTest || isSanitized ? 'build' : 'dist', name);

const SOURCES = [
  'shim.c',
  'init.c',
  'heap.c',
  'inflate.c',
  'programs.c',
  'relay.c',
  'socket-calls.c',
  'sockets.c',
  'spawn.c',
  'values.c',
].map((file) => path.join(native, file));
const ENGINE_FILES = ['quickjs', 'dtoa', 'libunicode', 'libregexp'];
/**
 * The engine's own pool allocator would lie over the heap that becomes the snapshot and leave its pools half empty: this
 * name sends each allocation to ours (quickjs.c, JS_ARENA_LARGE_BLOCKS_ONLY). What the engine asserts of itself, the
 * sanitized build does.
 */
const ENGINE_DEFINES = ['-D_GNU_SOURCE', '-D__SANITIZE_ADDRESS__', '-DNDEBUG'];
const SMALL = [
  '-Oz',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-asynchronous-unwind-tables',
  '-fno-unwind-tables',
];
const STRICT = ['-std=gnu17', '-Wall', '-Wextra', '-Werror'];
/**
 * Functions that the engine's Math, String and RegExp name and that no code of ours comes to: without them 90 KB stay out.
 * Regular expressions are compiled with the program, so that no compiler for them is needed.
 */
const UNUSED_BY_US =
  'sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log2 log10 log1p cbrt hypot unicode_normalize unicode_prop unicode_script unicode_general_category unicode_sequence_prop cr_regexp_canonicalize lre_canonicalize lre_compile pow JS_ComputeMemoryUsage JS_DumpMemoryUsage'
    .split(' ')
    .map((symbol) => `-Wl,--defsym=${symbol}=fabs`);
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

/** What `file` was made from. */
const stampOf = (file: string): string => readFileSync(`${file}.key`, 'utf8');

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

/** The engine's objects for the target, and its bytecode compiler for this machine. */
function compileEngine(
  engine: Engine,
  tools: Toolchain,
): Pick<Parts, 'sources' | 'objects'> & { readonly compiler: string } {
  const { version, folder } = engine;
  const compilers = run(tools.compiler, ['--version']);
  const mended = mendEngine(engine, build);
  const sources = ENGINE_FILES.map((file) => (file === 'quickjs' ? mended : path.join(folder, `${file}.c`)));
  const objects = sources.map((source) => {
    const object = path.join(build, `engine${suffix}`, `${path.basename(source, '.c')}.o`);
    const flags = [...tools.compileFlags, ...SMALL, ...ENGINE_DEFINES, `-I${folder}`];
    return cached(object, [version, compilers, ...flags, readFileSync(source, 'utf8')], () =>
      run(tools.compiler, [...flags, '-c', source, '-o', object]),
    );
  });
  const code = path.join(native, 'compile-bytecode.c');
  const compiler = path.join(build, 'engine/compile-bytecode');
  cached(compiler, [version, run('gcc', ['--version']), readFileSync(code, 'utf8'), readFileSync(mended, 'utf8')], () =>
    run('gcc', ['-O1', '-D_GNU_SOURCE', `-I${folder}`, code, ...sources, '-lm', '-lpthread', '-o', compiler]),
  );
  return { sources, objects, compiler };
}

const ARENA_FIRST = 8 << 20;

/** What goes into one binary. */
interface Parts {
  readonly engine: Engine;
  readonly tools: Toolchain;
  /** quickjs.c, mended. */
  readonly sources: readonly string[];
  readonly objects: readonly string[];
  /** Files of bytecode. The main program becomes the snapshot; the others are loaded when they are needed. */
  readonly programs: Readonly<Record<ProgramName, string>>;
}

const programDefines = ({ programs }: Parts): readonly string[] => [
  `-DTEXTS="${programs.texts}"`,
  `-DOPTIONS="${programs.options}"`,
  `-DDECISIONS="${programs.decisions}"`,
  `-DSERVICES="${programs.services}"`,
  `-DCOMPOSE="${programs.compose}"`,
];

function link(parts: Parts, arena: number, file: string): void {
  const { engine, objects, tools } = parts;
  const { compiler, compileFlags, linkFlags, libraries } = tools;
  const defines = [`-DARENA_BYTES=${arena}`, ...programDefines(parts), ...(isTest ? ['-DDRAINIT_TEST'] : [])];
  const flags = [...compileFlags, ...SMALL, ...STRICT, ...defines, `-I${engine.folder}`];
  run(compiler, [...flags, ...linkFlags, ...SOURCES, ...objects, ...LINK, ...libraries, '-o', file]);
}

/** With the C library of the machine, since the sanitizers know no other, and with the engine sanitized as well. */
function linkSanitized(parts: Parts): void {
  const { engine, sources, programs } = parts;
  const defines = ['-DDRAINIT_SANITIZED', `-DPROGRAM="${programs.main}"`, ...programDefines(parts)];
  const sanitizers = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'];
  const folders = [`-I${engine.folder}`, `-I${native}`];
  // The engine shifts and casts as C does everywhere and the standard nowhere says.
  const objects = sources.map((source) => {
    const object = path.join(build, `sanitized-${path.basename(source, '.c')}.o`);
    run('gcc', ['-O1', '-g', '-fsanitize=address', '-D_GNU_SOURCE', ...folders, '-c', source, '-o', object]);
    return object;
  });
  run('gcc', [...sanitizers, ...STRICT, ...defines, ...folders, ...SOURCES, ...objects, '-lm', '-o', target]);
}

/**
 * The snapshot is made twice: the first time to learn how large it is, the second by a program that has just that much
 * room, since every address in it depends on the program.
 */
function makeSnapshot(parts: Parts): void {
  const raw = path.join(build, `${name}.raw`);
  const arena = path.join(build, `${name}.arena`);
  link(parts, ARENA_FIRST, raw);
  const write = (): string => {
    const { emulator } = parts.tools;
    const words = [raw, parts.programs.main, arena];
    return emulator === null ? run(raw, words.slice(1)) : run(emulator, words);
  };
  const used = Number(write());
  const exact = Math.ceil(used / 4096) * 4096;
  link(parts, exact, raw);
  write();
  mkdirSync(path.dirname(target), { recursive: true });
  run(parts.tools.objcopy, ['--update-section', `.snapshot=${arena}`, raw, `${target}.new`]);
  chmodSync(`${target}.new`, 0o755);
  // Renamed, since the old one may be running.
  renameSync(`${target}.new`, target);
  console.error(`build: ${path.relative(root, target)}: ${statSync(target).size} bytes, ${used} of them the heap`);
}

/** Deflates a file behind its size, as shim.c wants it. */
function deflate(file: string): string {
  const bytes = readFileSync(file);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  writeFileSync(`${file}.deflated`, Buffer.concat([size, deflateRawSync(bytes, { level: 9 })]));
  return `${file}.deflated`;
}

/** With `--if-possible` it is no failure that there is no compiler for that. */
function findTools(): Toolchain | undefined {
  try {
    return provideToolchain(architecture, build);
  } catch (error) {
    if (!(error instanceof BuildError) || !process.argv.includes('--if-possible')) throw error;
    console.error(`build: ${path.relative(root, target)} is left out: ${error.message}`);
    return undefined;
  }
}

await main(async () => {
  const tools = findTools();
  if (tools === undefined) return;
  const engine = provideEngine(build);
  const { sources: engineSources, objects, compiler } = compileEngine(engine, tools);
  const scripts: Record<ProgramName, string> = {
    main: await bundle('main', isTest),
    decisions: await bundle('decisions', isTest),
    options: await bundle('options', isTest),
    texts: await bundle('texts', isTest),
    services: await bundle('services', isTest),
    compose: await bundle('compose', isTest),
  };
  const headers = readdirSync(native)
    .filter((file) => file.endsWith('.h'))
    .map((file) => path.join(native, file));
  const sources = [...SOURCES, ...headers, import.meta.filename].map((file) => readFileSync(file, 'utf8'));
  cached(target, [engine.version, ...Object.values(scripts), ...sources, ...objects.map(stampOf)], () => {
    const compile = (program: ProgramName): string => {
      const script = path.join(build, `${name}-${program}.js`);
      writeFileSync(script, scripts[program]);
      run(compiler, [script, `${script}.bytecode`]);
      return `${script}.bytecode`;
    };
    const programs = {
      main: compile('main'),
      decisions: compile('decisions'),
      options: compile('options'),
      texts: deflate(compile('texts')),
      services: deflate(compile('services')),
      compose: deflate(compile('compose')),
    };
    const parts: Parts = { engine, tools, sources: engineSources, objects, programs };
    if (isSanitized) linkSanitized(parts);
    else makeSnapshot(parts);
  });
});
