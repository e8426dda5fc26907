import type { Action } from '../action.ts';
import { isReportDue } from '../chronicle.ts';
import type { Moment } from '../event.ts';
import { addReport } from '../report.ts';
import { noSurvey } from '../state.ts';
import { type Setup, isPid1 } from '../setup.ts';
import { listDependents } from './order.ts';
import type { Service } from './service.ts';
import { type ServicesState, deadline } from './state.ts';
import { Turn } from './turn.ts';

/** The state after an event, and what the host must do now, in this order. */
export interface ServicesOutcome {
  readonly state: ServicesState;
  readonly actions: readonly Action[];
}

/** What to do first: the services that depend on nothing are started. */
export function beginServices(setup: Setup, services: readonly Service[], at: Moment['at']): ServicesOutcome {
  const before: ServicesState = {
    setup,
    services,
    dependents: listDependents(services),
    container: {
      setup,
      main: { pid: null, status: null, role: null, isStopped: false },
      phase: { type: 'running' },
      hookGroup: null,
      survey: noSurvey,
      chronicle: null,
    },
    lives: services.map(() => ({ type: 'waiting' })),
    owners: new Map(),
    tableAskers: new Set(),
    stopping: null,
    isSweeping: false,
    arrivals: 0,
  };
  const { state, actions } = new Turn(before, { at, event: { type: 'tick' } }).begin();
  return { state, actions: [...(isPid1(setup) ? [] : [{ type: 'becomeSubreaper' } as const]), ...actions] };
}

/** What follows from one event: {@link step} for several services. Pure and total in the same way. */
export const stepServices = (state: ServicesState, moment: Moment): ServicesOutcome => new Turn(state, moment).run();

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
};
