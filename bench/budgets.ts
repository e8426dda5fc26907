/**
 * The budgets that do not depend on how fast or how busy the machine is: `npm run check:budgets`, in CI. The others are
 * measured by `npm run bench`.
 */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import budgets from './budgets.json' with { type: 'json' };
import { type Init, inits } from './inits.ts';
import { countReaping, countStartUp, countStop } from './instructions.ts';
import { readMemory } from './measures/memory.ts';
import { forgetPages, measureIdle } from './measures/node.ts';
import { countWakeUps } from './measures/wake-ups.ts';
import { packed, plainNode } from './node-hosts.ts';
import { takeTurns } from './row.ts';
import { buildTools } from './tools.ts';

/** Instructions vary with the lengths of what /proc says, and with how many children end at a time: the fewest count. */
const SLACK = 1.05;
/** The kernel maps file pages around a fault by what it has in its cache. */
const MEMORY_SLACK_KIB = 64;
const ROUNDS = 5;
const IDLE_SECONDS = 3;
const TRIES = 3;

const find = (name: string): Init | undefined => inits.find((init) => init.name === name);

const drainit = find('drainit');
if (drainit === undefined) throw new Error('dist/drainit is missing: npm run build makes it');
const tiniStatic = find('tini-static');

/** Whether what a test needs is there. In CI it has to be; elsewhere the test is skipped with one line. */
function has(t: TestContext, isThere: boolean, what: string): boolean {
  if (isThere) return true;
  if (process.env['CI'] === 'true') assert.fail(`missing: ${what}`);
  t.skip(`missing: ${what}`);
  return false;
}

const TINI = '/usr/bin/tini-static (Debian package tini)';
const VALGRIND = 'valgrind (Debian package valgrind)';
const hasValgrind = existsSync('/usr/bin/valgrind');

test('the binary is no larger than tini-static', (t) => {
  if (!has(t, tiniStatic !== undefined, TINI)) return;
  const [own, other] = [drainit, tiniStatic].map((init) => statSync(init?.file ?? '').size);
  t.diagnostic(`${own} bytes, tini-static ${other}`);
  assert.ok((own ?? 0) <= (other ?? 0), `${own} bytes, tini-static has ${other}`);
});

test('resident memory when idle is that of tini-static', async (t) => {
  if (!has(t, tiniStatic !== undefined, TINI)) return;
  const [resident] = await takeTurns(ROUNDS, [drainit, tiniStatic ?? drainit], readMemory);
  const [own = NaN, other = NaN] = [resident?.get('drainit'), resident?.get('tini-static')];
  t.diagnostic(`${own} KiB, tini-static ${other}`);
  assert.ok(own <= 1.05 * other + MEMORY_SLACK_KIB, `${own} KiB, tini-static has ${other}`);
});

test('nothing wakes it up when it is idle', async () => {
  assert.equal(await countWakeUps(drainit, IDLE_SECONDS), 0);
});

/** The fewest of some tries, and no more tries than it takes. */
async function assertWithin(t: TestContext, ceiling: number, count: () => number | Promise<number>): Promise<void> {
  if (!has(t, hasValgrind, VALGRIND)) return;
  buildTools();
  const isWithin = (): boolean => own <= ceiling * SLACK;
  let own = Infinity;
  for (let tries = 0; tries < TRIES && !isWithin(); tries += 1) own = Math.min(own, await count());
  t.diagnostic(`${own}, of ${ceiling}`);
  assert.ok(isWithin(), `${own} instructions, and bench/budgets.json allows ${ceiling} and a twentieth more`);
}

const counts: readonly (readonly [what: string, ceiling: number, count: () => number | Promise<number>])[] = [
  ['to start /bin/true', budgets.instructions.startUp, () => countStartUp(drainit)],
  ['to start, reap 2,000 orphans and stop', budgets.instructions.reaping, async () => countReaping(drainit, 2_000)],
  ['to start and stop 200 children with one TERM', budgets.instructions.stop, async () => countStop(drainit, 200)],
];
for (const [what, ceiling, count] of counts) {
  test(`instructions ${what}`, async (t) => assertWithin(t, ceiling, count));
}

test('the packed file is no larger than Node, and its memory is as measured', async (t) => {
  const [file = ''] = packed.command;
  if (!has(t, existsSync(file), `${file} (npm run build:pkg)`)) return;
  const [size, node] = [file, process.execPath].map((name) => statSync(name).size);
  t.diagnostic(`${size} bytes, Node ${node}`);
  assert.ok((size ?? 0) <= (node ?? 0), `${size} bytes, Node has ${node}`);
  forgetPages();
  const [resident, anonymous] = await takeTurns(3, [packed, plainNode], measureIdle);
  const [own = NaN, other = NaN] = [packed, plainNode].map(({ name }) => resident?.get(name));
  const ownAnonymous = anonymous?.get(packed.name) ?? NaN;
  t.diagnostic(`${own} KiB, ${ownAnonymous} of it anonymous; Node ${other}`);
  assert.ok(own <= 1.2 * other, `${own} KiB, Node has ${other}`);
  const ceiling = budgets.packed.anonymousKiB;
  assert.ok(ownAnonymous <= ceiling * SLACK, `${ownAnonymous} KiB anonymous, and bench/budgets.json allows ${ceiling}`);
});

test('instructions of the packed file to start /bin/true', async (t) => {
  const [file = ''] = packed.command;
  if (!has(t, existsSync(file), `${file} (npm run build:pkg)`)) return;
  await assertWithin(t, budgets.packed.startUp, () => countStartUp(packed));
});
