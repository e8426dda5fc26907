import type { Outcome } from './outcome.ts';
import { type Setup, chooseTerminal, isPid1 } from './setup.ts';
import { noSurvey } from './state.ts';

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
      main: { pid: null, status: null, role: null, isStopped: false },
      phase: { type: 'starting', kept: [] },
      survey: noSurvey,
    },
    actions: [
      ...(isPid1(setup) ? [] : [{ type: 'becomeSubreaper' } as const]),
      ...(options.parentDeathSignal === null
        ? []
        : [{ type: 'setParentDeathSignal', signal: options.parentDeathSignal } as const]),
      {
        type: 'start',
        group: session ? 'session' : own ? 'own' : 'inherited',
        terminal: terminal?.isForeground === true ? terminal.fd : null,
      },
    ],
  };
}
