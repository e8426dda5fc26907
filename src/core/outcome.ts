import type { Action } from './action.ts';
import type { Note } from './note.ts';
import type { State } from './state.ts';

/** The state after an event, and what the host must do now, in this order. */
export interface Outcome {
  readonly state: State;
  readonly actions: readonly Action[];
}

const NONE: readonly Action[] = [];

export const unchanged = (state: State): Outcome => ({ state, actions: NONE });

export const note = (what: Note): Action => ({ type: 'note', note: what });

/** Goes on from an outcome, keeping what it asked for. */
export function andThen(outcome: Outcome, next: (state: State) => Outcome): Outcome {
  const { state, actions } = next(outcome.state);
  return { state, actions: actions.length === 0 ? outcome.actions : [...outcome.actions, ...actions] };
}
