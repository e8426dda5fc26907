import { getSystemErrorName } from 'node:util';
import type { Note } from '../core/note.ts';
import { nameSignal } from '../core/signal.ts';
import type { WaitStatus } from '../core/wait-status.ts';
import type { Ending, SuperviseEvent } from './types.ts';

export const toEnding = (status: WaitStatus): Ending =>
  status.type === 'exited' ? status : { type: 'signalled', signal: nameSignal(status.signal) };

export const codeOf = (errno: number): string => getSystemErrorName(-errno);

type Fields<Event = SuperviseEvent> = Event extends unknown ? Omit<Event, 'message'> : never;

type Makers = { readonly [Type in Note['type']]?: (note: Extract<Note, { type: Type }>) => Fields };

const warn = (): Fields => ({ type: 'warning' });
const report = (): Fields => ({ type: 'report' });

/** What the core has to say, as a program may rely on it. What is missing is said by other means, or of no use to one. */
const MAKERS: Makers = {
  started: ({ pid }) => ({ type: 'started', pid }),
  startFailed: ({ errno }) => ({ type: 'startFailed', code: codeOf(errno) }),
  received: ({ signal, as }) => ({
    type: 'received',
    signal: nameSignal(signal),
    as: as === null ? null : nameSignal(as),
  }),
  told: ({ pid, name, signal }) => ({ type: 'told', pid, name, signal: nameSignal(signal) }),
  draining: ({ signal, least, most }) => ({ type: 'draining', signal: nameSignal(signal), least, most }),
  drained: ({ reason, after, connected }) => ({ type: 'drained', reason, after, connected }),
  hookNotStarted: warn,
  hookEnded: ({ status, after }) => ({ type: 'hookEnded', ending: toEnding(status), after }),
  hookKilled: ({ after }) => ({ type: 'hookKilled', after }),
  drainBlind: warn,
  mainEnded: ({ pid, status }) => ({ type: 'mainEnded', pid, ending: toEnding(status) }),
  reaped: ({ pid, status }) => ({ type: 'orphanEnded', pid, ending: toEnding(status) }),
  waitingForStragglers: ({ count, limit }) => ({ type: 'waiting', count, limit }),
  slow: ({ pid, name, after }) => ({ type: 'slow', pid, name, after }),
  killed: ({ pid, name, reason, after }) => ({ type: 'killed', pid, name, reason, after }),
  refused: warn,
  report,
  reportedDrain: report,
  reportedProcess: report,
  reportedOthers: report,
  reportedReason: report,
};

/** @returns undefined where it is nothing to tell a program */
export function toEvent(note: Note, render: (note: Note) => string): SuperviseEvent | undefined {
  const make = MAKERS[note.type] as ((note: Note) => Fields) | undefined;
  return make === undefined ? undefined : { message: render(note), ...make(note) };
}
