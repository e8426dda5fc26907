/** What the Node host costs beside Node itself: `npm run bench:node`. */
import { existsSync } from 'node:fs';
import { BuildError, main } from '../scripts/run.ts';
import { measureDrains } from './measures/drain.ts';
import { measureBoots, measureMemory, measureSize, measureStarts } from './measures/node.ts';
import { nodeHosts, packed } from './node-hosts.ts';
import { renderTable } from './table.ts';
import { buildTools } from './tools.ts';

await main(async () => {
  const [file = ''] = packed.command;
  if (!existsSync(file)) throw new BuildError(`${file} is missing: npm run build:pkg makes it`);
  buildTools();
  const rows = [
    ...measureStarts(),
    ...(await measureMemory()),
    ...(await measureBoots()),
    ...(await measureDrains([{ ...packed, isOurs: true }])),
    ...measureSize(),
  ];
  console.log(
    renderTable(
      rows,
      nodeHosts.map(({ name }) => name),
      packed.name,
    ),
  );
});
