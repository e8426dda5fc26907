/** Rolling updates under load, under different inits: `npm run bench:rollout`. */
import { writeFileSync } from 'node:fs';
import { BuildError, isProgram, main } from '../scripts/run.ts';
import { enclose, furnish, isEnclosed } from './rollout/enclosure.ts';
import { type Options, readOptions } from './rollout/options.ts';
import { drawRollouts } from './rollout/picture.ts';
import { renderRun, renderTargets, renderTotals } from './rollout/print.ts';
import { type Result, conclude } from './rollout/result.ts';
import { measure } from './rollout/rolling-update.ts';
import { isThere } from './rollout/subjects.ts';

function check({ plans }: Options): void {
  for (const name of new Set(plans.map(({ balancer }) => balancer))) {
    if (!isProgram(name)) throw new BuildError(`${name} is missing: it is the Debian package of that name`);
  }
  const missing = new Set(plans.map(({ subject }) => subject).filter((it) => !isThere(it)));
  for (const { name, init } of missing) console.error(`rollout: ${name} is not measured: there is no ${init[0]}`);
}

async function run({ plans, runs, json, picture }: Options): Promise<void> {
  const results: Result[] = [];
  const present = plans.filter(({ subject }) => isThere(subject));
  try {
    for (let round = 0; round < runs; round += 1) {
      for (const plan of present) {
        const result = conclude(plan, await measure(plan));
        console.error(`rollout: ${renderRun(result)}`);
        results.push(result);
      }
    }
  } finally {
    // What was measured until something failed is not lost.
    if (json !== null) writeFileSync(json, JSON.stringify(results, null, 1));
    if (picture !== null && results.length > 0) writeFileSync(picture, drawRollouts(results));
    console.log([renderTotals(results), '', ...renderTargets(results)].join('\n'));
  }
}

await main(async () => {
  const options = readOptions(process.argv.slice(2));
  if (!isEnclosed()) {
    check(options);
    return enclose();
  }
  furnish();
  await run(options);
});
// A run that failed leaves pods and clients, which would keep this process alive; they end with it.
if (isEnclosed()) process.exit();
