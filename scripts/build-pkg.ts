/**
 * Builds dist/drainit-node: the Node host and the Node that npm delivered in one file, by pkg. Needs no network. Instead of
 * it, `--test` builds build/drainit-node-test, which fails where a test asks it to, and listens to NODE_OPTIONS.
 */
import { mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';
import { bundleForNode } from './bundle-node.ts';
import { dropCodeCache } from './drop-code-cache.ts';
import { main, run } from './run.ts';

const root = path.dirname(import.meta.dirname);
const isTest = process.argv.includes('--test');
const script = isTest ? 'build/pkg/drainit-test.cjs' : 'build/pkg/drainit.cjs';
/** What is loaded only when it is needed: `start-process.packed.ts`. */
const late = 'build/pkg/start-process.cjs';
const stripped = path.join(root, 'build/pkg/node');
const target = path.join(root, isTest ? 'build/drainit-node-test' : 'dist/drainit-node');

const seaConfig = {
  disableExperimentalSEAWarning: true,
  useCodeCache: false,
  assets: { [path.basename(late)]: path.join(root, late) },
  // The heap as it is when everything is loaded.
  useSnapshot: true,
  // Nobody's NODE_OPTIONS reach PID 1.
  execArgvExtension: isTest ? 'env' : 'none',
  // Hash tables are not made anew for another seed at each start; USR1 is the programs', and not the debugger's; and no
  // threads that only make code faster, which count in a container's limit of pids, nor machine code at once for what is
  // mostly idle. OPENSSL_CONF is the programs' as well.
  execArgv: [
    '--no-rehash-snapshot',
    '--disable-sigusr1',
    '--v8-pool-size=0',
    '--no-sparkplug',
    '--openssl-config=/dev/null',
  ],
};

await main(async () => {
  await bundleForNode({ source: 'src/node/packed.ts', target: script, format: 'cjs', variant: 'packed', isTest });
  await bundleForNode({ source: 'src/node/start-process.ts', target: late, format: 'cjs' });
  mkdirSync(path.dirname(target), { recursive: true });
  // Its symbols are a quarter of it. What pkg adds does not survive it, so it comes first.
  run('strip', ['-o', stripped, path.join(root, 'node_modules/node/bin/node')]);
  const nodeRange = `node${run(stripped, ['--version']).trim().slice(1)}`;
  await pkg.default(path.join(root, script), {
    nodePath: stripped,
    signature: false,
    targets: [{ platform: 'linux', arch: process.arch, nodeRange, output: `${target}.new` }],
    seaConfig,
  });
  dropCodeCache(`${target}.new`);
  // Renamed, since the old one may be running.
  renameSync(`${target}.new`, target);
  console.error(`build: ${path.relative(root, target)}: ${statSync(target).size} bytes`);
});
