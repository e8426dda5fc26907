import type { Cause } from './causes.ts';
import type { Refusal } from './event.ts';
import type { Millis, Pid, Signal } from './ids.ts';
import type { ReportNote } from './report-note.ts';
import { type WaitStatus, isSuccess } from './wait-status.ts';

/** Why a process is SIGKILLed. */
export type KillReason =
  /** It was left when everything that could act on the signal had ended. */
  | 'straggler'
  /** The grace period is over. */
  | 'grace';

/** Why a drain is over. */
export type DrainEnd =
  /** No client is connected, and none came for a second. */
  | 'quiet'
  /** It was to last so long. */
  | 'time'
  /** It may last no longer, and somebody is connected still, or cannot be seen. */
  | 'longest'
  /** The hook has ended, and there is nothing else to wait for. */
  | 'hook'
  /** A second stop signal. */
  | 'signal'
  | 'mainEnded';

/** Something worth telling a person. The text is made elsewhere; the core knows only what happened. */
export type Note =
  | { readonly type: 'started'; readonly pid: Pid }
  | { readonly type: 'startFailed'; readonly errno: number }
  | { readonly type: 'received'; readonly signal: Signal; readonly sender: Pid; readonly as: Signal | null }
  | { readonly type: 'told'; readonly pid: Pid; readonly name: string; readonly signal: Signal }
  /** A program that has no handler for the drain signal is not sent it. */
  | { readonly type: 'notTold'; readonly pid: Pid; readonly name: string; readonly signal: Signal }
  /** Nobody has a handler for it, or without /proc nobody can be asked: no program knows that the drain has begun. */
  | { readonly type: 'drainSignalUnheard'; readonly signal: Signal; readonly isBlind: boolean }
  /** There is no drain that it could begin. */
  | { readonly type: 'needlessDrainSignal' }
  | { readonly type: 'deferred'; readonly pid: Pid; readonly name: string }
  | { readonly type: 'draining'; readonly signal: Signal; readonly least: Millis; readonly most: Millis }
  /** `command` of a pre-stop hook: which one it is; null where there is one alone. */
  | { readonly type: 'hookNotStarted'; readonly command: string | null; readonly errno: number }
  | {
      readonly type: 'hookEnded';
      readonly command: string | null;
      readonly status: WaitStatus;
      readonly after: Millis;
    }
  /** It took longer than it may, or the drain was ended, and it was killed. */
  | {
      readonly type: 'hookKilled';
      readonly command: string | null;
      readonly isLate: boolean;
      readonly after: Millis;
      /** So many behind it are not started. */
      readonly skipped: number;
    }
  /** Of a post-start hook; that it fails ends the container. */
  | { readonly type: 'postStartNotStarted'; readonly command: string; readonly errno: number }
  | {
      readonly type: 'postStartEnded';
      readonly command: string;
      readonly status: WaitStatus;
      readonly after: Millis;
    }
  /** Its service ended, or is stopped. */
  | { readonly type: 'postStartKilled'; readonly command: string; readonly after: Millis }
  /** How long a stop may be held back, and take after that; `grace` is null where that has no end. */
  | { readonly type: 'longestStop'; readonly hold: Millis; readonly grace: Millis | null; readonly isLong: boolean }
  /** Who is connected cannot be seen, or not whose clients they are. */
  | { readonly type: 'drainBlind'; readonly what: 'clients' | 'owners' }
  | { readonly type: 'clients'; readonly connected: number; readonly example: string | null }
  | {
      readonly type: 'drained';
      readonly reason: DrainEnd;
      readonly after: Millis;
      /** null: nobody looked, or nobody could see. */
      readonly connected: number | null;
      readonly example: string | null;
      /** In the last second of it somebody came. */
      readonly hasNewcomers: boolean;
    }
  | { readonly type: 'mainEnded'; readonly pid: Pid; readonly status: WaitStatus }
  | { readonly type: 'reaped'; readonly pid: Pid; readonly status: WaitStatus }
  | { readonly type: 'waitingForStragglers'; readonly count: number; readonly limit: Millis }
  | {
      readonly type: 'killed';
      readonly pid: Pid;
      readonly name: string;
      readonly reason: KillReason;
      readonly after: Millis;
      /** null: none that is known. */
      readonly cause: Cause | null;
    }
  /** A service of a start file, and everything that it started. */
  | { readonly type: 'serviceEnded'; readonly status: number }
  | { readonly type: 'restarting'; readonly after: Millis; readonly count: number }
  | { readonly type: 'health'; readonly status: 'starting' | 'healthy' | 'unhealthy' }
  /** It is not started, since what it depends on cannot be had. */
  | { readonly type: 'dependencyFailed'; readonly on: string }
  /** It should have ended by now. */
  | {
      readonly type: 'slow';
      readonly pid: Pid;
      readonly name: string;
      readonly after: Millis;
      readonly cause: Cause;
      /** So many more are still there for the same reason. */
      readonly others: number;
    }
  | ReportNote
  | { readonly type: 'killedEverything'; readonly reason: KillReason; readonly after: Millis }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'exiting'; readonly status: number };

export type Level = 'error' | 'warning' | 'info' | 'debug' | 'reaping';

/** A program may well take its time, with what it starts for that; what stands in its way is worth a line in any case. */
const isWork = (cause: Cause): boolean =>
  cause.type === 'atWork' || cause.type === 'trapRuns' || (cause.type === 'startedLater' && cause.parent !== null);

/** How important a note is. `reaping` is what `-w` asks for. */
export function judgeLevel(note: Note): Level {
  switch (note.type) {
    // First, since a thousand programs are told at a time.
    case 'told':
    case 'notTold':
    case 'received':
    case 'deferred':
    case 'draining':
    case 'drained':
    case 'mainEnded':
    case 'serviceEnded':
    case 'waitingForStragglers':
    case 'postStartKilled':
      return 'info';
    case 'startFailed':
    case 'dependencyFailed':
    case 'postStartNotStarted':
      return 'error';
    case 'postStartEnded':
      return isSuccess(note.status) ? 'info' : 'error';
    case 'restarting':
      return 'warning';
    case 'health':
      return note.status === 'unhealthy' ? 'warning' : 'info';
    case 'killed':
    case 'killedEverything':
    case 'drainBlind':
    case 'needlessDrainSignal':
    case 'drainSignalUnheard':
    case 'hookNotStarted':
    case 'refused':
    // The core makes a report only where it is wanted.
    case 'report':
    case 'reportedDrain':
    case 'reportedHook':
    case 'reportedProcess':
    case 'reportedOthers':
    case 'reportedReason':
      return 'warning';
    case 'hookEnded':
      return isSuccess(note.status) ? 'info' : 'warning';
    case 'hookKilled':
      return note.isLate ? 'warning' : 'info';
    case 'longestStop':
      return note.isLong ? 'warning' : 'info';
    case 'slow':
      return isWork(note.cause) ? 'info' : 'warning';
    case 'started':
    case 'clients':
    case 'exiting':
      return 'debug';
    case 'reaped':
      return 'reaping';
  }
}
