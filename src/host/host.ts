import type { Action } from '../core/action.ts';
import type { Event } from '../core/event.ts';
import type { Millis, Signal } from '../core/ids.ts';

/** All that a host does for the core. It carries out and reports; it never decides. */
export interface Host {
  /** CLOCK_MONOTONIC. */
  now(): Millis;
  /** Carries an action out. The answer, or the refusal, is an event; undefined where there is nothing to say. */
  perform(action: Action): Event | undefined;
  /** The policy has failed, and this stop signal has not reached everybody: whoever takes over sends it. */
  owe(signal: Signal): void;
}
