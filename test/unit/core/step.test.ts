import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from '../../../src/core/action.ts';
import type { Arrival, Event } from '../../../src/core/event.ts';
import { toMillis, toPid, toSignal } from '../../../src/core/ids.ts';
import type { Finding } from '../../../src/core/inquiry.ts';
import type { Process } from '../../../src/core/process-table.ts';
import { CONT, HUP, INT, KILL, QUIT, TERM, TTIN } from '../../../src/core/signal.ts';
import { deadline } from '../../../src/core/state.ts';
import { Session, arrival, reaped, row, setupWith } from '../../helpers/core.ts';

const MAIN = toPid(2);
const CHILD = toPid(3);

/** What is known of the main program and of its child. */
const facts = (main = '/bin/app'): readonly Finding[] =>
  [
    { pid: MAIN, executable: main },
    { pid: CHILD, executable: '/bin/other' },
  ].flatMap(({ pid, executable }): Finding[] => [
    { pid, facet: 'executable', value: executable },
    { pid, facet: 'arguments', value: [executable] },
    { pid, facet: 'input', value: null },
    { pid, facet: 'outputs', value: [] },
    { pid, facet: 'signals', value: { caught: '0', ignored: '0', blocked: '0', pending: [], isNamespaceInit: false } },
  ]);

/** Bits of TERM and QUIT in the sets of the table. */
const TERM_BIT = 0x4000;
const QUIT_BIT = 0x4;

/** Two programs, of which the child has a handler for TERM; the main one as given. */
const tableWith = (main: Partial<Process>, child: Partial<Process> = { caught: TERM_BIT }): Event => ({
  type: 'processes',
  rows: [row(1, 0), row(MAIN, 1, main), row(CHILD, MAIN, child)],
});
const table = tableWith({ caught: TERM_BIT });

/** Answers what the core asks of the host. */
function answer(session: Session, findings = facts(), processes = table): readonly Action[] {
  let actions = session.actions;
  if (actions.some(({ type }) => type === 'readProcesses')) actions = session.feed(processes);
  while (actions.some(({ type }) => type === 'inspect')) actions = session.feed({ type: 'inspected', findings });
  return actions;
}

/** Lets the time pass, with a tick whenever the core asked for one; the actions of the last. */
function pass(session: Session, until: number): readonly Action[] {
  let actions: readonly Action[] = [];
  for (let due = deadline(session.state); due !== null && due <= until; due = deadline(session.state)) {
    session.feed({ type: 'tick' }, due);
    actions = answer(session);
  }
  return actions;
}

/** A stop under way, at second 1. */
function stop(session: Session): Session {
  session.feed({ type: 'started', pid: MAIN });
  session.feed(arrival(TERM), 1_000);
  answer(session);
  return session;
}

const withGrace = (): Session => stop(new Session(setupWith({ grace: toMillis(5_000) })));

type PhaseName = Session['state']['phase']['type'];

const HOOK = toPid(20);
const nobody = { connected: 0, example: null, accepted: 7, others: { open: 0, closed: 0 }, listening: 1 };

/** Brings a new session into each of the phases; a drain has three faces. */
const phases: Record<PhaseName | 'watching' | 'hookRunning', () => Session> = {
  starting: () => new Session(),
  running: () => {
    const session = new Session();
    session.feed({ type: 'started', pid: MAIN });
    return session;
  },
  draining: () => stop(new Session(setupWith({ drain: { least: toMillis(10_000), most: toMillis(10_000) } }))),
  watching: () => {
    const session = stop(new Session(setupWith({ drain: { least: toMillis(2_000), most: toMillis(90_000) } })));
    session.feed({ type: 'tick' }, 2_000);
    session.feed(table);
    session.feed(events.listeners);
    session.feed({ type: 'clients', clients: { ...nobody, connected: 1, example: '192.0.2.7' } });
    return session;
  },
  hookRunning: () => {
    const commands = [{ words: ['hook'] }, { words: ['other'] }];
    const session = stop(new Session(setupWith({ preStop: { commands, limit: toMillis(90_000) } })));
    session.feed(events.hookStarted);
    return session;
  },
  stopping: () => stop(new Session()),
  killing: () => {
    const session = withGrace();
    pass(session, 6_000);
    return session;
  },
  done: () => {
    const session = phases.running();
    session.feed(reaped([[MAIN, 7]], true));
    return session;
  },
};

/** The actions as words: `signal 15 to 2`, the rest by their types; notes are left out. */
const wordsOf = (actions: readonly Action[]): readonly string[] =>
  actions.flatMap((action) => {
    if (action.type === 'note') return [];
    if (action.type === 'signal') return [`signal ${action.signal} to ${action.pid}`];
    return [action.type === 'exit' ? `exit ${action.status}` : action.type];
  });

const events = {
  started: { type: 'started', pid: MAIN },
  startFailed: { type: 'startFailed', errno: 2 },
  stopSignal: arrival(TERM),
  otherSignal: arrival(HUP),
  mainEnded: reaped([[MAIN, 7]]),
  orphanEnded: reaped([[9, 0]]),
  everythingEnded: reaped([[MAIN, 7]], true),
  tick: { type: 'tick' },
  table,
  findings: { type: 'inspected', findings: facts() },
  hookStarted: { type: 'hookStarted', pid: HOOK },
  hookNotStarted: { type: 'hookNotStarted', errno: 2 },
  hookEnded: reaped([[HOOK, 0]]),
  listeners: { type: 'listeners', ports: [80], listening: 1 },
  clientsHidden: { type: 'clients', clients: null },
  nobodyThere: { type: 'clients', clients: nobody },
  refused: { type: 'refused', refusal: { what: 'subreaper', errno: 1 } },
} as const satisfies Record<string, Event>;

type Scene = keyof typeof phases;
type Cell = readonly [phase: PhaseName, ...actions: string[]];

/** What each event does in each phase: the phase afterwards, and what is asked of the host. */
const cells: Record<Scene, Record<keyof typeof events, Cell>> = {
  starting: {
    started: ['running'],
    startFailed: ['done', 'exit 127'],
    stopSignal: ['starting'],
    otherSignal: ['starting'],
    mainEnded: ['starting'],
    orphanEnded: ['starting'],
    everythingEnded: ['starting'],
    tick: ['starting'],
    table: ['starting'],
    findings: ['starting'],
    hookStarted: ['starting'],
    hookNotStarted: ['starting'],
    hookEnded: ['starting'],
    listeners: ['starting'],
    clientsHidden: ['starting'],
    nobodyThere: ['starting'],
    refused: ['starting'],
  },
  running: {
    started: ['running'],
    startFailed: ['running'],
    stopSignal: ['running', 'readProcesses'],
    otherSignal: ['running', 'readProcesses'],
    mainEnded: ['running', 'readProcesses'],
    orphanEnded: ['running'],
    everythingEnded: ['done', 'exit 7'],
    tick: ['running'],
    table: ['running'],
    findings: ['running'],
    hookStarted: ['running'],
    hookNotStarted: ['running'],
    hookEnded: ['running'],
    listeners: ['running'],
    clientsHidden: ['running'],
    nobodyThere: ['running'],
    refused: ['running'],
  },
  draining: {
    started: ['draining'],
    startFailed: ['draining'],
    stopSignal: ['draining', 'readProcesses'],
    otherSignal: ['draining', 'readProcesses'],
    mainEnded: ['draining', 'readProcesses'],
    orphanEnded: ['draining'],
    everythingEnded: ['done', 'exit 7'],
    tick: ['draining', 'readProcesses'],
    table: ['draining'],
    findings: ['draining'],
    hookStarted: ['draining'],
    hookNotStarted: ['draining'],
    hookEnded: ['draining'],
    listeners: ['draining'],
    clientsHidden: ['draining'],
    nobodyThere: ['draining'],
    refused: ['draining'],
  },
  watching: {
    started: ['draining'],
    startFailed: ['draining'],
    stopSignal: ['draining', 'readProcesses'],
    otherSignal: ['draining', 'readProcesses'],
    mainEnded: ['draining', 'readProcesses'],
    orphanEnded: ['draining'],
    everythingEnded: ['done', 'exit 7'],
    tick: ['draining', 'countClients'],
    table: ['draining'],
    findings: ['draining'],
    hookStarted: ['draining'],
    hookNotStarted: ['draining'],
    hookEnded: ['draining'],
    listeners: ['draining', 'countClients'],
    clientsHidden: ['draining'],
    // Nobody is connected now; that is to be so for a second.
    nobodyThere: ['draining'],
    refused: ['draining'],
  },
  hookRunning: {
    started: ['draining'],
    startFailed: ['draining'],
    stopSignal: ['draining', 'signalGroup', 'readProcesses'],
    otherSignal: ['draining', 'readProcesses'],
    mainEnded: ['draining', 'signalGroup', 'readProcesses'],
    orphanEnded: ['draining'],
    everythingEnded: ['done', 'exit 7'],
    tick: ['draining'],
    table: ['draining'],
    findings: ['draining'],
    hookStarted: ['draining'],
    // Each is followed by the second hook.
    hookNotStarted: ['draining', 'startHook'],
    hookEnded: ['draining', 'startHook'],
    listeners: ['draining'],
    clientsHidden: ['draining'],
    nobodyThere: ['draining'],
    refused: ['draining'],
  },
  stopping: {
    started: ['stopping'],
    startFailed: ['stopping'],
    stopSignal: ['stopping', 'readProcesses'],
    otherSignal: ['stopping', 'readProcesses'],
    mainEnded: ['stopping'],
    orphanEnded: ['stopping'],
    everythingEnded: ['done', 'exit 7'],
    tick: ['stopping', 'readProcesses'],
    table: ['stopping'],
    findings: ['stopping'],
    hookStarted: ['stopping'],
    hookNotStarted: ['stopping'],
    hookEnded: ['stopping'],
    listeners: ['stopping'],
    clientsHidden: ['stopping'],
    nobodyThere: ['stopping'],
    refused: ['stopping'],
  },
  killing: {
    started: ['killing'],
    startFailed: ['killing'],
    stopSignal: ['killing', 'readProcesses'],
    otherSignal: ['killing', 'readProcesses'],
    mainEnded: ['killing'],
    orphanEnded: ['killing'],
    everythingEnded: ['done', 'exit 7'],
    tick: ['killing', 'readProcesses'],
    table: ['killing'],
    findings: ['killing'],
    hookStarted: ['killing'],
    hookNotStarted: ['killing'],
    hookEnded: ['killing'],
    listeners: ['killing'],
    clientsHidden: ['killing'],
    nobodyThere: ['killing'],
    refused: ['killing'],
  },
  done: {
    started: ['done'],
    startFailed: ['done'],
    stopSignal: ['done'],
    otherSignal: ['done'],
    mainEnded: ['done'],
    orphanEnded: ['done'],
    everythingEnded: ['done'],
    tick: ['done'],
    table: ['done'],
    findings: ['done'],
    hookStarted: ['done'],
    hookNotStarted: ['done'],
    hookEnded: ['done'],
    listeners: ['done'],
    clientsHidden: ['done'],
    nobodyThere: ['done'],
    refused: ['done'],
  },
};

for (const scene of Object.keys(cells) as Scene[]) {
  for (const name of Object.keys(events) as (keyof typeof events)[]) {
    const [after, ...actions] = cells[scene][name];
    test(`${scene}, ${name}: ${after}${actions.map((action) => `, ${action}`).join('')}`, () => {
      const session = phases[scene]();
      assert.equal(session.state.phase.type, scene === 'watching' || scene === 'hookRunning' ? 'draining' : scene);
      const got = session.feed(events[name], 60_000);
      assert.deepEqual([session.state.phase.type, ...wordsOf(got)], [after, ...actions]);
    });
  }
}

test('a signal that comes before the program is there is delivered to it', () => {
  const session = phases.starting();
  session.feed(arrival(TERM));
  assert.deepEqual(wordsOf(session.feed({ type: 'started', pid: MAIN })), ['readProcesses']);
  session.feed(table);
  assert.deepEqual(wordsOf(session.feed({ type: 'inspected', findings: facts() })), ['signal 15 to 2']);
});

test('what a signal costs is one look at the table and one at those that it is for', () => {
  const session = phases.running();
  session.feed(arrival(TERM));
  const asked = session.feed(table).flatMap((action) => (action.type === 'inspect' ? action.queries : []));
  assert.deepEqual(asked, [
    { pid: MAIN, facet: 'executable' },
    { pid: MAIN, facet: 'input' },
  ]);
  assert.deepEqual(wordsOf(session.feed({ type: 'inspected', findings: facts() })), ['signal 15 to 2']);
});

test('SIGKILL comes with the end of the grace period, and not before', () => {
  const session = withGrace();
  assert.ok(!pass(session, 5_999).some((action) => action.type === 'signal' && action.signal === KILL));
  assert.deepEqual(wordsOf(pass(session, 6_000)), ['signal 9 to 2', 'signal 9 to 3']);
});

test('a program that has a handler for the signal, and keeps it blocked, is a straggler', () => {
  const session = phases.running();
  session.feed(arrival(TERM), 1_000);
  answer(session, facts('/bin/bash'), tableWith({}, { caught: TERM_BIT }));
  session.feed(reaped([[MAIN, 143]]), 1_010);
  const left: Event = { type: 'processes', rows: [row(1, 0), row(CHILD, 1, { caught: TERM_BIT })] };
  const stuck = { caught: '4000', ignored: '0', blocked: '4000', pending: ['0', '4000'], isNamespaceInit: false };
  const findings = facts('/bin/bash').map((finding): Finding =>
    finding.facet === 'signals' ? { ...finding, value: stuck } : finding,
  );
  const words: string[] = [];
  for (let due = deadline(session.state); due !== null && due < 30_000; due = deadline(session.state)) {
    session.feed({ type: 'tick' }, due);
    words.push(...wordsOf(answer(session, findings, left)));
  }
  assert.deepEqual(words.slice(0, 2), ['signal 15 to 3', 'signal 9 to 3']);
});

test('who is killed again is named once', () => {
  const session = withGrace();
  pass(session, 6_000);
  const again = pass(session, 9_000);
  assert.deepEqual(wordsOf(again), ['signal 9 to 2', 'signal 9 to 3']);
  assert.ok(!again.some((action) => action.type === 'note'), JSON.stringify(again));
});

test('the end of a reader of a pipe is part of the report', () => {
  const session = new Session(setupWith({ reportsStop: true }));
  session.feed({ type: 'started', pid: MAIN });
  session.feed(arrival(TERM), 1_000);
  const pipe = 'pipe:[7]';
  const findings = facts('/bin/bash').map((finding): Finding => {
    if (finding.pid === CHILD && finding.facet === 'outputs') return { ...finding, value: [pipe] };
    return finding;
  });
  const reader = toPid(4);
  const ofReader: readonly Finding[] = [
    { pid: reader, facet: 'executable', value: '/bin/tee' },
    { pid: reader, facet: 'arguments', value: ['tee'] },
    { pid: reader, facet: 'input', value: pipe },
    { pid: reader, facet: 'outputs', value: [] },
  ];
  const rows = [row(1, 0), row(MAIN, 1), row(CHILD, MAIN, { caught: TERM_BIT }), row(reader, MAIN)];
  answer(session, [...findings, ...ofReader], { type: 'processes', rows });
  session.feed(reaped([[MAIN, 143]]), 1_001);
  session.feed(reaped([[CHILD, 0]]), 1_100);
  const end = session.feed(reaped([[reader, 0]], true), 1_200);
  const lines = end.flatMap((action) =>
    action.type === 'note' && action.note.type === 'reportedProcess' ? [[action.note.pid, action.note.end.type]] : [],
  );
  assert.deepEqual(Object.fromEntries(lines)[reader], 'ended');
});

/** One arrival of a signal at a script under bash, as the table shows it and its child; the signals that came of it. */
function deliver(signal: number, shell: Partial<Process>, child?: Partial<Process>): readonly string[] {
  const session = phases.running();
  session.feed(arrival(toSignal(signal)));
  const first = wordsOf(answer(session, facts('/bin/bash'), tableWith(shell, child)));
  if (session.state.phase.type !== 'stopping' || session.state.phase.stop.heirs === null) return first;
  // The shell ends of it, and its child becomes ours.
  session.feed(reaped([[MAIN, 143]]), session.at + 1);
  session.feed({ type: 'tick' }, session.at + 5);
  const orphaned: Event = { type: 'processes', rows: [row(1, 0), row(CHILD, 1, child ?? { caught: TERM_BIT })] };
  return [...first, ...wordsOf(answer(session, facts('/bin/bash'), orphaned))];
}

test('a program below a shell that does not end in time is told all the same', () => {
  const session = phases.running();
  session.feed(arrival(TERM), 1_000);
  assert.deepEqual(wordsOf(answer(session, facts('/bin/bash'), tableWith({}))), ['signal 15 to 2']);
  assert.deepEqual(wordsOf(pass(session, 1_049)), []);
  assert.deepEqual(wordsOf(pass(session, 1_050)), ['signal 15 to 3']);
});

test('a shell is told before its programs, with TERM after INT and QUIT; a relayed signal passes it by', () => {
  assert.deepEqual(deliver(TERM, {}), ['signal 15 to 2', 'signal 15 to 3']);
  assert.deepEqual(deliver(INT, {}), ['signal 2 to 2', 'signal 15 to 2', 'signal 2 to 3']);
  assert.deepEqual(deliver(HUP, {}), ['signal 1 to 3']);
});

test('a shell with a trap for TERM that ignores QUIT, as bash does, gets TERM in its place', () => {
  assert.deepEqual(deliver(TERM, { caught: TERM_BIT, ignored: QUIT_BIT }), ['signal 15 to 2']);
  assert.deepEqual(deliver(QUIT, { caught: TERM_BIT, ignored: QUIT_BIT }), ['signal 15 to 2']);
  assert.deepEqual(deliver(QUIT, { caught: TERM_BIT | QUIT_BIT }), ['signal 3 to 2']);
});

test('a program that a shell started with &, and so with QUIT ignored, gets TERM in its place', () => {
  assert.deepEqual(deliver(QUIT, {}, { ignored: QUIT_BIT }), ['signal 3 to 2', 'signal 15 to 2', 'signal 15 to 3']);
  assert.deepEqual(deliver(QUIT, {}, { ignored: QUIT_BIT | TERM_BIT }).at(-1), 'signal 3 to 3');
  assert.deepEqual(deliver(TERM, {}, { ignored: QUIT_BIT }).at(-1), 'signal 15 to 3');
});

test('a program that caught the signal is never a straggler, whatever it ignores afterwards, as timeout does', () => {
  const session = phases.running();
  session.feed(arrival(TERM), 1_000);
  const caught = tableWith({}, { caught: TERM_BIT });
  answer(session, facts('/bin/bash'), caught);
  session.feed(reaped([[MAIN, 143]]), 1_010);
  const left: Event = { type: 'processes', rows: [row(1, 0), row(CHILD, 1, { ignored: TERM_BIT })] };
  for (let due = deadline(session.state); due !== null && due < 60_000; due = deadline(session.state)) {
    session.feed({ type: 'tick' }, due);
    const got = answer(session, facts('/bin/bash'), left);
    assert.deepEqual(wordsOf(got), []);
  }
  assert.equal(session.state.phase.type, 'stopping');
});

test('a stop signal that one of our own sends on while stopping is no further arrival; one from outside is', () => {
  const from = (sender: number): Event => {
    const echo: Arrival = { signal: TERM, sender: toPid(sender) };
    return { type: 'signals', arrivals: [echo], isForeground: false };
  };
  assert.deepEqual(wordsOf(phases.stopping().feed(from(CHILD))), []);
  assert.deepEqual(wordsOf(phases.stopping().feed(from(0))), ['readProcesses']);
  assert.deepEqual(wordsOf(phases.running().feed(from(CHILD))), ['readProcesses']);
});

test('below PID 1 without a terminal the program has a group of its own; elsewhere it stays in ours', () => {
  const groupOf = (session: Session) => session.actions.find((action) => action.type === 'start')?.group;
  assert.equal(groupOf(new Session()), 'own');
  assert.equal(groupOf(new Session(setupWith({}, { self: toPid(9) }))), 'inherited');
  assert.equal(groupOf(new Session(setupWith({}, { terminals: [{ fd: 0, isForeground: false }] }))), 'inherited');
  assert.equal(groupOf(new Session(setupWith({ newSession: true }))), 'session');
});

test('a main program that /proc hides is told by its group, as where there is no /proc', () => {
  const session = new Session();
  session.feed({ type: 'started', pid: MAIN });
  session.feed(arrival(TERM), 1_000);
  const hidden: Event = { type: 'processes', rows: [row(1, 0)] };
  assert.deepEqual(session.feed(hidden), [{ type: 'signalGroup', group: MAIN, signal: TERM }]);
});

test('what is left behind and hidden by /proc is told by the group; a zombie shows that nothing is hidden', () => {
  for (const [rows, isTold] of [
    [[row(1, 0)], true],
    [[row(1, 0), row(CHILD, 1, { state: 'Z' })], false],
  ] as const) {
    const session = new Session();
    session.feed({ type: 'started', pid: MAIN });
    session.feed(reaped([[MAIN, 0]]), 1_000);
    session.feed({ type: 'processes', rows });
    assert.equal(session.types.includes('signalGroup'), isTold);
  }
});

test('a program that is stopped in the background stops us; continued in the foreground, it has the terminal', () => {
  const session = new Session(setupWith({}, { terminals: [{ fd: 0, isForeground: false }], canBeContinued: true }));
  session.feed({ type: 'started', pid: MAIN });
  const stopped = { pid: MAIN, by: TTIN };
  const actions = session.feed({ ...reaped([]), stopped: [stopped], isForeground: false } as Event);
  assert.deepEqual(actions, [{ type: 'stopSelf', terminal: 0, group: MAIN, isForeground: false }]);
  assert.deepEqual(wordsOf(session.feed({ ...arrival(CONT), isForeground: true } as Event)), [
    'giveTerminal',
    'signalGroup',
  ]);
});
