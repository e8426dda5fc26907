/** What one look at the clients means for a drain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clients } from '../../../src/core/event.ts';
import { toMillis } from '../../../src/core/ids.ts';
import type { Drain, Watch } from '../../../src/core/state.ts';
import { TERM } from '../../../src/core/signal.ts';
import { hasNewcomers, isOver, seeClients } from '../../../src/core/watch.ts';

const NOW = toMillis(10_000);

const drain: Drain = {
  signal: TERM,
  began: toMillis(0),
  earliest: toMillis(5_000),
  latest: toMillis(60_000),
  watch: null,
  hook: null,
  asked: null,
  tellAt: null,
};

const nobody: Clients = { connected: 0, example: null, accepted: 100, others: { open: 2, closed: 0 }, listening: 1 };

const watch: Watch = {
  ports: [80],
  isOwnerless: false,
  listening: 1,
  clients: nobody,
  notedAt: toMillis(0),
  quietSince: toMillis(9_000),
  cameAt: null,
  askedAt: NOW,
  countedAt: NOW,
  lookAt: NOW,
};

const look = (clients: Partial<Clients>, before: Partial<Watch> = {}): Watch =>
  seeClients(drain, { ...watch, ...before }, { ...nobody, ...clients }, NOW).watch;

interface Case {
  readonly name: string;
  readonly clients: Partial<Clients>;
  readonly before?: Partial<Watch>;
  readonly isQuiet: boolean;
  readonly came?: boolean;
}

const cases: readonly Case[] = [
  { name: 'nobody is there and nobody came', clients: {}, isQuiet: true },
  { name: 'somebody is connected', clients: { connected: 1 }, isQuiet: false },
  { name: 'one came and went: a probe', clients: { accepted: 101 }, isQuiet: true, came: true },
  { name: 'one came and is there', clients: { accepted: 101, connected: 1 }, isQuiet: true, came: true },
  { name: 'one came where two are', clients: { accepted: 101, connected: 2 }, isQuiet: false, came: true },
  { name: 'two came', clients: { accepted: 102 }, isQuiet: false, came: true },
  {
    name: 'one came, 800 ms after another',
    clients: { accepted: 101 },
    before: { cameAt: toMillis(9_200) },
    isQuiet: true,
    came: true,
  },
  {
    name: 'one came, 799 ms after another',
    clients: { accepted: 101 },
    before: { cameAt: toMillis(9_201) },
    isQuiet: false,
    came: true,
  },
  {
    name: 'two came to others, and are there',
    clients: { accepted: 102, others: { open: 4, closed: 0 } },
    isQuiet: true,
  },
  {
    name: 'nine came to others, and have gone',
    clients: { accepted: 109, others: { open: 2, closed: 9 } },
    isQuiet: true,
  },
  {
    name: 'three of five came to others',
    clients: { accepted: 105, others: { open: 3, closed: 2 } },
    isQuiet: false,
    came: true,
  },
  {
    name: 'one came, while two of others left without a trace',
    clients: { accepted: 101, others: { open: 0, closed: 0 } },
    isQuiet: true,
    came: true,
  },
  {
    name: 'two came, while two of others left without a trace',
    clients: { accepted: 102, others: { open: 0, closed: 0 } },
    isQuiet: false,
    came: true,
  },
];

for (const { name, clients, before, isQuiet, came = false } of cases) {
  test(`${name}: ${isQuiet ? 'quiet' : 'not quiet'}`, () => {
    const after = look(clients, before);
    assert.equal(after.quietSince !== null, isQuiet);
    assert.equal(after.cameAt === NOW, came);
  });
}

test('quiet counts from the first look that was, and of the first look nobody has come', () => {
  assert.equal(look({}).quietSince, 9_000);
  assert.equal(look({}, { quietSince: null }).quietSince, NOW);
  assert.equal(look({ accepted: 900 }, { clients: null, quietSince: null }).quietSince, NOW);
});

test('ports are asked for again where somebody has begun to listen', () => {
  assert.equal(look({}).listening, 1);
  assert.equal(look({ listening: 2 }).listening, null);
});

test('a drain is over after a quiet second, not before its shortest time, and not while a hook runs', () => {
  const quiet = { ...watch, quietSince: toMillis(9_000) };
  assert.equal(isOver(drain, { ...quiet, clients: { ...nobody, connected: 1 } }, NOW), false);
  assert.equal(isOver(drain, quiet, NOW), true);
  assert.equal(isOver(drain, { ...quiet, quietSince: toMillis(9_001) }, NOW), false);
  assert.equal(isOver({ ...drain, earliest: toMillis(10_001) }, quiet, NOW), false);
  assert.equal(
    isOver({ ...drain, hook: { index: 0, pid: null, began: NOW, limit: toMillis(20_000) } }, quiet, NOW),
    false,
  );
  assert.equal(isOver({ ...drain, latest: drain.earliest }, quiet, NOW), false);
});

test('newcomers are those of the last second', () => {
  assert.equal(hasNewcomers({ ...watch, cameAt: toMillis(9_001) }, NOW), true);
  assert.equal(hasNewcomers({ ...watch, cameAt: toMillis(9_000) }, NOW), false);
  assert.equal(hasNewcomers(watch, NOW), false);
});
