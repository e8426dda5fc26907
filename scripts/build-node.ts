/**
 * Builds dist/node.cjs, the Node host in one script, and dist/launch.cjs, which chooses the host. Instead of them, `--test`
 * builds build/node-test.cjs, which fails where a test asks it to.
 */
import { bundleForNode } from './bundle-node.ts';
import { main } from './run.ts';

await main(async () => {
  if (process.argv.includes('--test')) {
    await bundleForNode({ source: 'src/node/main.ts', target: 'build/node-test.cjs', format: 'cjs', isTest: true });
    return;
  }
  await bundleForNode({ source: 'src/node/main.ts', target: 'dist/node.cjs', format: 'cjs' });
  await bundleForNode({ source: 'src/node/launch.ts', target: 'dist/launch.cjs', format: 'cjs' });
});
