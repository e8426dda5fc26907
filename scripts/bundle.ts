/** Makes one script for the small engine out of a file of src/native and what it imports. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { minify } from 'terser';

const root = path.dirname(import.meta.dirname);

/**
 * @param name of the file in src/native, without `.ts`
 * @param isTest for the build that fails on demand
 */
export async function bundle(name: 'main' | 'texts', isTest: boolean): Promise<string> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const { outputFiles } = buildSync({
    entryPoints: [path.join(root, `src/native/${name}.ts`)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    target: 'es2023',
    legalComments: 'none',
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
  const { code = '' } = await minify(outputFiles[0]?.text ?? '', {
    ecma: 2020,
    compress: { passes: 3, reduce_funcs: false },
    format: { ascii_only: true },
  });
  return code;
}
