import type { Pid, Signal } from '../core/ids.ts';
import { TERM } from '../core/signal.ts';
import { type WaitStatus, toExitStatus } from '../core/wait-status.ts';
import type { Children } from './children.ts';
import { leave } from './leave.ts';
import { isOwnProc, readProcesses } from './proc.ts';
import type { Signals } from './signals.ts';

export interface Remains {
  readonly children: Children;
  readonly signals: Signals;
  /** The main program; null: not started. */
  readonly main: Pid | null;
  /** Its status, if it has ended already. */
  readonly status: WaitStatus | null;
  /** A stop signal that not everybody has got; null: there is none. */
  readonly owed: Signal | null;
  /** Puts names before lines, and ends after the programs that write them; null: there is none. */
  readonly relay: Pid | null;
}

/** All that descend from us, the youngest first: a parent that ends of a signal hands its children over, to be told twice. */
function listDescendants(): readonly Pid[] {
  const rows = readProcesses() ?? [];
  const found: Pid[] = [];
  const parents = new Set<number>([process.pid]);
  for (let before = -1; before < found.length;) {
    before = found.length;
    for (const { pid, parent } of rows) {
      if (!parents.has(parent) || parents.has(pid)) continue;
      parents.add(pid);
      found.push(pid);
    }
  }
  return found.toReversed();
}

/** Without /proc: as PID 1 kill(2) with -1 reaches all but us; elsewhere there is nobody to name but the main program. */
const listTargets = ({ main, relay }: Remains): readonly number[] => {
  if (isOwnProc()) return listDescendants().filter((pid) => pid !== relay);
  if (process.pid === 1) return [-1];
  return main === null ? [] : [main];
};

function forward(signal: Signal, remains: Remains): void {
  for (const pid of listTargets(remains)) {
    try {
      process.kill(pid, signal);
    } catch {
      continue; // It has gone, or is not ours to signal.
    }
  }
}

/**
 * Takes over when our own code has failed: PID 1 must not die of a bug. Forwards every signal to everyone, reaps, waits
 * for all, and exits with the main program's status. Decides nothing.
 *
 * @returns what to call when a child may have ended
 */
export function takeOver(remains: Remains): () => void {
  const { children, signals, main } = remains;
  let { status } = remains;
  let isOver = false;
  const look = (): void => {
    const { ended, isLast } = children.harvest(null, () => setImmediate(look));
    for (const end of ended) if (end.pid === main) status ??= end.status;
    if (isLast) leave(status === null ? 1 : toExitStatus(status));
    if (status !== null && !isOver) forward(TERM, remains);
    isOver = status !== null;
  };
  if (remains.owed !== null) signals.keep(remains.owed);
  signals.handTo((arrivals) => {
    for (const { signal } of arrivals) forward(signal, remains);
  });
  setImmediate(look);
  return look;
}
