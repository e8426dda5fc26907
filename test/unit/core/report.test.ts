import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chapter } from '../../../src/core/chronicle.ts';
import { toMillis, toPid } from '../../../src/core/ids.ts';
import type { Note } from '../../../src/core/note.ts';
import { type ReportNote, compileReport } from '../../../src/core/report.ts';
import { TERM } from '../../../src/core/signal.ts';

type Entry = readonly [at: number, notes: readonly Note[], ended?: readonly (readonly [pid: number, code: number])[]];

const chronicleOf = (entries: readonly Entry[]): Chapter => {
  let chapter: Chapter | null = null;
  for (const [at, notes, ended = []] of entries) {
    chapter = {
      at: toMillis(at),
      notes: notes.map((note) => ({ type: 'note', note })),
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
