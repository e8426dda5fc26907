import type { NoteAction } from './action.ts';
import type { Ended, Moment } from './event.ts';
import type { Millis, Pid } from './ids.ts';
import type { Note } from './note.ts';
import type { Outcome } from './outcome.ts';
import { isStopSignal } from './signal.ts';
import type { State } from './state.ts';
import { isSuccess } from './wait-status.ts';

/** What one event of a stop brought. The newest holds on to those before it: nothing is copied while time counts. */
export interface Chapter {
  readonly at: Millis;
  readonly notes: readonly NoteAction[];
  /** Those of the processes that ended whose ends somebody may ask for. */
  readonly ended: readonly Ended[];
  readonly earlier: Chapter | null;
}

const NONE: readonly Ended[] = [];

const isStopping = ({ phase }: State): boolean => phase.type !== 'running' && phase.type !== 'starting';

/** A reload every minute for a year is no part of a stop, but the signal that begins one comes before it. */
const isPartOfStop = (note: Note): boolean =>
  note.type === 'mainEnded' || (note.type === 'received' && note.as !== null && isStopSignal(note.as));

/** The main program has a note of its own. */
function isAskedFor({ phase }: State, pid: Pid): boolean {
  switch (phase.type) {
    case 'stopping':
      return phase.stop.told.has(pid) || phase.stop.readers.has(pid);
    case 'killing':
      return phase.named.has(pid);
    case 'starting':
    case 'running':
    case 'draining':
    case 'done':
      return false;
  }
}

/** Loops and no `flatMap` or `filter`: with a thousand programs this is done a thousand times. */
function notesOf({ state, actions }: Outcome): readonly NoteAction[] {
  const notes: NoteAction[] = [];
  const isStop = isStopping(state);
  for (const action of actions) if (action.type === 'note' && (isStop || isPartOfStop(action.note))) notes.push(action);
  return notes;
}

function endsOf(before: State, { event }: Moment): readonly Ended[] {
  if (event.type !== 'reaped') return NONE;
  const asked: Ended[] = [];
  for (const end of event.ended) if (isAskedFor(before, end.pid)) asked.push(end);
  return asked;
}

/**
 * Writes down what an event meant, for the report at the end.
 *
 * @param before the state in which the event came
 */
export function record(before: State, moment: Moment, outcome: Outcome): Outcome {
  const { state } = outcome;
  // Nothing was left to stop.
  if (!isStopping(before) && state.phase.type === 'done') return outcome;
  const notes = notesOf(outcome);
  const ended = isStopping(state) ? endsOf(before, moment) : NONE;
  if (notes.length === 0 && ended.length === 0) return outcome;
  const { at } = moment;
  return { ...outcome, state: { ...state, chronicle: { at, notes, ended, earlier: state.chronicle } } };
}

/** From the first to the last. */
export function listChapters(last: Chapter | null): readonly Chapter[] {
  const chapters: Chapter[] = [];
  for (let next = last; next !== null; next = next.earlier) chapters.push(next);
  return chapters.toReversed();
}

/** What nobody should have to ask for: somebody was killed, or a hook did not do its work. */
const isAlarming = ({ note }: NoteAction): boolean =>
  note.type === 'killed' ||
  note.type === 'killedEverything' ||
  note.type === 'hookNotStarted' ||
  (note.type === 'hookKilled' && note.isLate) ||
  (note.type === 'hookEnded' && !isSuccess(note.status));

/** Whether a stop is over, and somebody asked for a report on it, or should have one without asking. */
export const isReportDue = ({ phase, setup, chronicle }: State): boolean =>
  phase.type === 'done' &&
  chronicle !== null &&
  (setup.options.reportsStop || listChapters(chronicle).some(({ notes }) => notes.some(isAlarming)));
