import { chooseAddressees } from './audience.ts';
import { hasBit, hasSignal } from './disposition.ts';
import { signalMain, signalProcess } from './delivery.ts';
import type { Signal } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { type Outcome, note } from './outcome.ts';
import type { Process, ProcessTable } from './process-table.ts';
import type { State, Task } from './state.ts';

type RelayTask = Extract<Task, { type: 'relay' }>;

/** Whether a program has a handler for it; undefined while an answer is outstanding. The table has no real-time signals. */
function catches(inquiry: Inquiry, { pid, caught }: Process, signal: Signal): boolean | undefined {
  if (signal < 32) return hasBit(caught, signal);
  const sets = inquiry.ask('signals', pid);
  return sets === undefined ? undefined : sets !== null && hasSignal(sets.caught, signal);
}

/** The beginning of a drain: what has no handler for the signal would end of it, and is told of nothing. */
function relayGently(state: State, { signal }: RelayTask, table: ProcessTable, inquiry: Inquiry): Outcome {
  const { self } = state.setup.facts;
  const { programs } = chooseAddressees(state, table, inquiry, signal);
  const actions = programs.flatMap((process) => {
    const { pid, name } = process;
    return catches(inquiry, process, signal) === true
      ? [signalProcess(process, self, signal), note({ type: 'told', pid, name, signal })]
      : [note({ type: 'notTold', pid, name, signal })];
  });
  return { state, actions };
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
export const relayBlindly = (state: State, { signal, isGentle }: RelayTask): Outcome => ({
  state,
  actions: isGentle ? [] : signalMain(state, signal),
});
