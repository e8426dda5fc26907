import type { Action } from './action.ts';
import type { Clients, Ended, Event } from './event.ts';
import { type Millis, type Signal, addMillis, toMillis } from './ids.ts';
import type { DrainEnd } from './note.ts';
import { type Outcome, andThen, note, unchanged } from './outcome.ts';
import { type ProcessTable, listDescendants } from './process-table.ts';
import type { DrainTime, Options } from './setup.ts';
import { KILL } from './signal.ts';
import type { Drain, Hook, State, Watch } from './state.ts';
import { survey } from './survey.ts';

/** So long nobody may be connected, and nobody come, for a drain to end before its time. */
const QUIET = toMillis(1_000);

/**
 * A single connection that comes no sooner after another is taken for a probe: the kubelet goes on with them while a pod
 * terminates, once a second at most ("Configure Liveness, Readiness and Startup Probes"). What does not do a request a
 * second is quiet between two of them anyway: the shortest time of the drain is for it.
 */
const PROBE_PERIOD = toMillis(800);

/**
 * Between two looks at the clients. The kernel walks through all its connections for one, which takes some milliseconds on
 * a big machine, and a tenth of a second with tens of thousands of clients: looking may take a twentieth of the time.
 */
const SHORTEST_PERIOD = toMillis(100);
const LONGEST_PERIOD = toMillis(2_000);
const COST_FACTOR = 20;

const periodAfter = (cost: number): Millis =>
  toMillis(Math.min(Math.max(cost * COST_FACTOR, SHORTEST_PERIOD), LONGEST_PERIOD));

/** A drain is told of in so many parts at most. */
const PARTS = 100;

const NO_TIME: DrainTime = { least: toMillis(0), most: toMillis(0) };

/** Whether a stop signal is held back at all. */
export const isHeld = ({ drain, preStop }: Options): boolean => drain !== null || preStop !== null;

const isAdaptive = ({ least, most }: DrainTime): boolean => least < most;

const withDrain = (state: State, drain: Drain): State => ({ ...state, phase: { type: 'draining', drain } });

/**
 * Holds a stop signal back: everything keeps running, and new requests are answered, until the load balancers have heard
 * of the end of this pod. Kubernetes tells them while the signal is already on its way ("Termination of Pods").
 */
export function beginDrain(state: State, signal: Signal, at: Millis): Outcome {
  const { drain: time, drainSignal, preStop } = state.setup.options;
  const { least, most } = time ?? NO_TIME;
  const drain: Drain = {
    signal,
    began: at,
    earliest: addMillis(at, least),
    latest: addMillis(at, most),
    watch: null,
    hook: null,
  };
  const began: Outcome = {
    state: withDrain(state, drain),
    actions: [note({ type: 'draining', signal, least, most })],
  };
  const start =
    preStop === null ? began : andThen(began, (next) => startHook(next, drain, 0, addMillis(at, preStop.limit)));
  const told =
    drainSignal === null
      ? start
      : andThen(start, (next) => survey(next, { type: 'relay', signal: drainSignal, isGentle: true }));
  return isAdaptive(time ?? NO_TIME) ? andThen(told, (next) => survey(next, { type: 'findListeners' })) : told;
}

/** Starts the hook with that index; without one the drain waits for no hook any more. */
function startHook(state: State, drain: Drain, index: number, limit: Millis): Outcome {
  const command = state.setup.options.preStop?.commands[index];
  if (command === undefined) return unchanged(withDrain(state, { ...drain, hook: null }));
  return {
    state: withDrain(state, { ...drain, hook: { index, pid: null, limit } }),
    actions: [{ type: 'startHook', ...command }],
  };
}

/** Which of several hooks it is. */
function nameHook({ setup }: State, { index }: Hook): string | null {
  const commands = setup.options.preStop?.commands ?? [];
  return commands.length > 1 ? (commands[index]?.words.join(' ') ?? null) : null;
}

/** A hook that is still running when the drain ends has no more to do. */
function killHook(state: State, { hook, began }: Drain, isLate: boolean, at: Millis): readonly Action[] {
  if (hook === null || hook.pid === null) return [];
  return [
    { type: 'signalGroup', group: hook.pid, signal: KILL },
    note({ type: 'hookKilled', command: nameHook(state, hook), isLate, after: toMillis(at - began) }),
  ];
}

/** The held signal goes to the programs, or the one that ended the drain. */
export function endDrain(state: State, reason: DrainEnd, signal: Signal, at: Millis): Outcome {
  // The signal is on its way already.
  if (state.phase.type !== 'draining' || state.survey.tasks.some(({ type }) => type === 'stop'))
    return unchanged(state);
  const { drain } = state.phase;
  const { connected, example } = drain.watch?.clients ?? { connected: 0, example: null };
  const drained = note({ type: 'drained', reason, after: toMillis(at - drain.began), connected, example });
  const ended: Outcome = {
    state: withDrain(state, { ...drain, hook: null }),
    actions: [...killHook(state, drain, false, at), drained],
  };
  return andThen(ended, (next) => survey(next, { type: 'stop', signal, cause: 'signal' }));
}

/** Ends the drain if its time is up and its hooks have ended. */
const endIfDue = (state: State, at: Millis): Outcome =>
  state.phase.type === 'draining' && state.phase.drain.hook === null && at >= state.phase.drain.latest
    ? endDrain(state, 'hook', state.phase.drain.signal, at)
    : unchanged(state);

/** A hook is over: the next one is started, or the drain may end. */
const afterHook = (outcome: Outcome, drain: Drain, { index, limit }: Hook, at: Millis): Outcome =>
  andThen(
    andThen(outcome, (next) => startHook(next, drain, index + 1, limit)),
    (next) => endIfDue(next, at),
  );

/** What became of the hook that was to be started. A stop goes on without it. */
export function onHook(
  state: State,
  event: Extract<Event, { type: 'hookStarted' | 'hookNotStarted' }>,
  at: Millis,
): Outcome {
  if (state.phase.type !== 'draining' || state.phase.drain.hook === null) return unchanged(state);
  const { drain } = state.phase;
  const { hook } = state.phase.drain;
  if (event.type === 'hookStarted')
    return unchanged({ ...withDrain(state, { ...drain, hook: { ...hook, pid: event.pid } }), hookGroup: event.pid });
  const actions = [note({ type: 'hookNotStarted', command: nameHook(state, hook), errno: event.errno })];
  return afterHook({ state, actions }, drain, hook, at);
}

/** Processes have ended while the drain lasts: the hook may be among them, or the main program. */
export function onDrainReaped(state: State, drain: Drain, ended: readonly Ended[], at: Millis): Outcome {
  if (ended.some(({ pid }) => pid === state.main.pid)) return endDrain(state, 'mainEnded', drain.signal, at);
  const { hook } = drain;
  const end = ended.find(({ pid }) => pid === hook?.pid);
  if (hook === null || end === undefined) return unchanged(state);
  const after = toMillis(at - drain.began);
  // What it leaves behind is left like anything else, and told when the stop begins.
  const noted: Outcome = {
    state: { ...state, hookGroup: null },
    actions: [note({ type: 'hookEnded', command: nameHook(state, hook), status: end.status, after })],
  };
  return afterHook(noted, drain, hook, at);
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
  const watch: Watch = { ports, clients: null, notedAt: null, quietSince: null, cameAt: null, askedAt: at, lookAt };
  return {
    state: withDrain(state, { ...drain, watch }),
    actions: ports === null ? [note({ type: 'drainBlind', what: 'owners' })] : [],
  };
}

/** Their number has changed, or is known for the first time; that it comes and goes all the time is told of now and then. */
const isWorthALine = ({ began, latest }: Drain, { clients, notedAt }: Watch, connected: number, at: Millis): boolean =>
  notedAt === null || (clients?.connected !== connected && at - notedAt >= (latest - began) / PARTS);

/** Whether nobody is there, and nobody came since the look before but a probe. */
function isQuiet({ clients, cameAt }: Watch, { connected, accepted }: Clients, at: Millis): boolean {
  const came = clients === null ? 0 : accepted - clients.accepted;
  if (came === 0) return connected === 0;
  return came === 1 && connected <= 1 && (cameAt === null || at - cameAt >= PROBE_PERIOD);
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
  const cameAt = before !== null && clients.accepted !== before.accepted ? at : watch.cameAt;
  const quietSince = isQuiet(watch, clients, at) ? (watch.quietSince ?? at) : null;
  const lookAt = addMillis(at, periodAfter(at - watch.askedAt));
  const { connected, example } = clients;
  const isNews = isWorthALine(drain, watch, connected, at);
  const notedAt = isNews ? at : watch.notedAt;
  const seen: Outcome = {
    state: withDrain(state, { ...drain, watch: { ...watch, clients, notedAt, quietSince, cameAt, lookAt } }),
    actions: isNews ? [note({ type: 'clients', connected, example })] : [],
  };
  const isOver = quietSince !== null && at - quietSince >= QUIET && at >= drain.earliest && drain.hook === null;
  return isOver ? andThen(seen, (next) => endDrain(next, 'quiet', drain.signal, at)) : seen;
}

/** The hooks have run out of time: what is left of them is left out. */
function giveUpHook(state: State, drain: Drain, at: Millis): Outcome {
  const killed: Outcome = {
    state: withDrain(state, { ...drain, hook: null }),
    actions: killHook(state, drain, true, at),
  };
  return andThen(killed, (next) => endIfDue(next, at));
}

/** The deadline of a drain has come: its end, that of its hook, or the next look. */
export function onDrainTick(state: State, drain: Drain, at: Millis): Outcome {
  const { hook, watch } = drain;
  if (hook !== null && at >= hook.limit) return giveUpHook(state, drain, at);
  if (hook === null && at >= drain.latest) return endDrain(state, 'time', drain.signal, at);
  if (watch === null || at < watch.lookAt) return unchanged(state);
  // Until the answer is there nothing more is asked.
  const asked = { ...watch, askedAt: at, lookAt: addMillis(at, LONGEST_PERIOD) };
  return {
    state: withDrain(state, { ...drain, watch: asked }),
    actions: [{ type: 'countClients', ports: watch.ports }],
  };
}
