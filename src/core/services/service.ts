import type { Millis, Signal } from '../ids.ts';
import type { HookCommand } from '../setup.ts';

/** A user to run as: the numbers alone, since a name is looked up before anything is started. */
export interface UserIds {
  readonly user: number;
  readonly group: number;
  /** Supplementary groups: setgroups(2). */
  readonly groups: readonly number[];
}

/** With what a program is started, where that differs from what drainit was started with. */
export interface Surroundings {
  /** `NAME=value` each; null: the environment that we were given. */
  readonly environment: readonly string[] | null;
  readonly folder: string | null;
  readonly user: UserIds | null;
}

export const sameSurroundings: Surroundings = { environment: null, folder: null, user: null };

/** What has to be so of another service before one is started: Compose, `depends_on`. */
export type Condition = 'started' | 'healthy' | 'completed';

export interface Dependency {
  /** Index of the other service. */
  readonly on: number;
  readonly condition: Condition;
  /** Where it is not, a service that cannot be had is done without. */
  readonly isRequired: boolean;
}

/** Compose, `healthcheck`. */
export interface HealthCheck {
  readonly words: readonly string[];
  readonly interval: Millis;
  readonly timeout: Millis;
  /** So many failures in a row make it unhealthy. */
  readonly retries: number;
  /** Failures at the beginning do not count for so long. */
  readonly startPeriod: Millis;
  /** The interval in that time. */
  readonly startInterval: Millis;
}

/** Compose, `restart`; `limit` counts the restarts in a row, null: no limit. */
export interface RestartPolicy {
  readonly when: 'never' | 'always' | 'onFailure';
  readonly limit: number | null;
}

/** One program of a start file. */
export interface Service {
  readonly name: string;
  readonly words: readonly string[];
  readonly surroundings: Surroundings;
  readonly dependsOn: readonly Dependency[];
  readonly healthCheck: HealthCheck | null;
  readonly restart: RestartPolicy;
  /** null: the signal that drainit was sent. */
  readonly stopSignal: Signal | null;
  readonly grace: Millis | 'stragglers' | 'none';
  /** Run one after the other when the program has been started; those that depend on the service wait for them. */
  readonly postStart: readonly HookCommand[];
  /** Run one after the other while the program still runs, before it is told to stop. */
  readonly preStop: readonly HookCommand[];
}
