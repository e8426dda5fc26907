/** `npm run test:containers`: makes the images, runs the tests on them, and takes everything away but the cache. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { run as runTests } from 'node:test';
import { spec } from 'node:test/reporters';
import { build, prepareBases, tryContainer } from '../helpers/containers/images.ts';
import { clear, furnish } from '../helpers/containers/tools.ts';
import { root } from '../helpers/staged.ts';
import { isProgram } from '../../scripts/run.ts';

const TOOLS = ['podman', 'buildah', 'runc', 'mmdebstrap', 'apt-config', 'nsenter', 'curl', 'ip', 'iptables'];

const say = (text: string): void => console.error(`test:containers: ${text}`);

/** Why there can be no containers here; undefined: nothing speaks against it. */
function findObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make images and containers here';
  const missing = TOOLS.filter((name) => !isProgram(name));
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')}`;
}

interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** Runs the files and gives what was skipped; a failure is in process.exitCode then. */
async function test(files: readonly string[]): Promise<readonly Skipped[]> {
  const skipped: Skipped[] = [];
  const events = runTests({ files: [...files], concurrency: 1 });
  events.on('test:pass', ({ name, skip }) => {
    if (skip !== undefined) skipped.push({ name, reason: String(skip) });
  });
  events.on('test:fail', () => (process.exitCode = 1));
  const { promise, resolve } = Promise.withResolvers<void>();
  events.on('end', resolve);
  events.compose(spec).pipe(process.stdout);
  await promise;
  return skipped;
}

/** A test that is skipped, and was not before, is a test that is lost: CI does not pass over it. */
function checkSkips(skipped: readonly Skipped[]): void {
  const file = path.join(import.meta.dirname, 'skips.json');
  const known = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;
  const unknown = skipped.filter(({ name }) => known[name] === undefined);
  for (const { name, reason } of unknown) say(`skipped, and not known to skips.json: ${name}: ${reason}`);
  if (unknown.length > 0 && process.env['CI'] === 'true') process.exitCode = 1;
}

/** The files whose names have one of the words that the command was given; all of them without a word. */
function chooseFiles(words: readonly string[]): readonly string[] {
  const all = globSync(path.join(import.meta.dirname, '*.test.ts'));
  return words.length === 0 ? all : all.filter((file) => words.some((word) => path.basename(file).includes(word)));
}

async function main(): Promise<void> {
  const obstacle = findObstacle();
  if (obstacle !== undefined) {
    say(`not run: ${obstacle}`);
    return;
  }
  await furnish();
  try {
    await prepareBases(say);
    const failure = await tryContainer();
    if (failure !== undefined) {
      say(`not run: ${failure}`);
      return;
    }
    say('building the image drainit by the Dockerfile');
    await build('drainit', root);
    checkSkips(await test(chooseFiles(process.argv.slice(2))));
  } finally {
    await clear();
  }
}

await main();
