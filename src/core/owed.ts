import type { Action } from './action.ts';
import type { Signal } from './ids.ts';
import { isStopSignal } from './signal.ts';
import type { State } from './state.ts';

/**
 * The stop signal that has been accepted, and that not everybody has got yet; null: there is none. When our own code fails,
 * whoever takes over sends it to all that are left: a program that gets it twice does less harm than one that never does.
 */
export function owedStop({ phase, survey }: State): Signal | null {
  if (phase.type === 'draining') return phase.drain.signal;
  for (const task of survey.tasks) if (task.type === 'stop') return task.signal;
  return null;
}

/** The same of what was to be done next, and was not. */
export function owedOf(actions: readonly Action[]): Signal | null {
  for (const action of actions) {
    if ((action.type === 'signal' || action.type === 'signalGroup') && isStopSignal(action.signal))
      return action.signal;
  }
  return null;
}
