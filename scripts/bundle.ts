/** Makes one script for the small engine out of a file of src/native and what it imports. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, build } from 'esbuild';
import { minify } from 'terser';

/** The programs of the native binary: the files of src/native that begin one. */
export type ProgramName = 'main' | 'decisions' | 'options' | 'texts' | 'services' | 'compose';

const root = path.dirname(import.meta.dirname);

/**
 * Names for variables that the script has as properties already. The engine keeps each name once, whatever it names, in
 * 64 bytes of the heap: `a`, `b` and `c` would be some two hundred more.
 */
function namesIn(script: string): { get: (index: number) => string } {
  const names = [...new Set(Array.from(script.matchAll(/\.([a-z]\w+)/g), ([, name = '']) => name))];
  return { get: (index) => names[index] ?? `_${index}` };
}

/** Modules of which the program for start files has no copy: `decisions.ts` shares them. */
const SHARED = /\/(decide|chronicle|drain|reaping|survey|carry-out)\.ts$/;

const takeFromDecisions: Plugin = {
  name: 'take-from-decisions',
  setup(bundler) {
    bundler.onResolve({ filter: SHARED }, () => ({ path: 'decisions', namespace: 'shared', sideEffects: false }));
    bundler.onLoad({ filter: /.*/, namespace: 'shared' }, () => ({
      contents: 'module.exports = globalThis.decisions.shared;',
      loader: 'js',
    }));
  },
};

/**
 * The regular expressions that js-yaml makes out of texts when it is loaded, in their order. They are written out as
 * literals, since the engine is built without the compiler for others.
 */
async function recordRegExps(file: string): Promise<readonly string[]> {
  const made: string[] = [];
  const Original = RegExp;
  class Recorder extends Original {
    constructor(source: string | RegExp, flags?: string) {
      super(source, flags);
      made.push(String(this));
    }
  }
  globalThis.RegExp = Recorder as RegExpConstructor;
  try {
    await import(`${pathToFileURL(file).href}?recorded`);
  } finally {
    globalThis.RegExp = Original;
  }
  return made;
}

const yamlParser: Plugin = {
  name: 'yaml-parser',
  setup(bundler) {
    bundler.onLoad({ filter: /js-yaml\.mjs$/ }, async ({ path: file }) => {
      const made = await recordRegExps(file);
      let count = 0;
      const contents = readFileSync(file, 'utf8').replaceAll(
        /new RegExp\((?:"(?:[^"\\]|\\.)*"|`[^`]*`)(?:, "\w*")?\)/g,
        () => {
          count += 1;
          return made[count - 1] ?? '';
        },
      );
      if (count !== made.length)
        throw new Error(`js-yaml makes ${made.length} regular expressions, and ${count} are found`);
      return { contents, loader: 'js' };
    });
  },
};

/** Of js-yaml, calls whose results nobody uses here: the tags and schemas, and the parts of the writer. */
const UNUSED_RESULTS = ['defineScalarTag', 'defineSequenceTag', 'defineMappingTag'];

/** The reader of YAML is a program of its own too, which is loaded when it is first called. */
const loadCompose: Plugin = {
  name: 'load-compose',
  setup(bundler) {
    bundler.onResolve({ filter: /\/compose\.ts$/ }, () => ({ path: 'compose', namespace: 'lazy' }));
    bundler.onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
      contents: `export function readComposeFile(...given) {
        if (globalThis.compose === undefined) sys.load('compose');
        return globalThis.compose.readComposeFile(...given);
      }`,
      loader: 'js',
    }));
  },
};

const PLUGINS: Partial<Record<ProgramName, Plugin[]>> = {
  services: [takeFromDecisions, loadCompose],
  compose: [yamlParser],
};

/** What the build leaves out of the engine: the compiler of regular expressions, but for literals, and powers. */
function refuseMissing(name: ProgramName, code: string): void {
  const missing = /.{0,40}(?:\bRegExp\(|Math\.pow|\w\*\*\w).{0,40}/.exec(code);
  if (missing !== null) throw new Error(`${name}: the engine is built without that: ${missing[0]}`);
}

/**
 * @param name of the file in src/native, without `.ts`
 * @param isTest for the build that fails on demand
 */
export async function bundle(name: ProgramName, isTest: boolean): Promise<string> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const { outputFiles } = await build({
    entryPoints: [path.join(root, `src/native/${name}.ts`)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    target: 'es2023',
    legalComments: 'none',
    mainFields: ['module', 'main'],
    plugins: PLUGINS[name] ?? [],
    // Takes out calls of functions that only change a type, such as toPid().
    minifySyntax: true,
    define: {
      __VERSION__: JSON.stringify(version),
      __LICENSE__: JSON.stringify(readFileSync(path.join(root, 'LICENSE'), 'utf8')),
      __TEST__: String(isTest),
    },
  });
  // esbuild could do the rest too, but keeps constants that are used once: a tenth of the heap. A function that is called
  // once stays one all the same: inlined, it would be made anew at each call.
  const script = outputFiles[0]?.text ?? '';
  const { code = '' } = await minify(script, {
    ecma: 2020,
    mangle: { nth_identifier: namesIn(script) },
    compress: {
      passes: 3,
      reduce_funcs: false,
      toplevel: true,
      pure_new: name === 'compose',
      pure_funcs: UNUSED_RESULTS,
    },
    format: { ascii_only: true },
  });
  refuseMissing(name, code);
  return code;
}
