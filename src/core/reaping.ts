import { onDrainReaped } from './drain.ts';
import type { Ended, Event } from './event.ts';
import { countEnd, finalStatus } from './exit-status.ts';
import { type Millis, type StartTime, addMillis, toMillis } from './ids.ts';
import { type Outcome, andThen, note, unchanged } from './outcome.ts';
import { finishWith } from './routine.ts';
import { TERM } from './signal.ts';
import type { State, Stop } from './state.ts';
import { survey } from './survey.ts';
import { onMainStopped, takeTerminalBack } from './terminal.ts';

type Reaped = Extract<Event, { type: 'reaped' }>;

/** Looking at all processes costs about 10 µs for each; so often at most keeps it below a tenth of one processor. */
const reviewPause = (stop: Stop): Millis => toMillis(1 + stop.seen.size / 10);

/** The end of a hook has a note of its own. */
const reportOrphans = (state: State, ended: readonly Ended[]): Outcome => ({
  state,
  actions: ended
    .filter(({ pid }) => pid !== state.main.pid && pid !== state.hookGroup)
    .map(({ pid, status }) => note({ type: 'reaped', pid, status })),
});

function endMain(state: State, ended: readonly Ended[]): Outcome {
  const end = ended.find(({ pid }) => pid === state.main.pid);
  if (end === undefined || state.main.status !== null) return unchanged(state);
  const { pid, status } = end;
  const next: State = { ...state, main: { ...state.main, status, isStopped: false } };
  return andThen({ state: next, actions: [note({ type: 'mainEnded', pid, status })] }, takeTerminalBack);
}

/** Whether the end of this process may have left us children that nobody has told, or lets somebody else be told. */
function changesWhoIsTold(state: State, stop: Stop, { pid }: Ended): boolean {
  if (pid === state.main.pid || stop.readers.size > 0) return true;
  const told = stop.told.get(pid);
  return told !== undefined && (told.isShell || !told.isLeaf);
}

/** Lets a stop be looked at as soon as it may. */
export function hasten(stop: Stop, at: Millis): Stop {
  const soonest = addMillis(stop.lastReview, reviewPause(stop));
  return { ...stop, reviewAt: toMillis(Math.min(stop.reviewAt, Math.max(at, soonest))) };
}

function countEnds(state: State, stop: Stop, ended: readonly Ended[], boottime: StartTime, at: Millis): Stop {
  let next = stop;
  for (const end of ended) {
    next = countEnd(next, end.pid, end.status);
    if (stop.told.get(end.pid)?.isShell === true) next = { ...next, lastShellEnd: boottime };
  }
  return ended.some((end) => changesWhoIsTold(state, stop, end)) ? hasten(next, at) : next;
}

/** What the ends mean for what drainit is doing. */
function proceed(state: State, { ended, boottime }: Reaped, at: Millis): Outcome {
  const { phase, main } = state;
  switch (phase.type) {
    case 'running':
      return ended.some(({ pid }) => pid === main.pid)
        ? survey(state, { type: 'stop', signal: TERM, cause: 'mainEnded' })
        : unchanged(state);
    case 'draining':
      return onDrainReaped(state, phase.drain, ended, at);
    case 'stopping': {
      const stop = countEnds(state, phase.stop, ended, boottime, at);
      return unchanged({ ...state, phase: { ...phase, stop } });
    }
    case 'killing': {
      const stop = ended.reduce((counted, { pid, status }) => countEnd(counted, pid, status), phase.stop);
      return unchanged({ ...state, phase: { ...phase, stop } });
    }
    case 'starting':
    case 'done':
      return unchanged(state);
  }
}

const finish = (state: State): Outcome =>
  state.main.pid === null ? unchanged(state) : finishWith(state, finalStatus(state));

/** Children have ended or stopped. Only waitpid's ECHILD says that nothing is left. */
export function onReaped(state: State, event: Reaped, at: Millis): Outcome {
  if (state.phase.type === 'done') return unchanged(state);
  const start = state.setup.options.reportsReaping ? reportOrphans(state, event.ended) : unchanged(state);
  return andThen(
    andThen(start, (next) => endMain(next, event.ended)),
    (next) => {
      if (event.isLast) {
        const { phase } = next;
        const counted = phase.type === 'stopping' || phase.type === 'killing' ? proceed(next, event, at).state : next;
        return finish(counted);
      }
      const stopped = event.stopped.reduce<Outcome>(
        (outcome, stop) => andThen(outcome, (then) => onMainStopped(then, stop, event.isForeground)),
        unchanged(next),
      );
      return andThen(stopped, (then) => proceed(then, event, at));
    },
  );
}
