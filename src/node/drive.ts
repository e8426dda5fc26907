import type { Event } from '../core/event.ts';
import { Driver, type Machine } from '../host/driver.ts';
import type { Host } from '../host/host.ts';

/** setTimeout() and setInterval() take no more, and would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Drives a policy on Node's event loop: takes what happens, and calls it when it wants to be called. */
export class Drive<S> {
  private readonly host: Host;
  private readonly machine: Machine<S>;
  private readonly first: () => ReturnType<Machine<S>['step']>;
  private driver: Driver<S> | null = null;
  /** What happened while the first steps were taken. */
  private readonly early: Event[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param first says what to do first */
  constructor(host: Host, machine: Machine<S>, first: () => ReturnType<Machine<S>['step']>) {
    this.host = host;
    this.machine = machine;
    this.first = first;
  }

  /** Takes the first steps: when it returns the main program has been started, unless Node tells later that it cannot. */
  begin(): void {
    this.driver = new Driver(this.host, this.machine, this.first());
    for (const event of this.early) this.driver.dispatch(event);
    this.setTimer();
  }

  dispatch(event: Event): void {
    if (this.driver === null) {
      this.early.push(event);
      return;
    }
    this.driver.dispatch(event);
    this.setTimer();
  }

  /** Nothing is called any more. */
  end(): void {
    clearTimeout(this.timer);
  }

  private setTimer(): void {
    clearTimeout(this.timer);
    const deadline = this.driver?.deadline ?? null;
    if (deadline === null) return;
    this.timer = setTimeout(
      // One that comes too early means nothing.
      () => this.dispatch({ type: 'tick' }),
      Math.min(Math.max(0, deadline - this.host.now()), LONGEST_TIMER),
    );
  }
}
