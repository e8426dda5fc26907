import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/core/decide.ts';
import type { Event } from '../../../src/core/event.ts';
import { toMillis, toPid, toSignal, toStartTime } from '../../../src/core/ids.ts';
import type { Options } from '../../../src/core/setup.ts';
import { stepInRoutine } from '../../../src/core/routine.ts';
import type { ReportedProcess } from '../../../src/core/report-note.ts';
import { CONT, HUP, INT, KILL, QUIT, TERM, isStopSignal } from '../../../src/core/signal.ts';
import { deadline } from '../../../src/core/state.ts';
import type { FakeHost } from '../../../src/host/fake-host.ts';
import { startFake } from '../../../src/host/fake-start.ts';
import type { Actor, Reaction } from '../../../src/host/fake-process.ts';
import { Session, row, setupWith } from '../../helpers/core.ts';

const RUNS = { numRuns: 1_000 };

/** Nothing that went into a step may be changed by it. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (value instanceof Map || value instanceof Set) {
    const refuse = (): never => assert.fail('a map of the state was changed');
    Object.assign(value, { set: refuse, add: refuse, delete: refuse, clear: refuse });
    for (const item of value.values()) freeze(item);
  }
  Object.freeze(value);
  for (const item of Object.values(value)) freeze(item);
}

const pid = fc.integer({ min: 1, max: 9 }).map(toPid);
const signal = fc.integer({ min: 1, max: 64 }).map(toSignal);
const status = fc.oneof(
  fc.record({ type: fc.constant('exited' as const), code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ type: fc.constant('signalled' as const), signal }),
);
const rows = fc.array(
  fc
    .tuple(pid, pid, fc.constantFrom('S', 'Z', 'T'), fc.constantFrom(0, 0x4000, 0x6006))
    .map(([child, parent, state, bits]) =>
      row(child, parent, { state, start: toStartTime(1), caught: bits, ignored: bits ^ 0x6006 }),
    ),
);
const hex = fc.constantFrom('0000000000000000', '0000000000004000', 'ffffffffffffffff');
const finding = fc.oneof(
  fc.record({
    pid,
    facet: fc.constant('executable' as const),
    value: fc.constantFrom('/bin/bash', '/bin/su', '/a', null),
  }),
  fc.record({
    pid,
    facet: fc.constant('signals' as const),
    value: fc.record({
      caught: hex,
      ignored: hex,
      blocked: hex,
      pending: fc.array(hex),
      isNamespaceInit: fc.boolean(),
    }),
  }),
  fc.record({ pid, facet: fc.constant('input' as const), value: fc.constantFrom('pipe:[1]', null) }),
  fc.record({ pid, facet: fc.constant('outputs' as const), value: fc.constantFrom(['pipe:[1]'], null) }),
);
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constant('started' as const), pid }),
  fc.record({ type: fc.constant('startFailed' as const), errno: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    type: fc.constant('signals' as const),
    arrivals: fc.array(fc.record({ signal: fc.oneof(signal, fc.constant(TERM)), sender: pid })),
    isForeground: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('reaped' as const),
    ended: fc.array(fc.record({ pid, status })),
    stopped: fc.array(fc.record({ pid, by: signal })),
    isLast: fc.boolean(),
    boottime: fc.nat().map(toStartTime),
    isForeground: fc.boolean(),
  }),
  fc.record({ type: fc.constant('processes' as const), rows: fc.option(rows) }),
  fc.record({ type: fc.constant('inspected' as const), findings: fc.array(finding) }),
  fc.record({ type: fc.constant('hookStarted' as const), pid }),
  fc.record({ type: fc.constant('hookNotStarted' as const), errno: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ type: fc.constant('listeners' as const), ports: fc.option(fc.constant([80])), listening: fc.nat(1) }),
  fc.record({
    type: fc.constant('clients' as const),
    clients: fc.option(
      fc.record({
        connected: fc.nat(3),
        example: fc.constantFrom('10.0.0.1', null),
        accepted: fc.nat(3),
        others: fc.record({ open: fc.nat(2), closed: fc.nat(2) }),
        listening: fc.nat(1),
      }),
    ),
  }),
  fc.constant({ type: 'tick' as const }),
);
const options: fc.Arbitrary<Partial<Options>> = fc.record({
  audience: fc.constantFrom('programs', 'main', 'group', 'all'),
  grace: fc.constantFrom<Options['grace'][]>('stragglers', 'none', toMillis(3_000)),
  drain: fc.constantFrom(null, { least: toMillis(2_000), most: toMillis(9_000) }),
  drainSignal: fc.constantFrom(null, HUP),
  preStop: fc.constantFrom(null, { commands: [{ words: ['hook'] }, { words: ['other'] }], limit: toMillis(4_000) }),
  reportsReaping: fc.boolean(),
  reportsStop: fc.boolean(),
});

test('any events in any order: nothing throws, nothing is changed in place, a finished state stays finished', () => {
  fc.assert(
    fc.property(options, fc.array(fc.tuple(event, fc.nat(5_000))), (asked, moments) => {
      const session = new Session(setupWith(asked));
      let at = 0;
      let exits = 0;
      for (const [next, pause] of moments) {
        at += pause;
        freeze(session.state);
        const wasDone = session.state.phase.type === 'done';
        const actions = session.feed(next, at);
        exits += actions.filter(({ type }) => type === 'exit').length;
        if (wasDone) assert.deepEqual([session.state.phase.type, exits], ['done', 1]);
      }
      assert.ok(exits <= 1);
      if (session.state.phase.type === 'done') assert.equal(deadline(session.state), null);
    }),
    RUNS,
  );
});

test('what is routine is decided as if it were not', () => {
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const session = new Session();
      for (const next of events) {
        const moment = { at: toMillis(0), event: next };
        const routine = stepInRoutine(session.state, moment);
        // That a start has failed, and that nothing happens after the end, is always routine.
        const isShared = next.type !== 'startFailed' && session.state.phase.type !== 'done';
        if (routine !== null && isShared) assert.deepEqual(routine, decide(session.state, moment));
        session.feed(next);
      }
    }),
    RUNS,
  );
});

const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  fc.constant({ type: 'dies' as const }),
  fc.record({ type: fc.constant('drains' as const), time: fc.nat(30_000), code: fc.nat(3) }),
  fc.constant({ type: 'ignores' as const }),
);
const executable = fc.constantFrom('/bin/bash', '/bin/dash', '/usr/bin/su', '/app', '/nginx', '/usr/bin/python3');

/** A tree of processes below drainit: each one's parent is an earlier one, or drainit itself. */
const tree: fc.Arbitrary<Actor[]> = fc
  .array(fc.record({ executable, reaction, parentIndex: fc.nat(20), pipe: fc.option(fc.nat(3)) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((nodes) =>
    nodes.map(({ executable: path, reaction: react, parentIndex, pipe }, index) => ({
      pid: 10 + index,
      parent: index === 0 || parentIndex % (index + 1) === 0 ? 1 : 10 + (parentIndex % index),
      executable: path,
      reaction: react,
      ...(pipe === null ? {} : { input: `pipe:[${pipe}]`, outputs: [`pipe:[${(pipe + 1) % 4}]`] }),
    })),
  );

/** Deliveries of each stop signal to each process between two arrivals. */
function checkOnce(host: FakeHost): void {
  let counts = new Map<string, number>();
  for (const { action } of host.actions) {
    if (action.type === 'note' && action.note.type === 'received') counts = new Map();
    if (action.type !== 'signal' || !isStopSignal(action.signal)) continue;
    const key = `${action.pid} ${action.signal}`;
    const count = (counts.get(key) ?? 0) + 1;
    assert.equal(count, 1, `process ${action.pid} got signal ${action.signal} twice for one arrival`);
    counts.set(key, count);
  }
}

const isShell = ({ executable: path }: Actor): boolean => path.startsWith('/bin/');

test('one stop of any tree: everyone once, everyone waited for, nobody cut off, and an end', () => {
  const second = fc.option(fc.integer({ min: 1, max: 20_000 }));
  fc.assert(
    fc.property(tree, fc.constantFrom(TERM, INT, QUIT), second, (actors, stopSignal, again) => {
      const { host, driver } = startFake(setupWith(), actors);
      host.schedule(10, { type: 'arrive', signal: stopSignal });
      if (again !== null) host.schedule(10 + again, { type: 'arrive', signal: stopSignal });
      host.run(driver, 600_000);

      checkOnce(host);
      const exit = host.actions.find(({ action }) => action.type === 'exit');
      if (exit !== undefined) assert.equal(exit.alive.size, 0, 'exited while something lived');

      const allowed = new Set<number>([stopSignal, TERM, HUP, CONT, KILL]);
      for (const { action, alive } of host.actions) {
        if (action.type !== 'signal') continue;
        assert.ok(allowed.has(action.signal));
        if (action.signal !== KILL) continue;
        // SIGKILL only when nobody is left who drains, which makes a straggler of what is.
        for (const actor of actors) {
          const isDraining = actor.reaction.type === 'drains' && alive.has(actor.pid);
          const wasTold = host.actions.some(
            (past) => past.action.type === 'signal' && past.action.pid === actor.pid && past.action.signal !== KILL,
          );
          assert.ok(
            !(isDraining && wasTold && !isShell(actor)),
            `${actor.pid} was draining when ${action.pid} was killed`,
          );
        }
      }
      // Only a main program that ignores the signal may keep the container up for ever.
      const isHeld = actors[0]?.reaction.type === 'ignores';
      if (!isHeld) assert.notEqual(host.exitStatus, null, 'never ended');
    }),
    RUNS,
  );
});

test('with a grace period every stop ends by it', () => {
  fc.assert(
    fc.property(tree, fc.nat(20_000), (actors, grace) => {
      const { host, driver } = startFake(setupWith({ grace: grace as never }), actors);
      host.schedule(10, { type: 'arrive', signal: TERM });
      host.run(driver, grace + 1_000);
      assert.notEqual(host.exitStatus, null);
      for (const { at, action } of host.actions) {
        if (action.type === 'signal' && action.signal === KILL) assert.ok(at >= 1_010 + Math.min(grace, 10_000));
      }
    }),
    RUNS,
  );
});

test('--grace none never kills', () => {
  fc.assert(
    fc.property(tree, (actors) => {
      const { host, driver } = startFake(setupWith({ grace: 'none' }), actors);
      host.schedule(10, { type: 'arrive', signal: TERM });
      host.run(driver, 120_000);
      assert.ok(!host.actions.some(({ action }) => action.type === 'signal' && action.signal === KILL));
    }),
    RUNS,
  );
});

test('main ends by itself: the rest is told, waited for, and its status is returned', () => {
  fc.assert(
    fc.property(tree, fc.integer({ min: 0, max: 255 }), (actors, code) => {
      const { host, driver } = startFake(setupWith(), actors);
      host.schedule(10, { type: 'end', pid: actors[0]?.pid ?? 0, status: { type: 'exited', code } });
      host.run(driver, 600_000);
      checkOnce(host);
      assert.equal(host.exitStatus, code);
    }),
    RUNS,
  );
});

test('the report has everyone who was told and how he ended, and is made where it should be', () => {
  fc.assert(
    fc.property(tree, fc.boolean(), (actors, isAsked) => {
      const { host, driver } = startFake(setupWith({ reportsStop: isAsked, grace: toMillis(12_000) }), actors);
      host.schedule(10, { type: 'arrive', signal: TERM });
      host.run(driver, 60_000);
      const notes = host.actions.flatMap(({ action }) => (action.type === 'note' ? [action.note] : []));
      const isKilled = notes.some(({ type }) => type === 'killed');
      const heads = notes.filter(({ type }) => type === 'report');
      assert.equal(heads.length, isAsked || isKilled ? 1 : 0);
      if (heads.length === 0) return;
      assert.equal(notes.at(-1)?.type, 'exiting');

      const reported = new Map<number, ReportedProcess>();
      for (const note of notes) {
        if (note.type !== 'reportedProcess') continue;
        assert.ok(!reported.has(note.pid));
        reported.set(note.pid, note);
        for (const { at } of note.told) assert.ok(at >= 0 && at <= note.took);
        if (note.end.type !== 'unknown') assert.ok(note.end.at >= 0 && note.end.at <= note.took);
      }
      for (const note of notes) {
        if (note.type === 'told')
          assert.ok(reported.get(note.pid)?.told.some(({ signal: sent }) => sent === note.signal));
        if (note.type === 'killed') assert.equal(reported.get(note.pid)?.end.type, 'killed');
      }
    }),
    RUNS,
  );
});
