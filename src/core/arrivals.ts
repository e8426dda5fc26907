import type { Arrival } from './event.ts';
import { beginDrain, endDrain, isHeld } from './drain.ts';
import type { Millis, Pid, Signal } from './ids.ts';
import { type Outcome, andThen, note, unchanged } from './outcome.ts';
import { CHLD, CONT, KILL, STOP, isStopSignal } from './signal.ts';
import type { State } from './state.ts';
import { survey } from './survey.ts';
import { onContinued } from './terminal.ts';

/** SIGCHLD is ours; KILL and STOP cannot be caught, so they come only from a rewrite, which may not ask for them. */
const isForwardable = (signal: Signal): boolean => signal !== CHLD && signal !== KILL && signal !== STOP;

/**
 * Whether the signal is what we sent, sent on: a trap that says `kill 0` reaches us too where we share its process group.
 * Taken for a further arrival it would go round for ever.
 */
const isEcho = ({ phase }: State, sender: Pid): boolean => phase.type === 'stopping' && phase.stop.seen.has(sender);

/** A stop signal. The first may be held back; a second one ends that, but for one that was read together with the first. */
function onStopSignal(state: State, signal: Signal, at: Millis): Outcome {
  const { phase, setup, main } = state;
  if (phase.type === 'draining') {
    return phase.drain.began === at ? unchanged(state) : endDrain(state, 'signal', signal, at);
  }
  const isFirst = phase.type === 'running' && main.status === null;
  return isFirst && isHeld(setup.options)
    ? beginDrain(state, signal, at)
    : survey(state, { type: 'stop', signal, cause: 'signal' });
}

function onArrival(state: State, { signal, sender }: Arrival, isForeground: boolean, at: Millis): Outcome {
  // The kernel names us as the sender of what we caused: SIGPIPE of our own write, SIGTTOU of our own ioctl.
  if (sender === state.setup.facts.self || !isForwardable(signal)) return unchanged(state);
  const { rewrites } = state.setup.options;
  const rewritten = rewrites.has(signal) ? (rewrites.get(signal) ?? null) : signal;
  const received = note({ type: 'received', signal, sender, as: rewritten });
  return andThen({ state, actions: [received] }, (next) => {
    if (rewritten === null) return unchanged(next);
    if (rewritten === CONT && next.main.isStopped) return onContinued(next, isForeground);
    if (isStopSignal(rewritten) && isEcho(next, sender)) return unchanged(next);
    if (isStopSignal(rewritten)) return onStopSignal(next, rewritten, at);
    return survey(next, { type: 'relay', signal: rewritten, isGentle: false });
  });
}

/** Signals have come. Each is one arrival; before the main program is there they are kept for it. */
export function onArrivals(state: State, arrivals: readonly Arrival[], isForeground: boolean, at: Millis): Outcome {
  switch (state.phase.type) {
    case 'starting':
      return unchanged({
        ...state,
        phase: { type: 'starting', kept: [...state.phase.kept, ...arrivals] },
      });
    case 'running':
    case 'draining':
    case 'stopping':
    case 'killing':
      return arrivals.reduce<Outcome>(
        (outcome, arrival) => andThen(outcome, (next) => onArrival(next, arrival, isForeground, at)),
        unchanged(state),
      );
    case 'done':
      return unchanged(state);
  }
}
