import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NoteAction } from '../../../src/core/action.ts';
import type { Cause } from '../../../src/core/causes.ts';
import type { Chapter } from '../../../src/core/chronicle.ts';
import { toMillis, toPid } from '../../../src/core/ids.ts';
import type { Note } from '../../../src/core/note.ts';
import { compileReport } from '../../../src/core/report.ts';
import type { Reason, ReportNote } from '../../../src/core/report-note.ts';
import { INT, TERM } from '../../../src/core/signal.ts';

type Entry = readonly [
  at: number,
  notes: readonly (Note | NoteAction)[],
  ended?: readonly (readonly [pid: number, code: number])[],
];

const chronicleOf = (entries: readonly Entry[]): Chapter => {
  let chapter: Chapter | null = null;
  for (const [at, notes, ended = []] of entries) {
    chapter = {
      at: toMillis(at),
      notes: notes.map((entry) => (entry.type === 'note' ? entry : { type: 'note', note: entry })),
      ended: ended.map(([pid, code]) => ({ pid: toPid(pid), status: { type: 'exited', code } })),
      earlier: chapter,
    };
  }
  assert.ok(chapter !== null);
  return chapter;
};

const compile = (entries: readonly Entry[], at: number): readonly ReportNote[] =>
  compileReport(chronicleOf(entries), 0, toMillis(at));

const received: Note = { type: 'received', signal: TERM, sender: toPid(0), as: TERM };
const told = (pid: number): Note => ({ type: 'told', pid: toPid(pid), name: `p${pid}`, signal: TERM });
const mainEnded: Note = { type: 'mainEnded', pid: toPid(2), status: { type: 'exited', code: 3 } };

test('times count from the signal', () => {
  const notes = compile(
    [
      [5_000, [received]],
      [5_001.4, [told(3)]],
      [6_000, [mainEnded], [[3, 7]]],
    ],
    6_000.2,
  );
  assert.deepEqual(notes, [
    { type: 'report', signal: TERM, took: 1_000, status: 0 },
    {
      type: 'reportedProcess',
      took: 1_000,
      pid: 3,
      name: 'p3',
      service: null,
      told: [{ at: 1, signal: TERM }],
      end: { type: 'ended', at: 1_000, status: { type: 'exited', code: 7 } },
    },
    {
      type: 'reportedProcess',
      took: 1_000,
      pid: 2,
      name: null,
      service: null,
      told: [],
      end: { type: 'ended', at: 1_000, status: { type: 'exited', code: 3 } },
    },
  ]);
});

test('of many processes there are the main program, the killed, and the last to end', () => {
  const many = Array.from({ length: 100 }, (_, index) => index + 10);
  const killed: Note = {
    type: 'killed',
    pid: toPid(11),
    name: 'p11',
    reason: 'grace',
    after: toMillis(200),
    cause: null,
  };
  const notes = compile(
    [
      [0, [received]],
      [0, [told(2), ...many.map(told)]],
      [1, [mainEnded]],
      ...many.filter((pid) => pid !== 11).map((pid): Entry => [pid, [], [[pid, 0]]]),
      [200, [killed]],
    ],
    200,
  );
  const shown = notes.flatMap((note) => (note.type === 'reportedProcess' ? [note.pid] : []));
  assert.deepEqual(shown, [2, 11, ...many.slice(-18)]);
  assert.deepEqual(notes.at(-1), { type: 'reportedOthers', count: 81, killed: 0 });
});

test('what a drain saw, and that it ran to its maximum', () => {
  const clients = (connected: number): Note => ({ type: 'clients', connected, example: '10.0.0.7' });
  const drained: Note = {
    type: 'drained',
    reason: 'longest',
    after: toMillis(9_000),
    connected: 2,
    example: '10.0.0.7',
    hasNewcomers: true,
  };
  const notes = compile(
    [
      [0, [received]],
      [4_000, [clients(5)]],
      [6_000, [clients(2)]],
      [9_000, [drained]],
    ],
    9_100,
  );
  assert.deepEqual(notes.slice(1), [
    {
      type: 'reportedDrain',
      took: 9_100,
      after: 9_000,
      reason: 'longest',
      clients: [
        { at: 4_000, connected: 5 },
        { at: 6_000, connected: 2 },
      ],
    },
    {
      type: 'reportedReason',
      reason: { type: 'clientsStayed', connected: 2, example: '10.0.0.7', after: 9_000 },
    },
  ]);
});

test('the reason that was found last counts', () => {
  const cause = { type: 'stopped' } as const;
  const slow: Note = {
    type: 'slow',
    pid: toPid(3),
    name: 'p3',
    after: toMillis(5_000),
    others: 0,
    cause: { type: 'traced' },
  };
  const killed: Note = { type: 'killed', pid: toPid(3), name: 'p3', reason: 'grace', after: toMillis(6_000), cause };
  const reasons = (notes: readonly Note[]) =>
    compile(
      [
        [0, [received]],
        [1, notes],
      ],
      9,
    ).flatMap((note) => (note.type === 'reportedReason' ? [note.reason] : []));
  assert.deepEqual(reasons([slow, killed]), [{ type: 'process', pid: 3, name: 'p3', service: null, cause, others: 0 }]);
  assert.deepEqual(reasons([slow, { ...killed, cause: null }]), [
    { type: 'process', pid: 3, name: 'p3', service: null, cause: { type: 'traced' }, others: 0 },
  ]);
});

const serviceNote = (service: string, note: Note): NoteAction => ({ type: 'note', note, service });

test('hooks have a line each, from when they could run; a drain of a service is no drain of the container', () => {
  const draining: Note = { type: 'draining', signal: TERM, least: toMillis(0), most: toMillis(0) };
  const hookEnded = (command: string, code: number): Note => ({
    type: 'hookEnded',
    command,
    status: { type: 'exited', code },
    after: toMillis(0),
  });
  const drained: Note = {
    type: 'drained',
    reason: 'hook',
    after: toMillis(900),
    connected: null,
    example: null,
    hasNewcomers: false,
  };
  const killed: Note = { type: 'hookKilled', command: null, isLate: false, after: toMillis(700), skipped: 0 };
  const notes = compile(
    [
      [0, [received]],
      [100, [serviceNote('db', draining), serviceNote('web', draining)]],
      [400, [serviceNote('db', hookEnded('one', 0))]],
      [800, [serviceNote('web', killed)]],
      [900, [serviceNote('db', hookEnded('two', 5)), serviceNote('db', drained)]],
    ],
    1_000,
  );
  const ended = (at: number, code: number) => ({ type: 'ended', at, status: { type: 'exited', code } });
  const line = { type: 'reportedHook', took: 1_000 };
  assert.deepEqual(notes.slice(1), [
    { ...line, command: 'one', service: 'db', from: 100, end: ended(400, 0) },
    { ...line, command: null, service: 'web', from: 100, end: { type: 'killed', at: 800 } },
    { ...line, command: 'two', service: 'db', from: 400, end: ended(900, 5) },
    {
      type: 'reportedReason',
      reason: { type: 'hookFailed', command: 'two', service: 'db', status: { type: 'exited', code: 5 } },
    },
  ]);
});

test('the signal is the first one, and processes have their services', () => {
  const int: Note = { ...received, signal: INT, as: INT };
  const notes = compile(
    [
      [0, [received]],
      [5, [serviceNote('web', told(3)), int]],
    ],
    9,
  );
  assert.equal(notes[0]?.type === 'report' && notes[0].signal, TERM);
  assert.equal(notes[1]?.type === 'reportedProcess' && notes[1].service, 'web');
});

test('those that were killed are shown before others that ended later', () => {
  const many = Array.from({ length: 40 }, (_, index) => index + 10);
  const killed = (pid: number): Note => ({
    type: 'killed',
    pid: toPid(pid),
    name: `p${pid}`,
    reason: 'grace',
    after: toMillis(5),
    cause: null,
  });
  const notes = compile(
    [
      [0, [received, ...many.map(told)]],
      [5, many.slice(0, 22).map(killed)],
      ...many.slice(22).map((pid): Entry => [pid * 10, [], [[pid, 0]]]),
    ],
    900,
  );
  const shown = notes.flatMap((note) => (note.type === 'reportedProcess' ? [note.pid] : []));
  assert.deepEqual(shown, many.slice(0, 20));
  assert.deepEqual(notes.at(-1), { type: 'reportedOthers', count: 20, killed: 2 });
});

test('equal reasons are one, and of many different ones eight are said', () => {
  const killedFor = (pid: number, cause: Cause): Note => ({
    type: 'killed',
    pid: toPid(pid),
    name: 'x',
    reason: 'grace',
    after: toMillis(5),
    cause,
  });
  const pids = Array.from({ length: 12 }, (_, index) => index + 10);
  const reasonsOf = (makeCause: (pid: number) => Cause): readonly Reason[] =>
    compile(
      [
        [0, [received]],
        [5, pids.map((pid) => killedFor(pid, makeCause(pid)))],
      ],
      9,
    ).flatMap((note) => (note.type === 'reportedReason' ? [note.reason] : []));
  const cause = { type: 'ignores', signal: TERM } as const;
  assert.deepEqual(
    reasonsOf(() => cause),
    [{ type: 'process', pid: 10, name: 'x', service: null, cause, others: 11 }],
  );
  const different = reasonsOf((pid) => ({ type: 'startedLater', parent: { pid: toPid(pid), name: 'sh' } }));
  assert.equal(different.length, 9);
  assert.deepEqual(different.at(-1), { type: 'moreProcesses', count: 4 });
});

for (const [name, drained, reason] of [
  ['clients that stayed', { connected: 2, example: '10.0.0.7', hasNewcomers: true }, 'clientsStayed'],
  ['newcomers', { connected: 0, example: null, hasNewcomers: true }, 'newcomers'],
  ['clients that nobody could see', { connected: null, example: null, hasNewcomers: false }, 'clientsUnseen'],
  ['nothing', { connected: 0, example: null, hasNewcomers: false }, undefined],
] as const) {
  test(`a drain that ran to its maximum because of ${name}`, () => {
    const after = toMillis(9_000);
    const end = (how: 'longest' | 'time'): readonly ReportNote[] =>
      compile(
        [
          [0, [received]],
          [9_000, [{ type: 'drained', reason: how, after, ...drained }]],
        ],
        9_000,
      ).slice(2);
    const [found] = end('longest');
    assert.equal(found?.type === 'reportedReason' ? found.reason.type : undefined, reason);
    assert.deepEqual(end('time'), []);
  });
}
