import type { Millis, Pid } from '../ids.ts';
import type { State } from '../state.ts';

/** What is known of the health of a service. */
export interface Health {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  /** Failures in a row. */
  readonly failures: number;
  /** When the next probe is due. */
  readonly probeAt: Millis;
  /** The probe that runs; `pid` is null until the host has started it. */
  readonly probe: { readonly pid: Pid | null; readonly limit: Millis } | null;
}

/** The post-start hook that runs; `pid` is null until the host has started it. */
export interface PostStart {
  /** Among those of the service. */
  readonly index: number;
  readonly pid: Pid | null;
  readonly since: Millis;
}

/** Where one service stands. */
export type Life =
  /** For what it depends on. */
  | { readonly type: 'waiting' }
  /** The host has been asked. */
  | { readonly type: 'starting'; readonly restarts: number }
  | Running
  | { readonly type: 'backingOff'; readonly restarts: number; readonly until: Millis }
  | {
      readonly type: 'ended';
      readonly status: number;
      /** It ended in the stop, and not of the signal that it was sent. */
      readonly isOwnEnd: boolean;
    }
  /** It was never started, and will not be. */
  | { readonly type: 'unstarted' };

export interface Running {
  readonly type: 'running';
  /** The same policy as for the program of a command line, for this program and what it starts. */
  readonly state: State;
  readonly pid: Pid;
  readonly since: Millis;
  /** In a row, before it. */
  readonly restarts: number;
  readonly health: Health | null;
  /** null: all hooks have ended, or there are none. */
  readonly postStart: PostStart | null;
  readonly isStopping: boolean;
}

export const isAlive = ({ type }: Life): boolean => type === 'starting' || type === 'running';

export const isOver = ({ type }: Life): boolean => type === 'ended' || type === 'unstarted';

/** Started, with its hooks. */
export const hasBegun = (life: Life): boolean =>
  life.type === 'running' ? life.postStart === null : life.type === 'ended' || life.type === 'backingOff';

export const isHealthy = (life: Life): boolean =>
  life.type === 'running' && life.postStart === null && life.health?.status === 'healthy';

export const hasCompleted = (life: Life): boolean => life.type === 'ended' && life.status === 0;
