import type { Cause } from './causes.ts';
import type { Refusal } from './event.ts';
import type { Millis, Pid, Signal } from './ids.ts';
import type { DrainEnd } from './note.ts';
import type { WaitStatus } from './wait-status.ts';

/** How a process ended, as far as anybody knows. */
export type ReportedEnd =
  | { readonly type: 'ended'; readonly at: Millis; readonly status: WaitStatus }
  | { readonly type: 'killed'; readonly at: Millis }
  /** Another process has waited for it. */
  | { readonly type: 'unknown' };

/** One process of a stop. All instants count from the beginning of the stop. */
export interface ReportedProcess {
  readonly pid: Pid;
  /** null: the main program, which was never told. */
  readonly name: string | null;
  /** Of a start file; null: there are no services, or it is none's. */
  readonly service: string | null;
  readonly told: readonly { readonly at: Millis; readonly signal: Signal }[];
  readonly end: ReportedEnd;
}

/** A pre-stop hook; `command` as in {@link Note}. */
export interface ReportedHook {
  readonly command: string | null;
  readonly service: string | null;
  readonly from: Millis;
  readonly end: ReportedEnd;
}

/** Why a stop took long, or went wrong. */
export type Reason =
  | {
      readonly type: 'process';
      readonly pid: Pid;
      readonly name: string;
      readonly service: string | null;
      readonly cause: Cause;
      /** So many more of which the same is so. */
      readonly others: number;
    }
  /** Processes with causes of their own, for which there is no room. */
  | { readonly type: 'moreProcesses'; readonly count: number }
  | {
      readonly type: 'clientsStayed';
      readonly connected: number;
      readonly example: string | null;
      readonly after: Millis;
    }
  /** New connections kept a drain going, or nobody could see whether there were any. */
  | { readonly type: 'newcomers' | 'clientsUnseen'; readonly after: Millis }
  | {
      readonly type: 'hookLate';
      readonly command: string | null;
      readonly service: string | null;
      readonly after: Millis;
      /** So many behind it were not started. */
      readonly skipped: number;
    }
  | {
      readonly type: 'hookFailed';
      readonly command: string | null;
      readonly service: string | null;
      readonly status: WaitStatus;
    }
  | {
      readonly type: 'hookNotStarted';
      readonly command: string | null;
      readonly service: string | null;
      readonly errno: number;
    }
  | { readonly type: 'refused'; readonly refusal: Refusal };

/** The lines of a report, each of which says something by itself. `took` is the length of the whole stop. */
export type ReportNote =
  | {
      readonly type: 'report';
      /** null: the main program ended by itself. */
      readonly signal: Signal | null;
      readonly took: Millis;
      readonly status: number;
    }
  | {
      readonly type: 'reportedDrain';
      readonly took: Millis;
      readonly after: Millis;
      readonly reason: DrainEnd;
      /** How many clients were connected from then on. */
      readonly clients: readonly { readonly at: Millis; readonly connected: number }[];
    }
  | ({ readonly type: 'reportedHook'; readonly took: Millis } & ReportedHook)
  | ({ readonly type: 'reportedProcess'; readonly took: Millis } & ReportedProcess)
  /** Those that there is no room for: they ended first. */
  | { readonly type: 'reportedOthers'; readonly count: number; readonly killed: number }
  | { readonly type: 'reportedReason'; readonly reason: Reason };
