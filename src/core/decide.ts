import { onArrivals } from './arrivals.ts';
import { onClients, onDrainTick, onHook, onListeners } from './drain.ts';
import type { Moment } from './event.ts';
import { type Millis, type Pid, addMillis, toMillis } from './ids.ts';
import { type Outcome, andThen, note, unchanged } from './outcome.ts';
import { record } from './chronicle.ts';
import { onReaped } from './reaping.ts';
import { startRunning } from './routine.ts';
import { type Drain, type State, type Stop, deadline } from './state.ts';
import { onInspected, onProcesses } from './answers.ts';
import { survey } from './survey.ts';

/** A wake-up that is late by more than this was no load: the container was paused or frozen. */
const PAUSE = toMillis(2_000);

/** Signals came before the main program was there: they are for it. */
function onStarted(state: State, pid: Pid, at: Millis): Outcome {
  if (state.phase.type !== 'starting') return unchanged(state);
  const { kept } = state.phase;
  return andThen(startRunning(state, pid), (next) => onArrivals(next, kept, false, at));
}

const isDue = (instant: Millis | null, at: Millis): boolean => instant !== null && at >= instant;

/** The deadline has come; a host may also call too early or for nothing. */
function onTick(state: State, at: Millis): Outcome {
  const { phase } = state;
  switch (phase.type) {
    case 'draining':
      return onDrainTick(state, phase.drain, at);
    case 'stopping':
      if (isDue(phase.stop.graceEnd, at)) return survey(state, { type: 'kill', reason: 'grace' });
      if (isDue(phase.stop.stragglersEnd, at)) return survey(state, { type: 'kill', reason: 'straggler' });
      return isDue(phase.stop.reviewAt, at) ? survey(state, { type: 'review' }) : unchanged(state);
    case 'killing':
      return isDue(phase.againAt, at) ? survey(state, { type: 'kill', reason: phase.reason }) : unchanged(state);
    case 'starting':
    case 'running':
    case 'done':
      return unchanged(state);
  }
}

const postpone = (stop: Stop, length: Millis): Stop => ({
  ...stop,
  graceEnd: stop.graceEnd === null ? null : addMillis(stop.graceEnd, length),
  stragglersEnd: stop.stragglersEnd === null ? null : addMillis(stop.stragglersEnd, length),
});

/**
 * Nobody knows when the pause began; it lasted at least as long as the wake-up was late, and so long the hook has from now
 * on. The drain itself is not longer for it: the balancers have gone on hearing of the end of this pod.
 */
const postponeHook = (drain: Drain, length: Millis, at: Millis): Drain => ({
  ...drain,
  hook:
    drain.hook === null ? null : { ...drain.hook, limit: addMillis(toMillis(Math.max(drain.hook.limit, at)), length) },
});

/** Time in which nobody could run is nobody's grace period: pending SIGKILLs move back by a pause of the container. */
function absorbPause(before: State, at: Millis): State {
  const due = deadline(before);
  if (due === null) return before;
  // What was due stays so until it has been done: the events of one wake-up are late by one pause.
  const length = toMillis(at - Math.max(due, before.awake ?? due));
  if (length <= PAUSE) return before;
  const state = { ...before, awake: at };
  switch (state.phase.type) {
    case 'stopping':
      return { ...state, phase: { type: 'stopping', stop: postpone(state.phase.stop, length) } };
    case 'draining':
      return { ...state, phase: { type: 'draining', drain: postponeHook(state.phase.drain, length, at) } };
    case 'starting':
    case 'running':
    case 'killing':
    case 'done':
      return state;
  }
}

function react(state: State, { at, event }: Moment): Outcome {
  switch (event.type) {
    case 'started':
      return onStarted(state, event.pid, at);
    case 'startFailed':
    case 'servicesStarted':
    case 'outputsOpened':
      return unchanged(state);
    case 'signals':
      return onArrivals(state, event.arrivals, event.isForeground, at);
    case 'reaped':
      return onReaped(state, event, at);
    case 'processes':
      return onProcesses(state, event.rows, at);
    case 'inspected':
      return onInspected(state, event.findings, at);
    case 'hookStarted':
    case 'hookNotStarted':
      return onHook(state, event, at);
    case 'listeners':
      return onListeners(state, event, at);
    case 'clients':
      return onClients(state, event, at);
    case 'tick':
      return onTick(state, at);
    case 'refused':
      return {
        state: event.refusal.what === 'subreaper' ? withoutOrphans(state) : state,
        actions: [note({ type: 'refused', refusal: event.refusal })],
      };
  }
}

function withoutOrphans(state: State): State {
  const { setup } = state;
  return { ...state, setup: { ...setup, facts: { ...setup.facts, adopts: false } } };
}

/** What follows from an event that is not routine: the rest of {@link step}. */
export function decide(before: State, moment: Moment): Outcome {
  if (before.phase.type === 'done') return unchanged(before);
  const state = absorbPause(before, moment.at);
  return record(state, moment, react(state, moment));
}
