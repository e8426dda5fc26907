import type { Action } from './action.ts';
import { chooseAddressees } from './audience.ts';
import { hasBit, hasSignal } from './disposition.ts';
import { signalMain, signalProcess } from './delivery.ts';
import type { Signal } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { type Outcome, note, unchanged } from './outcome.ts';
import type { Process, ProcessTable } from './process-table.ts';
import type { State, Task } from './state.ts';

type RelayTask = Extract<Task, { type: 'relay' }>;

/** Whether a program has a handler for it; undefined while an answer is outstanding. The table has no real-time signals. */
function catches(inquiry: Inquiry, { pid, caught }: Process, signal: Signal): boolean | undefined {
  if (signal < 32) return hasBit(caught, signal);
  const sets = inquiry.ask('signals', pid);
  return sets === undefined ? undefined : sets !== null && hasSignal(sets.caught, signal);
}

/**
 * A drain has begun: what has no handler for the signal would end of it, and is not told. It is asked again while the drain
 * lasts, and spoken of once.
 */
function relayGently(state: State, { signal }: RelayTask, table: ProcessTable, inquiry: Inquiry): Outcome {
  if (state.phase.type !== 'draining') return unchanged(state);
  const { drain } = state.phase;
  const { self } = state.setup.facts;
  const asked = new Map(drain.asked ?? []);
  const actions: Action[] = [];
  for (const process of chooseAddressees(state, table, inquiry, signal).programs) {
    const { pid, name, start } = process;
    const known = drain.asked?.get(pid);
    const isKnown = known?.start === start;
    if (isKnown && known.isTold) continue;
    const isTold = catches(inquiry, process, signal) === true;
    asked.set(pid, { pid, start, isTold });
    if (isTold) actions.push(signalProcess(process, self, signal));
    if (isTold || !isKnown) actions.push(note({ type: isTold ? 'told' : 'notTold', pid, name, signal }));
  }
  const isUnheard = drain.asked === null && ![...asked.values()].some(({ isTold }) => isTold);
  if (isUnheard) actions.push(note({ type: 'drainSignalUnheard', signal, isBlind: false }));
  return { state: { ...state, phase: { type: 'draining', drain: { ...drain, asked } } }, actions };
}

/** A signal that asks nobody to end goes to the programs; a shell without a trap would only die of it. */
export function relay(state: State, task: RelayTask, table: ProcessTable, inquiry: Inquiry): Outcome {
  if (task.isGentle) return relayGently(state, task, table, inquiry);
  const { signal } = task;
  const { self } = state.setup.facts;
  const { programs, group } = chooseAddressees(state, table, inquiry, signal);
  if (group !== null) return { state, actions: [{ type: 'signalGroup', group, signal }] };
  const actions = programs.flatMap((process) => [
    signalProcess(process, self, signal),
    note({ type: 'told', pid: process.pid, name: process.name, signal }),
  ]);
  return { state, actions };
}

/** {@link relay} without /proc, where nobody can be told apart, nor asked for a handler. */
export function relayBlindly(state: State, { signal, isGentle }: RelayTask): Outcome {
  if (!isGentle) return { state, actions: signalMain(state, signal) };
  if (state.phase.type !== 'draining') return unchanged(state);
  return {
    state: { ...state, phase: { type: 'draining', drain: { ...state.phase.drain, tellAt: null } } },
    actions: [note({ type: 'drainSignalUnheard', signal, isBlind: true })],
  };
}
