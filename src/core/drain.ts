import type { Event } from './event.ts';
import { type Millis, type Signal, addMillis, toMillis } from './ids.ts';
import type { DrainEnd } from './note.ts';
import { type Outcome, andThen, note, unchanged } from './outcome.ts';
import { type ProcessTable, listDescendants } from './process-table.ts';
import type { DrainTime } from './setup.ts';
import type { Drain, State, Watch } from './state.ts';
import { survey } from './survey.ts';

/** So long nobody may be connected, and nobody come, for a drain to end before its time. */
const QUIET = toMillis(1_000);

/** Between two looks at the clients. */
const LOOK_PERIOD = toMillis(100);
const COSTLY_LOOK_PERIOD = toMillis(1_000);

const isAdaptive = ({ least, most }: DrainTime): boolean => least < most;

const withDrain = (state: State, drain: Drain): State => ({ ...state, phase: { type: 'draining', drain } });

/**
 * Holds a stop signal back: everything keeps running, and new requests are answered, until the load balancers have heard
 * of the end of this pod. Kubernetes tells them while the signal is already on its way ("Termination of Pods").
 */
export function beginDrain(state: State, signal: Signal, time: DrainTime, at: Millis): Outcome {
  const { least, most } = time;
  const drain: Drain = {
    signal,
    began: at,
    earliest: addMillis(at, least),
    latest: addMillis(at, most),
    watch: null,
  };
  const { drainSignal } = state.setup.options;
  const start: Outcome = {
    state: withDrain(state, drain),
    actions: [note({ type: 'draining', signal, least, most })],
  };
  const told =
    drainSignal === null ? start : andThen(start, (next) => survey(next, { type: 'relay', signal: drainSignal }));
  return isAdaptive(time) ? andThen(told, (next) => survey(next, { type: 'findListeners' })) : told;
}

/** The held signal goes to the programs, or the one that ended the drain. */
export function endDrain(state: State, reason: DrainEnd, signal: Signal, at: Millis): Outcome {
  // The signal is on its way already.
  if (state.phase.type !== 'draining' || state.survey.tasks.some(({ type }) => type === 'stop'))
    return unchanged(state);
  const { began, watch } = state.phase.drain;
  const { connected, example } = watch?.clients ?? { connected: 0, example: null };
  const drained = note({ type: 'drained', reason, after: toMillis(at - began), connected, example });
  return andThen({ state, actions: [drained] }, (next) => survey(next, { type: 'stop', signal, cause: 'signal' }));
}

/** {@link Task} `findListeners`: the ports of everything that descends from us. */
export const askForListeners = (state: State, table: ProcessTable): Outcome => ({
  state,
  actions: [{ type: 'findListeners', pids: listDescendants(table, state.setup.facts.self).map(({ pid }) => pid) }],
});

/** It is known now, or cannot be, whose ports are whose. */
export function onListeners(state: State, ports: readonly number[] | null, at: Millis): Outcome {
  if (state.phase.type !== 'draining' || state.phase.drain.watch !== null) return unchanged(state);
  const { drain } = state.phase;
  const lookAt = toMillis(Math.max(at, drain.earliest - QUIET));
  const watch: Watch = { ports, clients: null, quietSince: null, lookAt };
  return {
    state: withDrain(state, { ...drain, watch }),
    actions: ports === null ? [note({ type: 'drainBlind', what: 'owners' })] : [],
  };
}

/** One look at the clients. */
export function onClients(state: State, { clients }: Extract<Event, { type: 'clients' }>, at: Millis): Outcome {
  if (state.phase.type !== 'draining' || state.phase.drain.watch === null) return unchanged(state);
  const { drain } = state.phase;
  const { watch } = state.phase.drain;
  if (clients === null) {
    const actions = [note({ type: 'drainBlind', what: 'clients' })];
    return { state: withDrain(state, { ...drain, watch: null }), actions };
  }
  const before = watch.clients;
  const isQuiet = clients.connected === 0 && (before === null || clients.accepted === before.accepted);
  const quietSince = isQuiet ? (watch.quietSince ?? at) : null;
  const lookAt = addMillis(at, clients.isCostly ? COSTLY_LOOK_PERIOD : LOOK_PERIOD);
  const isNews = before?.connected !== clients.connected;
  const { connected, example } = clients;
  const seen: Outcome = {
    state: withDrain(state, { ...drain, watch: { ...watch, clients, quietSince, lookAt } }),
    actions: isNews ? [note({ type: 'clients', connected, example })] : [],
  };
  const isOver = quietSince !== null && at - quietSince >= QUIET && at >= drain.earliest;
  return isOver ? andThen(seen, (next) => endDrain(next, 'quiet', drain.signal, at)) : seen;
}

/** The deadline of a drain has come: its end, or the next look. */
export function onDrainTick(state: State, drain: Drain, at: Millis): Outcome {
  if (at >= drain.latest) return endDrain(state, 'time', drain.signal, at);
  const { watch } = drain;
  if (watch === null || at < watch.lookAt) return unchanged(state);
  // Until the answer is there nothing more is asked.
  const asked = { ...watch, lookAt: addMillis(at, COSTLY_LOOK_PERIOD) };
  return {
    state: withDrain(state, { ...drain, watch: asked }),
    actions: [{ type: 'countClients', ports: watch.ports }],
  };
}
