import { isReportDue } from './chronicle.ts';
import { decide } from './decide.ts';
import type { Moment } from './event.ts';
import type { Outcome } from './outcome.ts';
import { addReport } from './report.ts';
import { stepInRoutine } from './routine.ts';
import type { State } from './state.ts';

/** What follows from an event. */
export type Step = (state: State, moment: Moment) => Outcome;

/**
 * The whole of drainit's policy: what follows from one event. Pure and total: the same state and moment give the same
 * outcome, any event may come in any state, and nothing is thrown.
 */
export const step: Step = (state, moment) => {
  const routine = stepInRoutine(state, moment);
  if (routine !== null) return routine;
  const outcome = decide(state, moment);
  return isReportDue(outcome.state) ? addReport(outcome, moment.at) : outcome;
};
