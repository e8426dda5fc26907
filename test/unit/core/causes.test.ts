import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cause, findCause } from '../../../src/core/causes.ts';
import type { SignalSets } from '../../../src/core/disposition.ts';
import { toPid } from '../../../src/core/ids.ts';
import { type Finding, Inquiry, addFindings, noFindings } from '../../../src/core/inquiry.ts';
import { type Process, indexProcesses } from '../../../src/core/process-table.ts';
import { TERM } from '../../../src/core/signal.ts';
import type { Stop } from '../../../src/core/state.ts';
import { Session, arrival, row } from '../../helpers/core.ts';

const TERM_BIT = 0x4000;
/** Of INT and QUIT, as a shell has them in what it starts with `&`. */
const BACKGROUND = 0x6;

const noSets: SignalSets = { caught: '0', ignored: '0', blocked: '0', pending: [], isNamespaceInit: false };

/** A process 2 that was told, as the given fields say; a child 3, unless it is null. */
interface Scene {
  readonly process?: Partial<Process>;
  readonly child?: Partial<Process> | null;
  readonly executable?: string;
  readonly sets?: Partial<SignalSets>;
  /** Processes that were there when the signal came. */
  readonly seen?: readonly number[];
  readonly told?: boolean;
  /** Whether they caught it then. */
  readonly wasCaught?: boolean;
}

/** A stop as it is once SIGTERM has been delivered to process 2. */
function stopOf({ seen = [2, 3], told = true, wasCaught = false }: Scene): Stop {
  const session = new Session();
  session.feed({ type: 'started', pid: toPid(2) });
  session.feed(arrival(TERM));
  session.feed({
    type: 'processes',
    rows: [row(1, 0), ...seen.map((pid) => row(pid, 1, { caught: wasCaught ? TERM_BIT : 0 }))],
  });
  while (session.types.includes('inspect')) {
    const queries = session.actions.flatMap((action) => (action.type === 'inspect' ? action.queries : []));
    const value = { executable: '/bin/app', arguments: ['app'], input: null, outputs: [], signals: noSets };
    const findings = queries.map(({ pid, facet }) => ({ pid, facet, value: value[facet] }) as Finding);
    session.feed({ type: 'inspected', findings });
  }
  const { phase } = session.state;
  assert.ok(phase.type === 'stopping');
  return told ? phase.stop : { ...phase.stop, told: new Map() };
}

function causeIn(scene: Scene): Cause | null {
  const { process = {}, child = {}, executable = '/bin/app', sets = {} } = scene;
  const told = row(2, 1, process);
  const rows = [row(1, 0), told, ...(child === null ? [] : [row(3, 2, child)])];
  const inquiry = new Inquiry(
    addFindings(noFindings, [
      { pid: told.pid, facet: 'executable', value: executable },
      { pid: told.pid, facet: 'signals', value: { ...noSets, ...sets } },
    ]),
  );
  const cause = findCause({ self: toPid(1), stop: stopOf(scene), table: indexProcesses(rows), inquiry }, told);
  assert.ok(inquiry.isComplete);
  return cause;
}

const signal = TERM;
const child = { pid: toPid(3), name: 'p3' };
const script = { executable: '/bin/bash', process: { caught: TERM_BIT } };

const cases: readonly (readonly [name: string, scene: Scene, cause: Cause | null])[] = [
  ['a trap that waits for a foreground program', script, { type: 'foreground', signal, child }],
  [
    'a trap that waits for what was started with &',
    { ...script, child: { ignored: BACKGROUND } },
    { type: 'atWork', signal, child },
  ],
  [
    'the same in a script that was itself started with &',
    { executable: '/bin/bash', process: { caught: TERM_BIT, ignored: BACKGROUND }, child: { ignored: BACKGROUND } },
    { type: 'foreground', signal, child },
  ],
  ['a trap that runs something', { ...script, seen: [2] }, { type: 'trapRuns', signal, child }],
  [
    'a program that has caught the signal',
    { process: { caught: TERM_BIT }, child: null },
    { type: 'atWork', signal, child: null },
  ],
  ['a program that ignores the signal', { process: { ignored: TERM_BIT } }, { type: 'ignores', signal }],
  [
    'a program that ignores the signal while it acts on it',
    { process: { ignored: TERM_BIT }, child: null, wasCaught: true },
    { type: 'atWork', signal, child: null },
  ],
  ['a shell that ignores the signal', { ...script, process: { ignored: TERM_BIT } }, { type: 'ignores', signal }],
  [
    'a program that blocks the signal',
    { sets: { blocked: '4000', pending: ['0', '4000'] } },
    { type: 'blocks', signal },
  ],
  [
    'a program that blocks a signal for which it has a handler',
    { process: { caught: TERM_BIT }, sets: { blocked: '4000', pending: ['0', '4000'] } },
    { type: 'blocks', signal },
  ],
  [
    'a program that has taken the signal by sigwait or a signalfd',
    { sets: { blocked: '4000' }, child: null },
    { type: 'atWork', signal, child: null },
  ],
  ['the init of a namespace', { sets: { isNamespaceInit: true } }, { type: 'namespaceInit', signal }],
  ['a stopped process', { process: { state: 'T' } }, { type: 'stopped' }],
  ['a process under a debugger', { process: { state: 't' } }, { type: 'traced' }],
  ['an uninterruptible process', { process: { state: 'D' } }, { type: 'uninterruptible' }],
  ['a process that was started later', { seen: [] }, { type: 'startedLater', parent: null }],
  [
    'a process with the pid of one that was there',
    { process: { start: row(9, 1).start } },
    { type: 'startedLater', parent: null },
  ],
  ['a process that was left to its parent', { told: false }, null],
  ['a process that should be dying', {}, null],
];

for (const [name, scene, cause] of cases) test(name, () => assert.deepEqual(causeIn(scene), cause));
