import type { Action } from './action.ts';
import { findCauses } from './diagnosis.ts';
import { signalMain, signalProcess } from './delivery.ts';
import { type Millis, type Pid, addMillis, elapsed, toMillis } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import type { KillReason, Note } from './note.ts';
import { type Outcome, note, unchanged } from './outcome.ts';
import { type Process, type ProcessTable, listDescendants } from './process-table.ts';
import { isPid1 } from './setup.ts';
import { KILL } from './signal.ts';
import type { State, Stop } from './state.ts';

/** Between two rounds of SIGKILL: a process may fork while we kill, and one in an uninterruptible sleep takes its time. */
const FIRST_PAUSE = toMillis(250);
const LONGEST_PAUSE = toMillis(5_000);

interface Killing {
  readonly stop: Stop;
  readonly named: ReadonlySet<Pid>;
  readonly pause: Millis;
}

function current(state: State): Killing | undefined {
  switch (state.phase.type) {
    case 'stopping':
      return { stop: state.phase.stop, named: new Set(), pause: FIRST_PAUSE };
    case 'killing':
      return {
        stop: state.phase.stop,
        named: state.phase.named,
        pause: toMillis(Math.min(state.phase.pause * 2, LONGEST_PAUSE)),
      };
    case 'starting':
    case 'running':
    case 'draining':
    case 'done':
      return undefined;
  }
}

const enter = (state: State, killing: Killing, reason: KillReason, at: Millis): State => ({
  ...state,
  phase: { type: 'killing', ...killing, reason, againAt: addMillis(at, killing.pause) },
});

/** SIGKILLs everything that is left, each named once. */
export function kill(state: State, reason: KillReason, table: ProcessTable, inquiry: Inquiry, at: Millis): Outcome {
  const killing = current(state);
  if (killing === undefined) return unchanged(state);
  const { self } = state.setup.facts;
  const left = listDescendants(table, self);
  const after = elapsed(killing.stop.began, at);
  const fresh = left.filter(({ pid }) => !killing.named.has(pid));
  const causes = findCauses({ self, stop: killing.stop, table, inquiry }, fresh);
  const nameOnce = ({ pid, name }: Process): readonly Action[] =>
    killing.named.has(pid) ? [] : [note({ type: 'killed', pid, name, reason, after, cause: causes.get(pid) ?? null })];
  const actions = left.flatMap((process) => [signalProcess(process, self, KILL), ...nameOnce(process)]);
  const named = new Set([...killing.named, ...left.map(({ pid }) => pid)]);
  return { state: enter(state, { ...killing, named }, reason, at), actions };
}

/** {@link kill} without /proc: as PID 1 kill(2) with -1 reaches everything and spares us; elsewhere what can be named. */
export function killBlindly(state: State, reason: KillReason, at: Millis): Outcome {
  const killing = current(state);
  const { pid, hasGroup } = state.main;
  if (killing === undefined || pid === null) return unchanged(state);
  const after = elapsed(killing.stop.began, at);
  const isAll = isPid1(state.setup);
  const actions: readonly Action[] = isAll ? [{ type: 'signalEverything', signal: KILL }] : signalMain(state, KILL);
  const isNamed = state.phase.type === 'killing' || actions.length === 0;
  const named: Note =
    isAll || hasGroup
      ? { type: 'killedEverything', reason, after }
      : { type: 'killed', pid, name: 'main program', reason, after, cause: null };
  return { state: enter(state, killing, reason, at), actions: isNamed ? actions : [...actions, note(named)] };
}
