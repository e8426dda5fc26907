import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toMillis, toPid } from '../../../src/core/ids.ts';
import { type Note, judgeLevel } from '../../../src/core/note.ts';
import type { Options } from '../../../src/core/setup.ts';
import { CONT, HUP, INT, KILL, TERM, USR2 } from '../../../src/core/signal.ts';
import type { Finding } from '../../../src/core/inquiry.ts';
import type { FakeHost } from '../../../src/host/fake-host.ts';
import { startFake } from '../../../src/host/fake-start.ts';
import { deadline } from '../../../src/core/state.ts';
import { Session, arrival, reaped, row, setupWith } from '../../helpers/core.ts';

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

test('a pause of the container is no part of the grace period', () => {
  const session = new Session(setupWith({ grace: toMillis(5_000) }));
  session.feed({ type: 'started', pid: toPid(10) });
  session.feed(arrival(TERM), 0);
  session.feed({ type: 'processes', rows: [row(1, 0), row(10, 1)] });
  const facts: readonly Finding[] = [
    { pid: toPid(10), facet: 'executable', value: '/server' },
    { pid: toPid(10), facet: 'input', value: null },
  ];
  session.feed({ type: 'inspected', findings: facts });
  assert.equal(session.state.phase.type, 'stopping');
  // It was to be called after a second, and is after 21.
  session.feed({ type: 'tick' }, 21_000);
  const { phase } = session.state;
  assert.equal(phase.type === 'stopping' && phase.stop.graceEnd, 25_000);
  // What the same wake-up brings besides is late by no other pause.
  session.feed(arrival(CONT), 21_001);
  session.feed({ type: 'processes', rows: [row(1, 0), row(10, 1)] }, 21_002);
  session.feed({ type: 'inspected', findings: facts }, 21_003);
  const after = session.state.phase;
  assert.equal(after.type === 'stopping' && after.stop.graceEnd, 25_000);
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
    ['clients'],
  );
});

const looksOf = (host: FakeHost): readonly number[] =>
  host.actions.flatMap(({ action, at }) => (action.type === 'countClients' ? [Math.round(at - 1_010)] : []));

test('nothing is looked at before the shortest time is nearly over, but for the chart of a report', () => {
  const looks = (options: Partial<Options>): readonly number[] => {
    const { host, driver } = serve({ ...drain(30_000, 60_000), ...options }, [[0, 1]]);
    arrive(host, 10);
    host.run(driver, 29_000);
    return looksOf(host);
  };
  assert.deepEqual(looks({}), []);
  assert.deepEqual(looks({ reportsStop: true }).slice(0, 3), [0, 1_500, 3_000]);
});

test('the clients of a fixed drain are looked at for the report, and do not end it', () => {
  const { host, driver } = serve({ ...drain(2_000, 2_000), reportsStop: true }, [
    [0, 3],
    [500, 0],
  ]);
  arrive(host, 10);
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 2_000);
  const [reported] = notesOf(host, 'reportedDrain');
  assert.ok(reported?.type === 'reportedDrain');
  assert.equal(reported.reason, 'time');
  assert.deepEqual(
    reported.clients.map(({ connected }) => connected),
    [3, 0],
  );
});

/** A drain of 5 to 30 s in which it is time for the first look. */
function watched(): Session {
  const session = new Session(setupWith(drain(5_000, 30_000)));
  session.feed({ type: 'started', pid: toPid(10) });
  session.feed(arrival(TERM), 0);
  session.feed({ type: 'tick' }, 4_000);
  session.feed({ type: 'processes', rows: [row(1, 0), row(10, 1)] });
  return session;
}

const one = { connected: 1, example: '192.0.2.7', accepted: 1, others: { open: 0, closed: 0 }, listening: 1 };

test('looking at the clients takes a twentieth of the time at most', () => {
  for (const [cost, pause] of [
    [0, 100],
    [8, 160],
    [60, 1_200],
    [300, 6_000],
  ] as const) {
    const session = watched();
    const actions = session.feed({ type: 'listeners', ports: [80], listening: 1 });
    assert.deepEqual(actions, [{ type: 'countClients', ports: [80], lookBack: 0 }]);
    const answered = 4_000 + cost;
    session.feed({ type: 'clients', clients: one }, answered);
    assert.equal(deadline(session.state), answered + pause);
    const next = session.feed({ type: 'tick' }, answered + pause);
    assert.deepEqual(next, [{ type: 'countClients', ports: [80], lookBack: cost + pause }]);
  }
});

test('who begins to listen is found at the next look, and who ceased to has clients still', () => {
  const session = watched();
  session.feed({ type: 'listeners', ports: [80], listening: 1 });
  session.feed({ type: 'clients', clients: { ...one, listening: 2 } });
  assert.deepEqual(session.feed({ type: 'tick' }, 4_100), [{ type: 'readProcesses' }]);
  const asked = session.feed({ type: 'processes', rows: [row(1, 0), row(10, 1), row(11, 10)] });
  assert.deepEqual(asked, [{ type: 'findListeners', pids: [10, 11] }]);
  const counted = session.feed({ type: 'listeners', ports: [81], listening: 2 });
  assert.deepEqual(counted, [{ type: 'countClients', ports: [80, 81], lookBack: 100 }]);
  session.feed({ type: 'clients', clients: { ...one, listening: 2 } });
  assert.deepEqual(
    session.feed({ type: 'tick' }, 4_200).map(({ type }) => type),
    ['countClients'],
  );
});

test('that ports have no known owner is said once', () => {
  const session = watched();
  const isSaid = (listening: number): boolean => {
    session.feed({ type: 'listeners', ports: null, listening });
    return session
      .feed({ type: 'clients', clients: { ...one, listening: listening + 1 } })
      .some((action) => action.type === 'note' && action.note.type === 'drainBlind');
  };
  assert.equal(isSaid(1), true);
  assert.equal(isSaid(2), false);
});

test('the end of a drain says what was seen: clients, newcomers, or nothing', () => {
  const endOf = (clients: readonly (readonly [number, number])[]) => {
    const { host, driver } = serve(drain(1_000, 3_000), clients);
    arrive(host, 10);
    host.run(driver, 60_000);
    const [note] = notesOf(host, 'drained');
    assert.ok(note?.type === 'drained');
    return [note.reason, note.connected, note.hasNewcomers];
  };
  const flood = Array.from({ length: 80 }, (_, index): readonly [number, number] => [index * 50, (index % 2) * 2]);
  assert.deepEqual(endOf([[0, 0]]), ['quiet', 0, false]);
  assert.deepEqual(endOf([[0, 2]]), ['longest', 2, false]);
  assert.deepEqual(endOf(flood).slice(0, 1), ['longest']);
  assert.equal(endOf(flood)[2], true);
  assert.deepEqual(endOf([]), ['longest', null, false]);
});

test('the signal that ends a drain is the one that is delivered, and it ends it once', () => {
  const session = new Session(setupWith(drain(9_000, 9_000)));
  session.feed({ type: 'started', pid: toPid(10) });
  session.feed(arrival(TERM), 0);
  const actions = [INT, TERM].flatMap((signal) => session.feed(arrival(signal), 500));
  assert.equal(actions.filter((action) => action.type === 'note' && action.note.type === 'drained').length, 1);
  const { host, driver } = serve(drain(9_000, 9_000));
  arrive(host, 10);
  arrive(host, 700, INT);
  host.run(driver, 60_000);
  assert.deepEqual([toldAfter(host, INT), toldAfter(host)], [690, undefined]);
});

test('a client that comes at the end of a quiet second is waited for', () => {
  const { host, driver } = serve(drain(1_000, 6_000), [
    [0, 0],
    [950, 1],
  ]);
  arrive(host, 10);
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 6_000);
});

test('a drain of no time holds nothing back', () => {
  const { host, driver } = serve(drain(0, 0));
  arrive(host, 10);
  host.run(driver, 60_000);
  assert.equal(toldAfter(host), 0);
  assert.equal(notesOf(host, 'draining').length, 0);
});

test('a stop signal after the end of the main program is not held back', () => {
  const session = new Session(setupWith(drain(10_000, 10_000)));
  session.feed({ type: 'started', pid: toPid(10) });
  session.feed(reaped([[10, 0]]));
  session.feed(arrival(TERM), 100);
  assert.equal(session.state.phase.type, 'running');
  assert.deepEqual(
    session.state.survey.tasks.map(({ type }) => type),
    ['stop', 'stop'],
  );
});

/** The drain signal: which programs it went to, by the instant. */
function drainSignalled(caughtFrom: number): readonly string[] {
  const session = new Session(setupWith({ ...drain(5_000, 5_000), drainSignal: USR2 }));
  session.feed({ type: 'started', pid: toPid(10) });
  const log: string[] = [];
  for (let at = 0; at < 5_000; at = deadline(session.state) ?? 5_000) {
    let actions = at === 0 ? session.feed(arrival(TERM), at) : session.feed({ type: 'tick' }, at);
    const caught = at >= caughtFrom ? 1 << (USR2 - 1) : 0;
    const rows = [row(1, 0), row(10, 1, { caught })];
    if (actions.some(({ type }) => type === 'readProcesses')) actions = session.feed({ type: 'processes', rows }, at);
    const facts: readonly Finding[] = [{ pid: toPid(10), facet: 'executable', value: '/server' }];
    if (session.types.includes('inspect')) actions = session.feed({ type: 'inspected', findings: facts }, at);
    for (const action of actions) {
      if (action.type === 'signal') log.push(`${at} signal`);
      if (action.type === 'note') log.push(`${at} ${action.note.type}`);
    }
  }
  return log;
}

test('the drain signal goes once to who has a handler, also to one that has it only later', () => {
  assert.deepEqual(drainSignalled(0), ['0 signal', '0 told']);
  assert.deepEqual(drainSignalled(2_000), ['0 notTold', '0 drainSignalUnheard', '2000 signal', '2000 told']);
  assert.deepEqual(drainSignalled(9_000), ['0 notTold', '0 drainSignalUnheard']);
});

test('without /proc nobody is told that a drain begins, and that is said once', () => {
  const session = new Session(setupWith({ ...drain(5_000, 5_000), drainSignal: USR2 }, { hasProc: false }));
  session.feed({ type: 'started', pid: toPid(10) });
  session.feed(arrival(TERM), 0);
  const actions = session.feed({ type: 'processes', rows: null });
  const said = { type: 'drainSignalUnheard', signal: USR2, isBlind: true } as const;
  assert.deepEqual(actions, [{ type: 'note', note: said }]);
  assert.equal(deadline(session.state), 5_000);
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
  {
    name: 'that is killed does not end a longer drain',
    hook: { time: 9_000, code: 0 },
    options: drain(3_000, 3_000),
    told: 3_000,
    notes: ['hookKilled'],
  },
  {
    name: 'that runs on is waited for by an adaptive drain',
    hook: { time: 1_900, code: 0 },
    options: drain(500, 9_000),
    clients: [[0, 0]],
    told: 1_900,
    notes: ['hookEnded'],
  },
] as const;
for (const { name, hook, options, told, notes, ...more } of hooks) {
  test(`a pre-stop hook ${name}`, () => {
    const { host, driver } = serve({ ...options, ...preStop(2_000) }, 'clients' in more ? more.clients : []);
    host.hook = hook;
    arrive(host, 10);
    host.run(driver, 60_000);
    const after = toldAfter(host) ?? -1;
    // An adaptive drain ends at a look, a tenth of a second later at most.
    assert.ok(after >= told && after <= told + ('clients' in more ? 100 : 0), `told after ${after} ms`);
    assert.equal(host.exitStatus, 0);
    const said = host.actions.flatMap(({ action }) =>
      action.type === 'note' && action.note.type.startsWith('hook') ? [action.note.type] : [],
    );
    assert.deepEqual(said, notes);
    const [end] = notes;
    const isAlarming = end === 'hookKilled' || end === 'hookNotStarted' || hook?.code === 5;
    assert.equal(notesOf(host, 'report').length, isAlarming ? 1 : 0);
  });
}

test('a hook that is killed because the drain is over is no alarm', () => {
  const { host, driver } = serve(preStop(9_000));
  host.hook = { time: 5_000, code: 0 };
  arrive(host, 10);
  arrive(host, 500);
  host.run(driver, 60_000);
  assert.equal(notesOf(host, 'hookKilled').length, 1);
  assert.equal(notesOf(host, 'report').length, 0);
});

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
        ? [`${action.note.hold} ${action.note.grace} ${judgeLevel(action.note)}`]
        : [],
    );
  };
  assert.deepEqual(levelOf({}), []);
  assert.deepEqual(levelOf({ grace: toMillis(50_000) }), ['0 50000 info']);
  assert.deepEqual(levelOf(drain(1_000, 20_000)), ['20000 null info']);
  assert.deepEqual(levelOf({ ...drain(1_000, 10_000), grace: toMillis(12_000) }), ['10000 12000 info']);
  assert.deepEqual(levelOf({ ...drain(10_000, 10_000), grace: toMillis(5_000) }), ['10000 5000 warning']);
  assert.deepEqual(levelOf({ ...preStop(30_000) }), ['30000 null warning']);
  assert.deepEqual(levelOf({ ...drain(10_000, 10_000), ...preStop(20_000) }), ['20000 null info']);
  assert.deepEqual(levelOf({ ...drain(10_000, 15_000), grace: toMillis(15_000) }), ['15000 15000 info']);
  assert.deepEqual(levelOf({ ...drain(10_000, 15_000), grace: toMillis(15_001) }), ['15000 15001 warning']);
});

test('a hook that has just been killed is nobody to wait for', () => {
  const session = new Session(setupWith(preStop(20_000)));
  session.feed({ type: 'started', pid: toPid(10) });
  session.feed(arrival(TERM), 0);
  session.feed({ type: 'hookStarted', pid: toPid(20) });
  session.feed(arrival(TERM), 500);
  const rows = [row(1, 0), row(10, 1), row(20, 1)];
  const facts: readonly Finding[] = [
    { pid: toPid(10), facet: 'executable', value: '/server' },
    { pid: toPid(10), facet: 'input', value: null },
  ];
  session.feed({ type: 'processes', rows });
  session.feed({ type: 'inspected', findings: facts });
  assert.equal(session.state.phase.type, 'stopping');
  session.feed(reaped([[10, 0]]), 600);
  session.feed({ type: 'tick' }, deadline(session.state) ?? 0);
  const actions = session.feed({ type: 'processes', rows: [row(1, 0), row(20, 1)] });
  assert.deepEqual(
    actions.filter(({ type }) => type === 'note' || type === 'signal'),
    [],
  );
});
