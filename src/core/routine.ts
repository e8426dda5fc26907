import type { Event, Moment } from './event.ts';
import { remap, statusOfFailedStart } from './exit-status.ts';
import type { Pid } from './ids.ts';
import { type Outcome, note, unchanged } from './outcome.ts';
import { chooseTerminal } from './setup.ts';
import { type State, mindsOrphans } from './state.ts';
import { toExitStatus } from './wait-status.ts';

/** The main program runs. */
export const startRunning = (state: State, pid: Pid): Outcome => ({
  state: { ...state, main: { ...state.main, pid }, phase: { type: 'running' } },
  actions: [note({ type: 'started', pid })],
});

/** Nothing is left, or nothing has been started: the end. */
export const finishWith = (state: State, status: number): Outcome => ({
  state: { ...state, phase: { type: 'done', status } },
  actions: [note({ type: 'exiting', status }), { type: 'exit', status }],
});

function onStartFailed(state: State, errno: number): Outcome {
  const { state: next, actions } = finishWith(state, statusOfFailedStart(errno));
  return { state: next, actions: [note({ type: 'startFailed', errno }), ...actions] };
}

function onReaped(state: State, { ended, stopped, isLast }: Extract<Event, { type: 'reaped' }>): Outcome | null {
  const { main, setup } = state;
  if (mindsOrphans(state) || stopped.length > 0 || chooseTerminal(setup.facts) !== null) return null;
  if (main.status !== null) return null;
  const end = ended.find(({ pid }) => pid === main.pid);
  if (end === undefined) return isLast ? null : unchanged(state);
  // It has left something behind, which has to be told.
  if (!isLast) return null;
  const { pid, status } = end;
  const next: State = { ...state, main: { ...main, status } };
  const finished = finishWith(next, remap(setup, toExitStatus(status)));
  return { state: finished.state, actions: [note({ type: 'mainEnded', pid, status }), ...finished.actions] };
}

/**
 * The life of a container in which nothing has to be decided: its program starts, orphans come and go, the program ends
 * and leaves nothing behind. A host may keep everything else out of memory until the first event that is more than that.
 *
 * @returns null: it is more than that
 */
export function stepInRoutine(state: State, { event }: Moment): Outcome | null {
  const { phase } = state;
  if (phase.type === 'done') return unchanged(state);
  if (phase.type === 'starting') {
    if (event.type === 'started' && phase.kept.length === 0) return startRunning(state, event.pid);
    return event.type === 'startFailed' ? onStartFailed(state, event.errno) : null;
  }
  return phase.type === 'running' && event.type === 'reaped' ? onReaped(state, event) : null;
}
