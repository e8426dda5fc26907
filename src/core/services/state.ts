import type { Action } from '../action.ts';
import { type Millis, type Pid, type Signal, toMillis } from '../ids.ts';
import type { Setup } from '../setup.ts';
import { type State, deadline as deadlineOf } from '../state.ts';
import { healthDeadline } from './health.ts';
import type { Life } from './life.ts';
import type { Service } from './service.ts';

/** Why the container stops. */
export type StopReason =
  | { readonly type: 'signal'; readonly signal: Signal }
  /** A service ended by itself, and nothing starts it again. */
  | { readonly type: 'ended'; readonly status: number }
  /** What a service depends on cannot be had. */
  | { readonly type: 'dependency' };

/** Who waits for an answer of the host: a service, by its index, or the container as a whole. */
export type Asker = number;

export const CONTAINER: Asker = -1;

/** All services of a start file. */
export interface ServicesState {
  readonly setup: Setup;
  readonly services: readonly Service[];
  readonly dependents: readonly (readonly number[])[];
  /**
   * The container as a whole: signals come to it, it holds them back, and at the end it waits for what no service has left
   * behind. Its main program is none, until all services have ended.
   */
  readonly container: State;
  readonly lives: readonly Life[];
  /** Whose each process is, as far as it is known. */
  readonly owners: ReadonlyMap<Pid, number>;
  /** Who asked for the process table that is being read. */
  readonly tableAskers: ReadonlySet<Asker>;
  /** null: nothing stops. */
  readonly stopping: StopReason | null;
  /** The process that puts names before lines; it is no service's. */
  readonly relay: Pid | null;
  /** Stop signals so far. */
  readonly arrivals: number;
}

/** The state after an event, and what the host must do now, in this order. */
export interface ServicesOutcome {
  readonly state: ServicesState;
  readonly actions: readonly Action[];
}

function deadlineOfLife(life: Life): Millis | null {
  switch (life.type) {
    case 'running': {
      const own = deadlineOf(life.state);
      const probe = life.health === null || life.isStopping ? null : healthDeadline(life.health);
      if (own === null || probe === null) return own ?? probe;
      return toMillis(Math.min(own, probe));
    }
    case 'backingOff':
      return life.until;
    case 'waiting':
    case 'starting':
    case 'ended':
    case 'unstarted':
      return null;
  }
}

/** The instant at which the core wants a `tick`, CLOCK_MONOTONIC; null: never. */
export function deadline({ container, lives }: ServicesState): Millis | null {
  let first = deadlineOf(container) ?? Infinity;
  for (const life of lives) {
    const due = deadlineOfLife(life);
    if (due !== null && due < first) first = due;
  }
  return first === Infinity ? null : toMillis(first);
}
