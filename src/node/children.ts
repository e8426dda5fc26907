import type { Ended, Stopped } from '../core/event.ts';
import { type Pid, toPid, toSignal } from '../core/ids.ts';
import { decodeWaitStatus, type WaitStatus } from '../core/wait-status.ts';
import type { Libc } from './libc.ts';
import { readProcesses } from './proc.ts';

/** What came of one look at our children. */
export interface Harvest {
  readonly ended: readonly Ended[];
  readonly stopped: readonly Stopped[];
  /** Nothing is left. */
  readonly isLast: boolean;
}

/**
 * The ends of our children. Some are execa's: libuv waits for those, and taking one away from it would make execa wait for
 * ever, so each is looked at before it is reaped. All others are orphans that we have adopted, or were started by us.
 */
export class Children {
  private readonly libc: Libc | null;
  private readonly owned = new Set<Pid>();
  private ended: Ended[] = [];

  constructor(libc: Libc | null) {
    this.libc = libc;
  }

  /** execa looks after it, and will tell of its end. */
  own(pid: Pid): void {
    this.owned.add(pid);
  }

  /** execa has told of its end. */
  disown(pid: Pid, status: WaitStatus): void {
    this.owned.delete(pid);
    this.ended.push({ pid, status });
  }

  /**
   * Reaps what has ended.
   *
   * @param main whose stops are asked for as well; null: nobody's
   * @param lookAgain is called where libuv has still to take a child of execa's that hides those behind it
   */
  harvest(main: Pid | null, lookAgain: () => void): Harvest {
    const stopped = this.takeStop(main);
    const hasLeft = this.libc === null ? this.hasLivingChild() : this.reap(this.libc, lookAgain);
    const { ended } = this;
    this.ended = [];
    return { ended, stopped, isLast: !hasLeft && this.owned.size === 0 };
  }

  private takeStop(main: Pid | null): readonly Stopped[] {
    const by = main === null ? undefined : this.libc?.takeStop(main);
    return main === null || by === undefined ? [] : [{ pid: main, by: toSignal(by) }];
  }

  /** @returns whether any child is left */
  private reap(libc: Libc, lookAgain: () => void): boolean {
    for (;;) {
      const pid = toPid(libc.peekEnded());
      if (pid <= 0) return pid === 0;
      if (this.owned.has(pid)) {
        lookAgain();
        return true;
      }
      const status = libc.reap(pid);
      if (status !== undefined) this.ended.push({ pid, status: decodeWaitStatus(status) });
    }
  }

  /** Without waitpid(2) the process table is all there is; zombies stay in it. */
  private hasLivingChild(): boolean {
    const rows = readProcesses() ?? [];
    return rows.some(({ parent, state }) => parent === process.pid && state !== 'Z');
  }
}
