import type { Event } from '../core/event.ts';
import type { Setup } from '../core/setup.ts';
import { step } from '../core/step.ts';
import { Driver } from '../host/driver.ts';
import type { Host } from '../host/host.ts';

/** Drives the core on Node's event loop: takes what happens, and calls the core when it wants to be called. */
export class Drive {
  private readonly setup: Setup;
  private readonly host: Host;
  private driver: Driver | null = null;
  /** What happened while the first steps were taken. */
  private readonly early: Event[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(setup: Setup, host: Host) {
    this.setup = setup;
    this.host = host;
  }

  /** Takes the first steps: when it returns the main program has been started, unless Node tells later that it cannot. */
  begin(): void {
    this.driver = new Driver(this.setup, this.host, step);
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
    this.timer = setTimeout(() => this.dispatch({ type: 'tick' }), Math.max(0, deadline - this.host.now()));
  }
}
