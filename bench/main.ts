/**
 * Measures each budget of drainit beside the other inits: `npm run bench`, or `node bench/main.ts [--only NAME,...] [--json]`.
 */
import { parseArgs } from 'node:util';
import { BuildError, main } from '../scripts/run.ts';
import { inits, missing } from './inits.ts';
import { crowd } from './measures/crowd.ts';
import { drain } from './measures/drain.ts';
import { latency } from './measures/latency.ts';
import { memory } from './measures/memory.ts';
import { orphans } from './measures/orphans.ts';
import { size } from './measures/size.ts';
import { startUp } from './measures/start-up.ts';
import { wakeUps } from './measures/wake-ups.ts';
import { type Measure, type Row, judge } from './row.ts';
import { renderTable } from './table.ts';
import { buildTools } from './tools.ts';

const measures: readonly Measure[] = [startUp, memory, size, wakeUps, latency, orphans, crowd, drain];

function choose(only: string | undefined): readonly Measure[] {
  if (only === undefined) return measures;
  return only.split(',').map((name) => {
    const found = measures.find((measure) => measure.name === name);
    if (found !== undefined) return found;
    throw new BuildError(`--only: '${name}' is none of ${measures.map((measure) => measure.name).join(', ')}`);
  });
}

const toRecord = (row: Row) => ({ ...row, values: Object.fromEntries(row.values), ...judge(row) });

await main(async () => {
  const { values: options } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } });
  const chosen = choose(options.only);
  if (!inits.some(({ isOurs }) => isOurs)) throw new BuildError('dist/drainit is missing: npm run build makes it');
  if (missing.length > 0) console.error(`bench: not measured, because not installed: ${missing.join(', ')}`);
  buildTools();
  const rows: Row[] = [];
  for (const { name, measure } of chosen) {
    console.error(`bench: ${name}`);
    rows.push(...(await measure(inits)));
  }
  console.log(
    options.json === true
      ? JSON.stringify(rows.map(toRecord), null, 2)
      : renderTable(
          rows,
          inits.map(({ name }) => name),
        ),
  );
});
