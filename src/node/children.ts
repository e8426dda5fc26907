import type { Ended, Stopped } from '../core/event.ts';
import { type Pid, toPid, toSignal } from '../core/ids.ts';
import { decodeWaitStatus, type WaitStatus } from '../core/wait-status.ts';
import type { Libc } from './libc.ts';
import { readProcesses } from './proc.ts';
import { isThere } from './send.ts';

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
  private unseenTime: number;
  private readonly owned = new Set<Pid>();
  private ended: Ended[] = [];
  /** Since when there may be somebody whom nothing shows. */
  private unseenSince: number | null = null;

  /**
   * @param unseenTime in milliseconds: so long somebody whom nothing shows is believed to be there, when all that we have
   * started has ended
   */
  constructor(libc: Libc | null, unseenTime = Infinity) {
    this.libc = libc;
    this.unseenTime = unseenTime;
  }

  /** All have been sent SIGKILL: of whom nothing shows nobody is left. */
  endUnseen(): void {
    this.unseenTime = 0;
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
    const hasLeft = this.libc === null ? this.owned.size > 0 || this.hasOrphan() : this.reap(this.libc, lookAgain);
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
  private hasOrphan(): boolean {
    const rows = readProcesses() ?? [];
    if (!rows.some(({ pid }) => pid === process.pid)) return this.hasUnseen();
    this.unseenSince = null;
    return rows.some(({ parent, state }) => parent === process.pid && state !== 'Z');
  }

  /**
   * There is no table, or no descriptor left to read it. That kill(2) reaches somebody says little: zombies count, and
   * nobody reaps those of orphans.
   */
  private hasUnseen(): boolean {
    if (process.pid !== 1 || !isThere(-1)) return false;
    this.unseenSince ??= performance.now();
    return performance.now() - this.unseenSince < this.unseenTime;
  }
}
