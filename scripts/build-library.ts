/**
 * Builds the library: dist/index.js, which is what `import … from 'drainit'` loads, dist/supervise.cjs, which that loads when
 * it is first needed, dist/bundled.js, which is both in one for bundlers, and dist/types.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleForNode } from './bundle-node.ts';
import { main, run } from './run.ts';

const root = path.dirname(import.meta.dirname);
const types = path.join(root, 'dist/types');
const project = path.join(root, 'src/library/tsconfig.declarations.json');

/** TypeScript before 5.7 does not find a declaration by the name of its source. */
function renameImports(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"));
}

await main(async () => {
  await bundleForNode({ source: 'src/library/index.ts', target: 'dist/index.js', format: 'esm' });
  await bundleForNode({ source: 'src/library/supervise.ts', target: 'dist/supervise.cjs', format: 'cjs' });
  await bundleForNode({
    source: 'src/library/index.ts',
    target: 'dist/bundled.js',
    format: 'esm',
    variant: 'bundled',
  });
  rmSync(types, { recursive: true, force: true });
  mkdirSync(types, { recursive: true });
  run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', project]);
  for (const file of readdirSync(types)) renameImports(path.join(types, file));
});
