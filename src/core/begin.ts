import type { Action } from './action.ts';
import { addMillis, toMillis } from './ids.ts';
import { type Outcome, note } from './outcome.ts';
import { type Options, type Setup, chooseTerminal, isPid1 } from './setup.ts';
import { noSurvey } from './state.ts';

/** The pod's terminationGracePeriodSeconds is 30 unless somebody changed it, and what comes after a held signal takes time. */
const LONG_HOLD = toMillis(25_000);
const POD_GRACE = toMillis(30_000);

/** A user sets terminationGracePeriodSeconds from it. */
function warnOfDrain({ drain, preStop, grace, drainSignal }: Options): readonly Action[] {
  if (drainSignal !== null && drain === null && preStop === null) return [note({ type: 'needlessDrainSignal' })];
  const hold = toMillis(Math.max(drain?.most ?? 0, preStop?.limit ?? 0));
  if (hold === 0) return [];
  const isBounded = typeof grace === 'number';
  const total = isBounded ? addMillis(hold, grace) : null;
  const isLong = hold >= LONG_HOLD || (total !== null && total > POD_GRACE) || (isBounded && hold > grace);
  return [note({ type: 'longestStop', hold, total, isLong })];
}

/** What comes before anything is started, whatever it is. */
export const prepare = (setup: Setup): readonly Action[] => {
  const { parentDeathSignal: signal } = setup.options;
  return [
    ...warnOfDrain(setup.options),
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
      chronicle: null,
    },
    actions: [
      ...prepare(setup),
      {
        type: 'start',
        group: session ? 'session' : own ? 'own' : 'inherited',
        terminal: terminal?.isForeground === true ? terminal.fd : null,
      },
    ],
  };
}
