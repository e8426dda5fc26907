import type { Stopped } from './event.ts';
import { type Outcome, unchanged } from './outcome.ts';
import { chooseTerminal } from './setup.ts';
import { CONT, TTIN, TTOU, isTerminalStop } from './signal.ts';
import type { State } from './state.ts';

const setStopped = (state: State, isStopped: boolean): State => ({ ...state, main: { ...state.main, isStopped } });

/**
 * A signal stopped the main program. Where a shell can continue us we stop as well, so that Ctrl-Z means what it does
 * without us; where nobody can, as in a container, the program goes on at once, as the kernel has it for a process group
 * that is orphaned (setpgid(2)). SIGSTOP is somebody's deliberate act and stands.
 */
export function onMainStopped(state: State, stopped: Stopped, isForeground: boolean): Outcome {
  const terminal = chooseTerminal(state.setup.facts)?.fd ?? null;
  const { pid } = state.main;
  if (terminal === null || pid === null || stopped.pid !== pid) return unchanged(state);

  // It was started or continued in the background and now wants the terminal, which has been given to us since.
  if (isForeground && (stopped.by === TTIN || stopped.by === TTOU)) {
    return {
      state,
      actions: [
        { type: 'giveTerminal', terminal, group: pid },
        { type: 'signalGroup', group: pid, signal: CONT },
      ],
    };
  }
  if (state.setup.facts.canBeContinued) {
    return {
      state: setStopped(state, true),
      actions: [{ type: 'stopSelf', terminal, group: pid, isForeground }],
    };
  }
  if (!isTerminalStop(stopped.by)) return unchanged(setStopped(state, true));
  return { state, actions: [{ type: 'signalGroup', group: pid, signal: CONT }] };
}

/** Somebody continued us: `fg` in the foreground, `bg` in the background. */
export function onContinued(state: State, isForeground: boolean): Outcome {
  const terminal = chooseTerminal(state.setup.facts)?.fd ?? null;
  const { pid } = state.main;
  if (pid === null) return unchanged(state);
  return {
    state: setStopped(state, false),
    actions: [
      ...(terminal !== null && isForeground ? [{ type: 'giveTerminal', terminal, group: pid } as const] : []),
      { type: 'signalGroup', group: pid, signal: CONT },
    ],
  };
}

/** The main program has ended: the terminal is ours again. */
export function takeTerminalBack(state: State): Outcome {
  const terminal = chooseTerminal(state.setup.facts)?.fd ?? null;
  const { pid } = state.main;
  if (terminal === null || pid === null) return unchanged(state);
  return { state, actions: [{ type: 'takeTerminal', terminal, group: pid }] };
}
