/** Makes one script for the small engine out of a file of src/native and what it imports. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Plugin, build } from 'esbuild';
import { minify } from 'terser';

/** The programs of the native binary: the files of src/native that begin one. */
export type ProgramName = 'main' | 'decisions' | 'options' | 'texts' | 'services';

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
    plugins: name === 'services' ? [takeFromDecisions] : [],
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
    compress: { passes: 3, reduce_funcs: false },
    format: { ascii_only: true },
  });
  return code;
}
