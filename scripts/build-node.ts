/** Builds dist/node.cjs, the Node host in one script, and dist/launch.cjs, which chooses the host. */
import { bundleForNode } from './bundle-node.ts';
import { main } from './run.ts';

await main(async () => {
  await bundleForNode({ source: 'src/node/main.ts', target: 'dist/node.cjs', format: 'cjs' });
  await bundleForNode({ source: 'src/node/launch.ts', target: 'dist/launch.cjs', format: 'cjs' });
});
