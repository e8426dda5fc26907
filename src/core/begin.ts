import type { Action } from './action.ts';
import { type Millis, toMillis } from './ids.ts';
import { type Outcome, note } from './outcome.ts';
import { type Options, type Setup, chooseTerminal, isPid1 } from './setup.ts';
import { noSurvey } from './state.ts';

/** The pod's terminationGracePeriodSeconds is 30 unless somebody changed it, and what comes after a held signal takes time. */
const LONG_HOLD = toMillis(25_000);
const POD_GRACE = toMillis(30_000);

/**
 * A user sets terminationGracePeriodSeconds from it.
 *
 * @param grace the longest that a stop may take when the signal is held back no more; null: as long as it likes
 */
function warnOfDrain({ drain, preStop, drainSignal }: Options, grace: Millis | null): readonly Action[] {
  if (drainSignal !== null && drain === null && preStop === null) return [note({ type: 'needlessDrainSignal' })];
  const hold = toMillis(Math.max(drain?.most ?? 0, preStop?.limit ?? 0));
  if (hold === 0 && grace === null) return [];
  const isBeyondPod = grace === null ? hold >= LONG_HOLD : hold + grace > POD_GRACE;
  // Who gives a grace period alone has the pod's in mind.
  const isLong = hold > 0 && (isBeyondPod || hold > (grace ?? Infinity));
  return [note({ type: 'longestStop', hold, grace, isLong })];
}

/** What comes before anything is started, whatever it is. `grace` as for {@link warnOfDrain}. */
export const prepare = (setup: Setup, grace: Millis | null): readonly Action[] => {
  const { parentDeathSignal: signal } = setup.options;
  return [
    ...warnOfDrain(setup.options, grace),
    ...(isPid1(setup) ? [] : [{ type: 'becomeSubreaper' } as const]),
    ...(signal === null ? [] : [{ type: 'setParentDeathSignal', signal } as const]),
  ];
};

/** What to do first. */
export function begin(setup: Setup): Outcome {
  const { options, facts } = setup;
  const terminal = chooseTerminal(facts);
  // A new session has no terminal; without /proc or with -g the group is how the programs are named. Below PID 1 it keeps
  // `kill 0` of a script from us, and is there for `kill -- -$$`. In the background of a terminal it would be cut off.
  const session = options.newSession && terminal === null;
  const isDetached = isPid1(setup) && facts.terminals.length === 0;
  const own = terminal !== null || options.audience === 'group' || !facts.hasProc || isDetached;
  return {
    state: {
      setup,
      main: { pid: null, status: null, role: null, isStopped: false, hasGroup: own || session },
      phase: { type: 'starting', kept: [] },
      hookGroup: null,
      survey: noSurvey,
      awake: null,
      chronicle: null,
    },
    actions: [
      ...prepare(setup, typeof options.grace === 'number' ? options.grace : null),
      {
        type: 'start',
        group: session ? 'session' : own ? 'own' : 'inherited',
        terminal: terminal?.isForeground === true ? terminal.fd : null,
      },
    ],
  };
}
