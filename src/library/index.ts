import { loadSupervise } from './load-supervise.ts';
import type { Supervise } from './types.ts';

export { type Drainable, type DrainableOptions, drainable } from './drainable.ts';
export type {
  Duration,
  Ending,
  Outcome,
  SignalName,
  StandardSignal,
  StandardStream,
  SuperviseEvent,
  SuperviseEvents,
  SuperviseOptions,
  Supervised,
} from './types.ts';

/** What execa needs. How orphans end is only known from 26 on (`node:ffi`). */
const OLDEST_NODE = 22;

/**
 * Starts a program or a start script, and looks after everything that it starts, as the command does: signals reach the
 * programs and not only the shell, orphans are waited for, and the outcome is there when nothing is left.
 *
 * Several may run at a time. Processes that you start by other means are left alone. On Linux this process becomes a
 * subreaper meanwhile: prctl(2), PR_SET_CHILD_SUBREAPER.
 *
 * @example
 *   const supervised = supervise(['./start.sh'], { grace: '25s', signals: true });
 *   const { exitStatus } = await supervised.outcome;
 *
 * @param command the program and its arguments; a text is split into words as `--pre-stop` does it
 * @throws TypeError where the command or an option is wrong; its message has a line for each, as on the command line
 * @throws the reason of `abortSignal` where that is aborted already: an AbortError, unless another was given
 */
export const supervise: Supervise = (command, options = {}) => {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE) {
    throw new Error(`supervise: this is Node ${process.versions.node}, and it has to be ${OLDEST_NODE} or later`);
  }
  return loadSupervise().supervise(command, options);
};
