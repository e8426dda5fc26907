import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toMillis, toPid } from '../../../src/core/ids.ts';
import { type Note, judgeLevel } from '../../../src/core/note.ts';
import type { Options } from '../../../src/core/setup.ts';
import { HUP, KILL, TERM, USR2 } from '../../../src/core/signal.ts';
import type { FakeHost } from '../../../src/host/fake-host.ts';
import { startFake } from '../../../src/host/fake-start.ts';
import { deadline } from '../../../src/core/state.ts';
import { Session, arrival, row, setupWith } from '../../helpers/core.ts';

const drain = (least: number, most: number): Pick<Options, 'drain'> => ({
  drain: { least: toMillis(least), most: toMillis(most) },
});

/** A server that takes a tenth of a second to finish, and what its clients do: from an instant on, so many are connected. */
function serve(options: Partial<Options>, clients: readonly (readonly [after: number, connected: number])[] = []) {
  const { host, driver } = startFake(setupWith(options), [
    { pid: 10, parent: 1, executable: '/server', reaction: { type: 'drains', time: 100, code: 0 } },
  ]);
  for (const [after, connected] of clients) host.schedule(after, { type: 'connect', connected });
  return { host, driver };
}

/** When the server was first sent a signal, after the instant at which it came to us. */
const toldAfter = (host: FakeHost, signal = TERM): number | undefined => {
  const sent = host.actions.find(({ action }) => action.type === 'signal' && action.signal === signal);
  return sent === undefined ? undefined : Math.round(sent.at - 1_010);
};

const notesOf = (host: FakeHost, type: Note['type']): readonly Note[] =>
  host.actions.flatMap(({ action }) => (action.type === 'note' && action.note.type === type ? [action.note] : []));

const arrive = (host: FakeHost, after: number, signal = TERM): void => host.schedule(after, { type: 'arrive', signal });

test('a fixed drain holds the signal for just its time', () => {
  const { host, driver } = serve(drain(3_000, 3_000));
  arrive(host, 10);
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 3_000);
  assert.equal(host.exitStatus, 0);
  assert.equal(notesOf(host, 'drained')[0]?.type, 'drained');
  assert.ok(!host.actions.some(({ action }) => action.type === 'countClients'), 'nobody has to be counted');
});

test('an adaptive drain ends a second after the last client has gone, and not before its shortest time', () => {
  const cases = [
    // [clients, told after]
    { clients: [[0, 0]], told: 2_000 },
    {
      clients: [
        [0, 3],
        [5_000, 0],
      ],
      told: 6_100,
    },
    { clients: [[0, 1]], told: 9_000 },
    {
      clients: [
        [0, 0],
        [1_800, 1],
        [1_850, 0],
      ],
      // As short and alone as a probe.
      told: 2_000,
    },
    {
      clients: [
        [0, 0],
        [1_300, 1],
        [1_350, 0],
        [1_800, 1],
        [1_850, 0],
      ],
      told: 2_900,
    },
    {
      clients: [
        [0, 0],
        ...[1, 2, 3, 4].flatMap(
          (at) =>
            [
              [at * 1_000 + 550, 1],
              [at * 1_000 + 555, 0],
            ] as const,
        ),
      ],
      told: 2_000,
    },
    {
      clients: [
        [0, 0],
        ...[1, 2, 3, 4].flatMap(
          (at) =>
            [
              [at * 1_000 + 500, 2],
              [at * 1_000 + 505, 0],
            ] as const,
        ),
      ],
      told: 5_600,
    },
  ] as const;
  for (const { clients, told } of cases) {
    const { host, driver } = serve(drain(2_000, 9_000), clients);
    arrive(host, 10);
    host.run(driver, 60_000);
    const after = toldAfter(host) ?? -1;
    assert.ok(Math.abs(after - told) <= 200, `${JSON.stringify(clients)}: told after ${after} ms`);
  }
});

test('a pause of the container is no part of the time that a hook has', () => {
  const preStop = { commands: [{ words: ['hook'] }], limit: toMillis(4_000) };
  const session = new Session(setupWith({ preStop }));
  session.feed({ type: 'started', pid: toPid(10) });
  session.feed(arrival(TERM), 0);
  session.feed({ type: 'hookStarted', pid: toPid(20) });
  assert.deepEqual(session.feed({ type: 'tick' }, 6_500), []);
  assert.equal(deadline(session.state), 9_000);
  assert.ok(session.feed({ type: 'tick' }, 9_000).some(({ type }) => type === 'signalGroup'));
});

test('where nobody can be seen the drain lasts its longest, and that is said once', () => {
  const { host, driver } = serve(drain(2_000, 4_000));
  arrive(host, 10);
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 4_000);
  assert.deepEqual(
    notesOf(host, 'drainBlind').map((note) => note.type === 'drainBlind' && note.what),
    ['owners', 'clients'],
  );
});

test('nothing is looked at before the shortest time is nearly over', () => {
  const { host, driver } = serve(drain(30_000, 60_000), [[0, 1]]);
  arrive(host, 10);
  host.run(driver, 29_000);
  assert.equal(host.actions.filter(({ action }) => action.type === 'countClients').length, 0);
});

test('looking at the clients takes a twentieth of the time at most', () => {
  for (const [cost, pause] of [
    [0, 100],
    [8, 160],
    [60, 1_200],
    [300, 2_000],
  ] as const) {
    const session = new Session(setupWith(drain(5_000, 30_000)));
    session.feed({ type: 'started', pid: toPid(10) });
    session.feed(arrival(TERM), 0);
    session.feed({ type: 'processes', rows: [row(1, 0), row(10, 1)] });
    session.feed({ type: 'listeners', ports: [80] });
    const actions = session.feed({ type: 'tick' }, 4_000);
    assert.deepEqual(actions, [{ type: 'countClients', ports: [80] }]);
    const answered = 4_000 + cost;
    session.feed({ type: 'clients', clients: { connected: 1, example: '192.0.2.7', accepted: 1 } }, answered);
    assert.equal(deadline(session.state), answered + pause);
  }
});

test('a second stop signal ends the drain at once; one that came with the first does not', () => {
  const { host, driver } = serve(drain(10_000, 10_000));
  arrive(host, 10);
  arrive(host, 10);
  arrive(host, 700);
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 690);
});

test('other signals are relayed while it lasts, and the drain signal is sent at its start', () => {
  const { host, driver } = serve({ ...drain(2_000, 2_000), drainSignal: USR2 });
  arrive(host, 10);
  arrive(host, 500, HUP);
  host.run(driver, 60_000);
  assert.deepEqual([toldAfter(host, USR2), toldAfter(host, HUP), toldAfter(host)], [0, 490, 2_000]);
});

test('a main program that ends by itself ends the drain: the rest is told at once', () => {
  const { host, driver } = startFake(setupWith(drain(10_000, 10_000)), [
    { pid: 10, parent: 1, executable: '/main', reaction: { type: 'dies' } },
    { pid: 11, parent: 1, executable: '/other', reaction: { type: 'drains', time: 100, code: 0 } },
  ]);
  arrive(host, 10);
  host.schedule(500, { type: 'end', pid: 10, status: { type: 'exited', code: 4 } });
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 490);
  assert.equal(host.exitStatus, 4);
});

test('a main program that ends by itself without a stop signal is no reason to drain', () => {
  const { host, driver } = startFake(setupWith(drain(10_000, 10_000)), [
    { pid: 10, parent: 1, executable: '/main', reaction: { type: 'dies' } },
    { pid: 11, parent: 1, executable: '/other', reaction: { type: 'drains', time: 100, code: 0 } },
  ]);
  host.schedule(500, { type: 'end', pid: 10, status: { type: 'exited', code: 4 } });
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 490);
});

test('whatever the clients do, the programs are told between the shortest and the longest time', () => {
  const moments = fc.array(fc.tuple(fc.nat(20_000), fc.nat(3)));
  fc.assert(
    fc.property(fc.nat(8_000), fc.nat(8_000), moments, (least, more, clients) => {
      const { host, driver } = serve({ ...drain(least, least + more), grace: toMillis(5_000) }, clients);
      arrive(host, 10);
      host.run(driver, 120_000);
      const after = toldAfter(host) ?? -1;
      assert.ok(after >= least - 1 && after <= least + more + 1, `told after ${after}`);
      assert.equal(host.exitStatus, 0);
      assert.ok(!host.actions.some(({ action }) => action.type === 'signal' && action.signal === KILL));
    }),
    { numRuns: 300 },
  );
});

const preStop = (limit: number): Pick<Options, 'preStop'> => ({
  preStop: { commands: [{ words: ['hook'] }], limit: toMillis(limit) },
});

const hooks = [
  {
    name: 'holds the signal until it ends',
    hook: { time: 700, code: 0 },
    options: {},
    told: 700,
    notes: ['hookEnded'],
  },
  {
    name: 'that fails holds up nothing more',
    hook: { time: 700, code: 5 },
    options: {},
    told: 700,
    notes: ['hookEnded'],
  },
  { name: 'that cannot be started is said, and no more', hook: null, options: {}, told: 0, notes: ['hookNotStarted'] },
  {
    name: 'that takes too long is killed',
    hook: { time: 9_000, code: 0 },
    options: {},
    told: 2_000,
    notes: ['hookKilled'],
  },
  {
    name: 'and a longer drain',
    hook: { time: 700, code: 0 },
    options: drain(1_500, 1_500),
    told: 1_500,
    notes: ['hookEnded'],
  },
  {
    name: 'that is longer than the drain',
    hook: { time: 1_700, code: 0 },
    options: drain(500, 500),
    told: 1_700,
    notes: ['hookEnded'],
  },
] as const;
for (const { name, hook, options, told, notes } of hooks) {
  test(`a pre-stop hook ${name}`, () => {
    const { host, driver } = serve({ ...options, ...preStop(2_000) });
    host.hook = hook;
    arrive(host, 10);
    host.run(driver, 60_000);
    assert.equal(toldAfter(host), told);
    assert.equal(host.exitStatus, 0);
    const said = host.actions.flatMap(({ action }) =>
      action.type === 'note' && action.note.type.startsWith('hook') ? [action.note.type] : [],
    );
    assert.deepEqual(said, notes);
  });
}

test('a second stop signal kills the hook', () => {
  const { host, driver } = serve(preStop(20_000));
  host.hook = { time: 15_000, code: 0 };
  arrive(host, 10);
  arrive(host, 400);
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 390);
  assert.equal(notesOf(host, 'hookKilled').length, 1);
});

test('the hook is told of no signal that is for the programs', () => {
  const { host, driver } = serve(preStop(20_000));
  host.hook = { time: 900, code: 0 };
  arrive(host, 10);
  arrive(host, 300, HUP);
  host.run(driver, 60_000);
  const told = host.actions.flatMap(({ action }) => (action.type === 'signal' ? [action.pid] : []));
  assert.deepEqual(told, [10, 10]);
});

test('how long a stop may take is said at the start, and as a warning where the pod would be killed before it', () => {
  const levelOf = (options: Partial<Options>): readonly string[] => {
    const { host } = serve(options);
    return host.actions.flatMap(({ action }) =>
      action.type === 'note' && action.note.type === 'longestStop'
        ? [`${action.note.hold} ${action.note.total} ${judgeLevel(action.note)}`]
        : [],
    );
  };
  assert.deepEqual(levelOf({}), []);
  assert.deepEqual(levelOf({ grace: toMillis(5_000) }), []);
  assert.deepEqual(levelOf(drain(1_000, 20_000)), ['20000 null info']);
  assert.deepEqual(levelOf({ ...drain(1_000, 10_000), grace: toMillis(12_000) }), ['10000 22000 info']);
  assert.deepEqual(levelOf({ ...drain(10_000, 10_000), grace: toMillis(5_000) }), ['10000 15000 warning']);
  assert.deepEqual(levelOf({ ...preStop(30_000) }), ['30000 null warning']);
});
