import type { Tag } from './action.ts';
import type { Millis, Pid, Signal, StartTime } from './ids.ts';
import type { Finding } from './inquiry.ts';
import type { Process } from './process-table.ts';
import type { WaitStatus } from './wait-status.ts';

/** A signal that somebody sent to drainit. */
export interface Arrival {
  readonly signal: Signal;
  /** 0 where it came from the kernel or from outside our PID namespace. */
  readonly sender: Pid;
}

export interface Ended {
  readonly pid: Pid;
  readonly status: WaitStatus;
}

export interface Stopped {
  readonly pid: Pid;
  readonly by: Signal;
}

/** Something that a host was told to do and could not. */
export type Refusal =
  | { readonly what: 'subreaper' | 'parentDeathSignal' | 'processTable' | 'prefix'; readonly errno: number }
  | {
      readonly what: 'signal';
      readonly pid: Pid;
      /** Of the process; null where it is a group, or not known. */
      readonly name: string | null;
      readonly signal: Signal;
      readonly errno: number;
    };

/**
 * Accepted connections of the network namespace that are no clients of our programs: those from this machine, and those of
 * ports on which others listen.
 */
export interface OtherConnections {
  /** How many there are now. */
  readonly open: number;
  /** How many have ended since the look before, as far as they have left a trace: a socket in TIME_WAIT, tcp(7). */
  readonly closed: number;
}

/** What is known of the clients of our programs at one moment. */
export interface Clients {
  /**
   * Connections from elsewhere than this machine that are in use: established, closed by the client alone, or closed by the
   * server with something on its way still.
   */
  readonly connected: number;
  /** Where one of them comes from; null where there is none. */
  readonly example: string | null;
  /** Connections that the whole network namespace has accepted so far: `Tcp: PassiveOpens`. */
  readonly accepted: number;
  readonly others: OtherConnections;
  /** Another number whenever a socket begins or ceases to listen. */
  readonly listening: number;
}

/** What became of the start of one service. */
export interface StartResult {
  /** Its index. */
  readonly service: number;
  /** null: it could not be started. */
  readonly pid: Pid | null;
  readonly errno: number;
}

/** Everything that can happen to drainit. */
export type Event =
  | { readonly type: 'started'; readonly pid: Pid }
  | { readonly type: 'startFailed'; readonly errno: number }
  /** The process that puts names before lines; null where it cannot be started, and output is as it is without. */
  | { readonly type: 'outputsOpened'; readonly pid: Pid | null; readonly errno: number }
  | { readonly type: 'servicesStarted'; readonly results: readonly StartResult[] }
  /** Signals that were read together. */
  | { readonly type: 'signals'; readonly arrivals: readonly Arrival[]; readonly isForeground: boolean }
  /** What one round of waitpid(2) brought, until nothing was ready. */
  | {
      readonly type: 'reaped';
      readonly ended: readonly Ended[];
      readonly stopped: readonly Stopped[];
      /** waitpid said ECHILD: the one proof that no descendant is left. */
      readonly isLast: boolean;
      /** CLOCK_BOOTTIME in the ticks that the process table counts in. */
      readonly boottime: StartTime;
      /** Our process group is the terminal's foreground group. */
      readonly isForeground: boolean;
    }
  /** The answer to `readProcesses`; null where there is no /proc. */
  | { readonly type: 'processes'; readonly rows: readonly Process[] | null }
  /** The answer to `inspect`. */
  | { readonly type: 'inspected'; readonly findings: readonly Finding[]; readonly tag?: Tag | undefined }
  | { readonly type: 'hookStarted'; readonly pid: Pid; readonly tag?: Tag | undefined }
  | { readonly type: 'hookNotStarted'; readonly errno: number; readonly tag?: Tag | undefined }
  /** The answer to `findListeners`; `ports` is null where it cannot be told whose they are, `listening` as in {@link Clients}. */
  | { readonly type: 'listeners'; readonly ports: readonly number[] | null; readonly listening: number }
  /** The answer to `countClients`; null where nothing tells. */
  | { readonly type: 'clients'; readonly clients: Clients | null }
  /** The deadline of the state has come. */
  | { readonly type: 'tick' }
  | { readonly type: 'refused'; readonly refusal: Refusal };

/** An event and the instant of it, CLOCK_MONOTONIC. */
export interface Moment {
  readonly at: Millis;
  readonly event: Event;
}
