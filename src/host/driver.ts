import type { Event } from '../core/event.ts';
import type { Millis } from '../core/ids.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Setup } from '../core/setup.ts';
import { type State, deadline, mindsOrphans } from '../core/state.ts';
import { begin } from '../core/begin.ts';
import type { Step } from '../core/step.ts';
import type { Host } from './host.ts';

/**
 * Drives the core through a host: an event goes in, its actions are carried out in order, and what they answer goes in
 * before anything else may. A host waits, until {@link deadline} at most, and dispatches what came.
 */
export class Driver {
  private readonly host: Host;
  private readonly step: Step;
  private state: State;

  /**
   * Takes the first steps: when it returns, the main program has been started, or the host was told to exit.
   *
   * @param step the core's; a host may load parts of it only when they are needed
   */
  constructor(setup: Setup, host: Host, step: Step) {
    this.host = host;
    this.step = step;
    const first = begin(setup);
    this.state = first.state;
    this.settle(first);
  }

  /** When the core wants to be called again, CLOCK_MONOTONIC; null: only when something happens. */
  get deadline(): Millis | null {
    return deadline(this.state);
  }

  /** Whether the end of a process other than the main one must be dispatched. */
  get mindsOrphans(): boolean {
    return mindsOrphans(this.state);
  }

  dispatch(event: Event): void {
    const outcome = this.step(this.state, { at: this.host.now(), event });
    this.state = outcome.state;
    if (outcome.actions.length > 0) this.settle(outcome);
  }

  private settle({ actions }: Outcome): void {
    let answers: Event[] | undefined;
    // Not `for … of`: its iterator costs the small engine as much as an action does.
    for (let index = 0; index < actions.length; index += 1) {
      const action = actions[index];
      const answer = action === undefined ? undefined : this.host.perform(action);
      if (answer !== undefined) (answers ??= []).push(answer);
    }
    // Answers are few and shallow: the table, then its details, then nothing.
    if (answers !== undefined) for (const answer of answers) this.dispatch(answer);
  }
}
