import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toMillis, toPid } from '../../../src/core/ids.ts';
import type { Note } from '../../../src/core/note.ts';
import { KILL, TERM, USR2 } from '../../../src/core/signal.ts';
import { Logger } from '../../../src/report/logger.ts';
import { type Wording, renderNote } from '../../../src/report/render-note.ts';

const wording: Wording = { program: '/srv/start.sh', describeErrno: (errno) => `errno ${errno}`, format: 'text' };
const took = toMillis(20_000);
const at = (seconds: number) => toMillis(seconds * 1_000);

const report: readonly Note[] = [
  { type: 'report', signal: TERM, took, status: 137 },
  {
    type: 'reportedDrain',
    took,
    after: at(8),
    reason: 'longest',
    clients: [
      { at: at(0), connected: 120 },
      { at: at(2), connected: 60 },
      { at: at(5), connected: 1 },
      { at: at(7), connected: 0 },
    ],
  },
  {
    type: 'reportedProcess',
    took,
    pid: toPid(7),
    name: 'start.sh',
    service: null,
    told: [{ at: at(8), signal: TERM }],
    end: { type: 'ended', at: at(8), status: { type: 'signalled', signal: TERM } },
  },
  {
    type: 'reportedProcess',
    took,
    pid: toPid(123_456),
    name: 'a-program-with-a',
    service: null,
    told: [
      { at: at(0), signal: USR2 },
      { at: at(8), signal: TERM },
    ],
    end: { type: 'ended', at: at(12), status: { type: 'exited', code: 255 } },
  },
  {
    type: 'reportedProcess',
    took,
    pid: toPid(9),
    name: 'worker',
    service: null,
    told: [{ at: at(8), signal: TERM }],
    end: { type: 'killed', at: at(20) },
  },
  { type: 'reportedProcess', took, pid: toPid(10), name: 'tee', service: null, told: [], end: { type: 'unknown' } },
  {
    type: 'reportedProcess',
    took,
    pid: toPid(11),
    name: null,
    service: null,
    told: [],
    end: { type: 'ended', at: at(0), status: { type: 'signalled', signal: KILL } },
  },
  { type: 'reportedOthers', count: 980, killed: 12 },
  {
    type: 'reportedReason',
    reason: { type: 'clientsStayed', connected: 3, example: '10.0.0.7', after: at(8) },
  },
  {
    type: 'reportedReason',
    reason: {
      type: 'process',
      pid: toPid(9),
      name: 'worker',
      service: 'web',
      others: 7,
      cause: { type: 'foreground', signal: TERM, child: { pid: toPid(12), name: 'node' } },
    },
  },
];

const chart = `\
drainit: report: SIGTERM, stopped in 20 s, exit status 137
drainit:                      0 s                 20 s  > told x end # killed
drainit: signal held back     ==========                8 s, its maximum
drainit:   clients, max 120   9955551100
drainit: start.sh (7)                  >x               SIGTERM, 8 s
drainit: a-program-w (123456) >-------->----x           exited with 255, 12 s
drainit: worker (9)                    >-------------#  SIGKILL, 20 s
drainit: tee (10)                                       ended, status unknown
drainit: start.sh (11)        x                         SIGKILL, 0 s
drainit: and 980 more, 12 of them killed
drainit: why: the drain ran to its maximum of 8 s: clients connected: 3, such as
drainit:      one from 10.0.0.7; a server can let them go on --drain-signal
drainit:      (Connection: close)
drainit: why: web: worker (9), like 7 more, traps SIGTERM and probably runs node
drainit:      (12) in the foreground: a shell runs a trap only when that has
drainit:      ended; start the program with exec, or with & and then wait
`;

function write(format: 'text' | 'json'): string {
  let text = '';
  const render = (note: Note): string => renderNote(note, { ...wording, format });
  const logger = new Logger({ verbosity: 0, format }, render, (line) => {
    text += line;
    return true;
  });
  for (const note of report) logger.log(note);
  return text;
}

test('a report is a chart of 80 columns', () => {
  const text = write('text');
  assert.equal(text, chart);
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
});

test('as JSON each part is one line with a sentence and the facts', () => {
  const lines = write('json').trimEnd().split('\n');
  assert.equal(lines.length, report.length);
  const [head, , , , killed] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(head?.['message'], 'report: SIGTERM, stopped in 20 s, exit status 137');
  assert.deepEqual(killed, {
    source: 'drainit',
    level: 'warning',
    message: 'worker (9): SIGKILL, 20 s',
    ...report[4],
  });
});

test('a stop that took no time is drawn too', () => {
  const note: Note = {
    type: 'reportedProcess',
    took: at(0),
    pid: toPid(7),
    name: 'x',
    service: null,
    told: [{ at: at(0), signal: TERM }],
    end: { type: 'ended', at: at(0), status: { type: 'exited', code: 0 } },
  };
  assert.equal(renderNote(note, wording), 'x (7)                >x                        exited with 0, 0 s');
});

test('a service and what it runs share the label', () => {
  const rows: readonly (readonly [Note, string])[] = [
    [
      {
        type: 'reportedProcess',
        took: at(1),
        pid: toPid(7),
        name: 'sh',
        service: 'database-primary',
        told: [],
        end: { type: 'unknown' },
      },
      'database-pri: sh (7)',
    ],
    [
      {
        type: 'reportedProcess',
        took: at(1),
        pid: toPid(12_345),
        name: 'node-MainThread',
        service: 'web',
        told: [],
        end: { type: 'unknown' },
      },
      'web: node-Ma (12345)',
    ],
    [
      {
        type: 'reportedProcess',
        took: at(1),
        pid: toPid(7),
        name: 'web',
        service: 'web',
        told: [],
        end: { type: 'unknown' },
      },
      'web (7)             ',
    ],
    [
      {
        type: 'reportedHook',
        took: at(1),
        command: null,
        service: 'database',
        from: at(0),
        end: { type: 'killed', at: at(1) },
      },
      'database: pre-stop h',
    ],
    [
      {
        type: 'reportedHook',
        took: at(1),
        command: 'nginx -s quit',
        service: 'web',
        from: at(0),
        end: { type: 'killed', at: at(1) },
      },
      'web: hook nginx -s q',
    ],
  ];
  for (const [row, label] of rows) assert.equal(renderNote(row, wording).slice(0, 20), label);
});

test('a hook is drawn from where it began', () => {
  const hook: Note = {
    type: 'reportedHook',
    took: at(12),
    command: null,
    service: null,
    from: at(3),
    end: { type: 'ended', at: at(6), status: { type: 'exited', code: 2 } },
  };
  assert.equal(renderNote(hook, wording), 'pre-stop hook              ------x             exited with 2, 6 s');
});
