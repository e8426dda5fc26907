import { decide } from '../decide.ts';
import type { Arrival, Event } from '../event.ts';
import type { Signal } from '../ids.ts';
import type { Outcome } from '../outcome.ts';
import { isStopSignal } from '../signal.ts';
import { noSurvey } from '../state.ts';
import { stepService, stopService } from './service-turn.ts';
import { type Asker, CONTAINER } from './state.ts';
import type { Turn } from './turn.ts';

/** A stop signal that one of our own programs sends back is an echo: `kill 0` in a trap. */
export function onSignals(turn: Turn, arrivals: readonly Arrival[], isForeground: boolean): void {
  const isEcho = ({ signal, sender }: Arrival): boolean =>
    turn.stopping !== null && isStopSignal(signal) && turn.owners.has(sender);
  const real = arrivals.filter((arrival) => !isEcho(arrival));
  if (real.length > 0) stepContainer(turn, { type: 'signals', arrivals: real, isForeground });
}

export function stepContainer(turn: Turn, event: Event): void {
  applyToContainer(turn, decide(turn.container, { at: turn.at, event }));
}

export function applyToContainer(turn: Turn, { state, actions }: Outcome): void {
  turn.container = state;
  const task = turn.isSweeping ? undefined : state.survey.tasks.find(({ type }) => type === 'stop');
  if (task?.type === 'stop') {
    // Whom the signal goes to, and in which order, is not for it to decide while there are services.
    const tasks = state.survey.tasks.filter(({ type }) => type !== 'stop');
    turn.container = {
      ...state,
      main: { ...state.main, status: { type: 'exited', code: 0 } },
      phase: { type: 'running' },
      survey: tasks.length === 0 ? noSurvey : { ...state.survey, tasks },
    };
  }
  for (const action of actions) {
    if (action.type !== 'readProcesses') turn.actions.push(action);
    else if (turn.container.survey.tasks.length > 0) turn.tableAskers.add(CONTAINER);
  }
  if (task?.type === 'stop') onStopSignal(turn, task.signal);
}

function onStopSignal(turn: Turn, signal: Signal): void {
  turn.arrivals += 1;
  if (turn.stopping === null) {
    turn.beginStop({ type: 'signal', signal });
    return;
  }
  // A second one is for everybody at once. The first one may come when a service has ended by itself: then the order stands.
  for (const [index, life] of turn.lives.entries()) {
    if (life.type === 'running' && (life.isStopping || turn.arrivals > 1)) stopService(turn, index, signal);
  }
}

export function stepAsker(turn: Turn, asker: Asker, event: Event): void {
  if (asker === CONTAINER) stepContainer(turn, event);
  else stepService(turn, asker, event);
}
