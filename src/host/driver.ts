import type { Action } from '../core/action.ts';
import type { Event, Moment } from '../core/event.ts';
import type { Millis, Signal } from '../core/ids.ts';
import { owedOf, owedStop } from '../core/owed.ts';
import { type State, deadline, mindsOrphans } from '../core/state.ts';
import type { Step } from '../core/step.ts';
import type { Host } from './host.ts';

/** A policy: what follows from an event in a state, and when it wants to be called again. */
export interface Machine<S> {
  readonly step: (state: S, moment: Moment) => { readonly state: S; readonly actions: readonly Action[] };
  readonly deadline: (state: S) => Millis | null;
  readonly mindsOrphans: (state: S) => boolean;
  readonly owed: (state: S) => Signal | null;
}

/**
 * Drives a policy through a host: an event goes in, its actions are carried out in order, and what they answer goes in
 * before anything else may. A host waits, until {@link deadline} at most, and dispatches what came.
 */
export class Driver<S> {
  private readonly host: Host;
  private readonly machine: Machine<S>;
  private state: S;

  /** Carries out what comes first: when it returns, a program has been started, or the host was told to exit. */
  constructor(host: Host, machine: Machine<S>, first: ReturnType<Machine<S>['step']>) {
    this.host = host;
    this.machine = machine;
    this.state = first.state;
    this.settle(first.actions);
  }

  /** When the core wants to be called again, CLOCK_MONOTONIC; null: only when something happens. */
  get deadline(): Millis | null {
    return this.machine.deadline(this.state);
  }

  /** Whether the end of a process other than the main one must be dispatched. */
  get mindsOrphans(): boolean {
    return this.machine.mindsOrphans(this.state);
  }

  dispatch(event: Event): void {
    try {
      const { state, actions } = this.machine.step(this.state, { at: this.host.now(), event });
      this.state = state;
      if (actions.length > 0) this.settle(actions);
    } catch (error) {
      const owed = this.machine.owed(this.state);
      if (owed !== null) this.host.owe(owed);
      throw error;
    }
  }

  private settle(actions: readonly Action[]): void {
    let answers: Event[] | undefined;
    let index = 0;
    try {
      // Not `for … of`: its iterator costs the small engine as much as an action does.
      for (; index < actions.length; index += 1) {
        const action = actions[index];
        const answer = action === undefined ? undefined : this.host.perform(action);
        if (answer !== undefined) (answers ??= []).push(answer);
      }
    } catch (error) {
      const owed = owedOf(actions.slice(index));
      if (owed !== null) this.host.owe(owed);
      throw error;
    }
    // Answers are few and shallow: the table, then its details, then nothing.
    if (answers !== undefined) for (const answer of answers) this.dispatch(answer);
  }
}

/** The policy for one program. @param step the core's; a host may load parts of it only when they are needed */
export const forProgram = (step: Step): Machine<State> => ({ step, deadline, mindsOrphans, owed: owedStop });
