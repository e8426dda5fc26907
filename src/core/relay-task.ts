import { chooseAddressees, tellHiddenMain } from './audience.ts';
import { signalProcess } from './delivery.ts';
import type { Signal } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { type Outcome, note } from './outcome.ts';
import type { ProcessTable } from './process-table.ts';
import type { State } from './state.ts';

/** A signal that asks nobody to end goes to the programs; a shell without a trap would only die of it. */
export function relay(state: State, signal: Signal, table: ProcessTable, inquiry: Inquiry): Outcome {
  const { self } = state.setup.facts;
  const { programs, group } = chooseAddressees(state, table, inquiry, signal);
  if (group !== null) return { state, actions: [{ type: 'signalGroup', group, signal }] };
  const actions = programs.flatMap((process) => [
    signalProcess(process, self, signal),
    note({ type: 'told', pid: process.pid, name: process.name, signal }),
  ]);
  return { state, actions: [...actions, ...tellHiddenMain(state, table, signal)] };
}

/** {@link relay} without /proc, where nobody can be told apart: the process group of the main child. */
export function relayToGroup(state: State, signal: Signal): Outcome {
  const { pid } = state.main;
  return { state, actions: pid === null ? [] : [{ type: 'signalGroup', group: pid, signal }] };
}
