import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toMillis, toPid, toSignal } from '../../../src/core/ids.ts';
import type { Note } from '../../../src/core/note.ts';
import { Logger } from '../../../src/report/logger.ts';
import { renderNote } from '../../../src/report/render-note.ts';

const wording = { program: '/start.sh', describeErrno: (errno: number) => `errno ${errno}`, format: 'text' as const };
const pid = toPid(7);
const signal = toSignal(15);

const cases: readonly (readonly [note: Note, text: string])[] = [
  [{ type: 'started', pid }, 'started /start.sh as process 7'],
  [
    { type: 'startFailed', errno: 2 },
    "cannot start '/start.sh': errno 2; check the path, and for a script the interpreter in its first line",
  ],
  [
    { type: 'startFailed', errno: 11 },
    "cannot start '/start.sh': errno 11; the limit of processes is reached (the pids limit of the container, or ulimit -u)",
  ],
  [{ type: 'received', signal, sender: toPid(0), as: signal }, 'received SIGTERM'],
  [{ type: 'received', signal, sender: pid, as: toSignal(3) }, 'received SIGTERM from process 7, rewritten to SIGQUIT'],
  [{ type: 'received', signal, sender: toPid(0), as: null }, 'received SIGTERM, dropped'],
  [{ type: 'told', pid, name: 'nginx', signal }, 'sent SIGTERM to nginx (7)'],
  [{ type: 'mainEnded', pid, status: { type: 'exited', code: 3 } }, '/start.sh (7) exited with 3'],
  [{ type: 'reaped', pid, status: { type: 'signalled', signal } }, 'reaped orphan 7, which was ended by SIGTERM'],
  [
    { type: 'killed', pid, name: 'sleep', reason: 'grace', after: toMillis(5_020), cause: null },
    'killed sleep (7): the grace period of 5 s is over',
  ],
  [
    { type: 'killed', pid, name: 'sleep', reason: 'straggler', after: toMillis(10_000), cause: { type: 'stopped' } },
    'killed sleep (7): still there 10 s after the stop, with nothing left to wait for',
  ],
  [
    { type: 'slow', pid, name: 'a', after: toMillis(5_000), cause: { type: 'ignores', signal }, others: 0 },
    'a (7) is still there after 5 s: it ignores SIGTERM',
  ],
  [
    { type: 'slow', pid, name: 'a', after: toMillis(5_000), cause: { type: 'ignores', signal }, others: 29 },
    'a (7), like 29 more, is still there after 5 s: it ignores SIGTERM',
  ],
  [
    { type: 'refused', refusal: { what: 'signal', pid, name: 'nginx', signal, errno: 1 } },
    'cannot send SIGTERM to nginx (7): errno 1; it belongs to another user, and drainit lacks CAP_KILL',
  ],
  [
    { type: 'refused', refusal: { what: 'signal', pid, name: null, signal, errno: 22 } },
    'cannot send SIGTERM to process 7: errno 22',
  ],
];
const render = (note: Note): string => renderNote(note, wording);

for (const [note, text] of cases) test(text, () => assert.equal(renderNote(note, wording), text));

const told: Note = { type: 'told', pid, name: 'nginx', signal };
const killed: Note = { type: 'killed', pid, name: 'x', reason: 'grace', after: toMillis(1_000), cause: null };
const failed: Note = { type: 'startFailed', errno: 2 };

test('what is wrong is always said, what happens only when asked', () => {
  const linesAt = (verbosity: number): number => {
    const lines: string[] = [];
    const logger = new Logger({ verbosity, format: 'text' }, render, (line) => lines.push(line) > 0);
    for (const note of [told, killed, failed]) logger.log(note);
    return lines.length;
  };
  assert.deepEqual([linesAt(-1), linesAt(0), linesAt(1)], [1, 2, 3]);
});

test('json has the same facts, one object on each line', () => {
  const lines: string[] = [];
  new Logger({ verbosity: 1, format: 'json' }, render, (line) => lines.push(line) > 0).log(told);
  assert.equal(lines.length, 1);
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    source: 'drainit',
    level: 'info',
    type: 'told',
    message: 'sent SIGTERM to nginx (7)',
    pid: 7,
    name: 'nginx',
    signal: 15,
  });
});

test('lines that nobody reads are counted and told of later', () => {
  const lines: string[] = [];
  let isFull = true;
  const logger = new Logger({ verbosity: 1, format: 'text' }, render, (line) => !isFull && lines.push(line) > 0);
  logger.log(told);
  logger.log(told);
  isFull = false;
  logger.log(told);
  assert.deepEqual(lines, [
    'drainit: 2 lines were lost: the reader of standard error did not keep up\n',
    'drainit: sent SIGTERM to nginx (7)\n',
  ]);
});
