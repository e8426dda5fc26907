import { prepare } from '../begin.ts';
import { isReportDue } from '../chronicle.ts';
import type { Event, Moment } from '../event.ts';
import { note } from '../outcome.ts';
import { addReport } from '../report.ts';
import { noSurvey } from '../state.ts';
import type { Setup } from '../setup.ts';
import { longestStop } from './longest-stop.ts';
import { listDependents } from './order.ts';
import type { Service } from './service.ts';
import { CONTAINER, type ServicesOutcome, type ServicesState, deadline } from './state.ts';
import { onSignals, stepAsker, stepContainer } from './container-turn.ts';
import { advance } from './order-turn.ts';
import { onProcesses, onReaped } from './process-turn.ts';
import { onStarted } from './service-turn.ts';
import { onHook, onTick } from './timing-turn.ts';
import { Turn } from './turn.ts';
import { owedStopOfServices } from './owed.ts';

/**
 * What to do first: the services that depend on nothing are started.
 *
 * @param isPrefixed put the name of its service before each line of output
 */
export function beginServices(
  setup: Setup,
  services: readonly Service[],
  at: Moment['at'],
  isPrefixed = false,
): ServicesOutcome {
  const before: ServicesState = {
    setup,
    services,
    dependents: listDependents(services),
    container: {
      setup,
      main: { pid: null, status: null, role: null, isStopped: false, hasGroup: true },
      phase: { type: 'running' },
      hookGroup: null,
      survey: noSurvey,
      awake: null,
      chronicle: null,
    },
    lives: services.map(() => ({ type: 'waiting' })),
    owners: new Map(),
    tableAskers: new Set(),
    stopping: null,
    arrivals: 0,
    relay: null,
  };
  const turn = new Turn(before, { at, event: { type: 'tick' } });
  // The first lines have names as well: nothing starts before the names are there.
  if (isPrefixed) turn.actions.push({ type: 'openOutputs' });
  else advance(turn);
  const { state, actions } = turn.finish();
  return { state, actions: [...prepare(setup, longestStop(services)), ...actions] };
}

/** What follows from one event: {@link step} for several services. Pure and total in the same way. */
export function stepServices(state: ServicesState, moment: Moment): ServicesOutcome {
  const turn = new Turn(state, moment);
  onEvent(turn, moment.event);
  if (turn.isNews) advance(turn);
  return turn.finish();
}

function onEvent(turn: Turn, event: Event): void {
  switch (event.type) {
    case 'signals':
      onSignals(turn, event.arrivals, event.isForeground);
      break;
    case 'servicesStarted':
      for (const result of event.results) onStarted(turn, result);
      break;
    case 'outputsOpened':
      turn.relay = event.pid;
      turn.isNews = true;
      if (event.pid === null)
        turn.actions.push(note({ type: 'refused', refusal: { what: 'prefix', errno: event.errno } }));
      break;
    case 'reaped':
      onReaped(turn, event);
      break;
    case 'processes':
      onProcesses(turn, event.rows);
      break;
    case 'inspected':
      stepAsker(turn, event.tag ?? CONTAINER, event);
      break;
    case 'hookStarted':
    case 'hookNotStarted':
      onHook(turn, event);
      break;
    case 'tick':
      onTick(turn);
      break;
    case 'started':
    case 'startFailed':
    case 'listeners':
    case 'clients':
    case 'refused':
      stepContainer(turn, event);
      break;
  }
}

/** The policy for services, all of it. */
export const forServices = {
  step: (state: ServicesState, moment: Moment): ServicesOutcome => {
    const outcome = stepServices(state, moment);
    const { container } = outcome.state;
    if (!isReportDue(container)) return outcome;
    return { ...outcome, actions: addReport({ state: container, actions: outcome.actions }, moment.at).actions };
  },
  deadline,
  mindsOrphans: (): boolean => true,
  owed: owedStopOfServices,
};
