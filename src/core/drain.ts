import type { Action } from './action.ts';
import type { Ended, Event } from './event.ts';
import { type Millis, type Signal, addMillis, elapsed, toMillis } from './ids.ts';
import type { DrainEnd } from './note.ts';
import { type Outcome, andThen, note, unchanged } from './outcome.ts';
import { type ProcessTable, listDescendants } from './process-table.ts';
import type { DrainTime, Options } from './setup.ts';
import { KILL } from './signal.ts';
import type { Drain, Hook, State, Watch } from './state.ts';
import { survey } from './survey.ts';
import { asking, beginWatch, countClients, hasNewcomers, isAdaptive, isOver, seeClients } from './watch.ts';

/** A server that is still loading has no handler for the drain signal yet, and a script no server: it is tried again. */
const TELL_PERIOD = toMillis(1_000);

const NO_TIME: DrainTime = { least: toMillis(0), most: toMillis(0) };

/** Whether a stop signal is held back at all. */
export const isHeld = ({ drain, preStop }: Options): boolean => (drain?.most ?? 0) > 0 || preStop !== null;

const withDrain = (state: State, drain: Drain): State => ({ ...state, phase: { type: 'draining', drain } });

/**
 * Holds a stop signal back: everything keeps running, and new requests are answered, until the load balancers have heard
 * of the end of this pod. Kubernetes tells them while the signal is already on its way ("Termination of Pods").
 */
export function beginDrain(state: State, signal: Signal, at: Millis): Outcome {
  const { drain: time, drainSignal, preStop } = state.setup.options;
  const { least, most } = time ?? NO_TIME;
  const times = { began: at, earliest: addMillis(at, least), latest: addMillis(at, most) };
  const drain: Drain = {
    signal,
    ...times,
    watch: beginWatch(state.setup.options, times),
    hook: null,
    asked: null,
    tellAt: drainSignal === null ? null : at,
  };
  const began: Outcome = {
    state: withDrain(state, drain),
    actions: [note({ type: 'draining', signal, least, most })],
  };
  const start =
    preStop === null
      ? began
      : andThen(began, (next) => startHook(next, drain, { index: 0, began: at, limit: addMillis(at, preStop.limit) }));
  return andThen(start, (next) => followUp(next, at));
}

/** The drain signal is sent, and the clients are looked at, when it is time. */
function followUp(state: State, at: Millis): Outcome {
  const told = tellOfDrain(state, at);
  return andThen(told, (next) => lookAtClients(next, at));
}

function tellOfDrain(state: State, at: Millis): Outcome {
  const { drainSignal } = state.setup.options;
  if (state.phase.type !== 'draining' || drainSignal === null) return unchanged(state);
  const { drain } = state.phase;
  if (drain.tellAt === null || at < drain.tellAt) return unchanged(state);
  const next = withDrain(state, { ...drain, tellAt: addMillis(at, TELL_PERIOD) });
  return survey(next, { type: 'relay', signal: drainSignal, isGentle: true });
}

/** Whose ports are whose is asked first, when that is not known or has changed. */
function lookAtClients(state: State, at: Millis): Outcome {
  if (state.phase.type !== 'draining') return unchanged(state);
  const { drain } = state.phase;
  const { watch } = drain;
  if (watch === null || at < watch.lookAt) return unchanged(state);
  const asked = asking(watch, at);
  return watch.listening === null
    ? survey(withDrain(state, { ...drain, watch: asked }), { type: 'findListeners' })
    : count(state, drain, asked, at);
}

function count(state: State, drain: Drain, before: Watch, at: Millis): Outcome {
  const { watch, action } = countClients(before, at);
  return { state: withDrain(state, { ...drain, watch }), actions: [action] };
}

/** Starts the hook with that index; without one the drain waits for no hook any more. */
function startHook(state: State, drain: Drain, hook: Omit<Hook, 'pid'>): Outcome {
  const command = state.setup.options.preStop?.commands[hook.index];
  if (command === undefined) return unchanged(withDrain(state, { ...drain, hook: null }));
  return {
    state: withDrain(state, { ...drain, hook: { ...hook, pid: null } }),
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
  const skipped = (state.setup.options.preStop?.commands.length ?? 0) - hook.index - 1;
  return [
    { type: 'signalGroup', group: hook.pid, signal: KILL },
    note({ type: 'hookKilled', command: nameHook(state, hook), isLate, after: elapsed(began, at), skipped }),
  ];
}

/** The held signal goes to the programs, or the one that ended the drain. */
export function endDrain(state: State, reason: DrainEnd, signal: Signal, at: Millis): Outcome {
  // The signal is on its way already.
  if (state.phase.type !== 'draining' || state.survey.tasks.some(({ type }) => type === 'stop'))
    return unchanged(state);
  const { drain } = state.phase;
  const { connected, example } = drain.watch?.clients ?? { connected: null, example: null };
  const drained = note({
    type: 'drained',
    reason,
    after: elapsed(drain.began, at),
    connected,
    example,
    hasNewcomers: drain.watch !== null && hasNewcomers(drain.watch, at),
  });
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
    andThen(outcome, (next) => startHook(next, drain, { index: index + 1, began: at, limit })),
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
  const after = elapsed(hook.began, at);
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

/** It is known now, or cannot be, whose ports are whose: the clients of these ports are counted. */
export function onListeners(
  state: State,
  { ports, listening }: Pick<Extract<Event, { type: 'listeners' }>, 'ports' | 'listening'>,
  at: Millis,
): Outcome {
  if (state.phase.type !== 'draining' || state.phase.drain.watch === null) return unchanged(state);
  const { drain } = state.phase;
  const { watch } = state.phase.drain;
  // Who ceases to listen when the drain begins has clients still.
  const known = ports === null || watch.ports === null ? null : [...new Set([...watch.ports, ...ports])];
  return count(state, drain, { ...watch, ports: known, listening }, at);
}

/** Nobody can see who is connected. */
function onBlind(state: State, drain: Drain): Outcome {
  const actions = isAdaptive(drain) ? [note({ type: 'drainBlind', what: 'clients' })] : [];
  return { state: withDrain(state, { ...drain, watch: null }), actions };
}

/** One look at the clients. */
export function onClients(state: State, { clients }: Extract<Event, { type: 'clients' }>, at: Millis): Outcome {
  if (state.phase.type !== 'draining' || state.phase.drain.watch === null) return unchanged(state);
  const { drain } = state.phase;
  if (clients === null) return onBlind(state, drain);
  const { watch, isNews } = seeClients(drain, state.phase.drain.watch, clients, at);
  const { connected, example } = clients;
  const isOwnerless = watch.ports === null && !watch.isOwnerless && isAdaptive(drain);
  const seen: Outcome = {
    state: withDrain(state, { ...drain, watch: { ...watch, isOwnerless: watch.isOwnerless || isOwnerless } }),
    actions: [
      ...(isOwnerless ? [note({ type: 'drainBlind', what: 'owners' })] : []),
      ...(isNews ? [note({ type: 'clients', connected, example })] : []),
    ],
  };
  return isOver(drain, watch, at) ? andThen(seen, (next) => endDrain(next, 'quiet', drain.signal, at)) : seen;
}

/** The hooks have run out of time: what is left of them is left out. */
function giveUpHook(state: State, drain: Drain, at: Millis): Outcome {
  const killed: Outcome = {
    state: withDrain(state, { ...drain, hook: null }),
    actions: killHook(state, drain, true, at),
  };
  return andThen(killed, (next) => endIfDue(next, at));
}

/** The deadline of a drain has come: its end, that of its hook, or something that is due while it lasts. */
export function onDrainTick(state: State, drain: Drain, at: Millis): Outcome {
  const { hook } = drain;
  if (hook !== null && at >= hook.limit) return giveUpHook(state, drain, at);
  if (hook === null && at >= drain.latest)
    return endDrain(state, isAdaptive(drain) ? 'longest' : 'time', drain.signal, at);
  return followUp(state, at);
}
