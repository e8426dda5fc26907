import { onArrivals } from './arrivals.ts';
import type { Moment } from './event.ts';
import { statusOfFailedStart } from './exit-status.ts';
import { type Millis, type Pid, addMillis, toMillis } from './ids.ts';
import { type Outcome, andThen, note, unchanged } from './outcome.ts';
import { onReaped } from './reaping.ts';
import { type Setup, chooseTerminal, isPid1 } from './setup.ts';
import { type State, type Stop, deadline, noSurvey } from './state.ts';
import { onInspected, onProcesses, survey } from './survey.ts';

/** A wake-up that is late by more than this was no load: the container was paused or frozen. */
const PAUSE = toMillis(2_000);

/** What to do first. */
export function begin(setup: Setup): Outcome {
  const { options, facts } = setup;
  const terminal = chooseTerminal(facts);
  // A new session has no terminal; without /proc or with -g the group is how the programs are named. Below PID 1 it keeps
  // `kill 0` of a script from us, and is there for `kill -- -$$`. In the background of a terminal it would be cut off.
  const session = options.newSession && terminal === null;
  const isDetached = isPid1(setup) && facts.terminals.length === 0;
  const own = terminal !== null || options.audience === 'group' || !facts.hasProc || isDetached;
  return {
    state: {
      setup,
      main: { pid: null, status: null, role: null, isStopped: false },
      phase: { type: 'starting', kept: [] },
      survey: noSurvey,
    },
    actions: [
      ...(isPid1(setup) ? [] : [{ type: 'becomeSubreaper' } as const]),
      ...(options.parentDeathSignal === null
        ? []
        : [{ type: 'setParentDeathSignal', signal: options.parentDeathSignal } as const]),
      {
        type: 'start',
        group: session ? 'session' : own ? 'own' : 'inherited',
        terminal: terminal?.isForeground === true ? terminal.fd : null,
      },
    ],
  };
}

function onStarted(state: State, pid: Pid): Outcome {
  if (state.phase.type !== 'starting') return unchanged(state);
  const { kept } = state.phase;
  const running: State = { ...state, main: { ...state.main, pid }, phase: { type: 'running' } };
  return andThen({ state: running, actions: [note({ type: 'started', pid })] }, (next) =>
    onArrivals(next, kept, false),
  );
}

function onStartFailed(state: State, errno: number): Outcome {
  if (state.phase.type !== 'starting') return unchanged(state);
  const status = statusOfFailedStart(errno);
  return {
    state: { ...state, phase: { type: 'done', status } },
    actions: [note({ type: 'startFailed', errno }), { type: 'exit', status }],
  };
}

const isDue = (instant: Millis | null, at: Millis): boolean => instant !== null && at >= instant;

/** The deadline has come; a host may also call too early or for nothing. */
function onTick(state: State, at: Millis): Outcome {
  const { phase } = state;
  switch (phase.type) {
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

/** Time in which nobody could run is nobody's grace period: pending SIGKILLs move back by a pause of the container. */
function absorbPause(state: State, at: Millis): State {
  if (state.phase.type !== 'stopping') return state;
  const due = deadline(state);
  if (due === null || at - due <= PAUSE) return state;
  return { ...state, phase: { type: 'stopping', stop: postpone(state.phase.stop, toMillis(at - due)) } };
}

/**
 * The whole of drainit's policy: what follows from one event. Pure and total: the same state and moment give the same
 * outcome, any event may come in any state, and nothing is thrown.
 */
export function step(before: State, { at, event }: Moment): Outcome {
  const state = absorbPause(before, at);
  switch (event.type) {
    case 'started':
      return onStarted(state, event.pid);
    case 'startFailed':
      return onStartFailed(state, event.errno);
    case 'signals':
      return onArrivals(state, event.arrivals, event.isForeground);
    case 'reaped':
      return onReaped(state, event, at);
    case 'processes':
      return onProcesses(state, event.rows, at);
    case 'inspected':
      return onInspected(state, event.findings, at);
    case 'tick':
      return onTick(state, at);
    case 'refused':
      return { state, actions: [note({ type: 'refused', refusal: event.refusal })] };
  }
}
