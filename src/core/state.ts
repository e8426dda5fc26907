import type { Chapter } from './chronicle.ts';
import type { SignalBits } from './disposition.ts';
import type { Arrival, Clients } from './event.ts';
import { type Millis, type Pid, type Signal, type StartTime, toMillis } from './ids.ts';
import { type Findings, noFindings } from './inquiry.ts';
import type { KillReason } from './note.ts';
import type { Reader } from './pipes.ts';
import type { Identity, ProcessTable } from './process-table.ts';
import type { Role } from './recipients.ts';
import type { Setup } from './setup.ts';
import type { WaitStatus } from './wait-status.ts';

/** The program of the command line. */
export interface Main {
  readonly pid: Pid | null;
  readonly status: WaitStatus | null;
  /** What it was to the first stop signal; null before that. */
  readonly role: Role['type'] | null;
  /** Stopped by a signal, as Ctrl-Z does. */
  readonly isStopped: boolean;
  /** It leads a process group, which can be signalled where no process can be told apart. */
  readonly hasGroup: boolean;
}

/** Something that cannot be decided before the processes have been looked at. */
export type Task =
  | { readonly type: 'stop'; readonly signal: Signal; readonly cause: StopCause }
  /** `isGentle`: only to those that have a handler for it, since the others would end. */
  | { readonly type: 'relay'; readonly signal: Signal; readonly isGentle: boolean }
  | { readonly type: 'review' }
  /** Find out whose clients have to be waited for. */
  | { readonly type: 'findListeners' }
  | { readonly type: 'kill'; readonly reason: KillReason };

/** Tasks that wait for the process table, and what is known of it so far. */
export interface Survey {
  readonly tasks: readonly Task[];
  readonly table: ProcessTable | null;
  readonly findings: Findings;
}

export const noSurvey: Survey = { tasks: [], table: null, findings: noFindings };

export type StopCause = 'signal' | 'mainEnded';

/** A process that was there when the signal arrived. */
export interface Seen extends Identity {
  /** The signals that it caught then. */
  readonly caught: SignalBits;
}

/** A process that has had the signal. */
export interface Told extends Identity {
  /** Which arrival it was told of: each is delivered at most once. */
  readonly arrival: number;
  readonly signal: Signal;
  /** Shells hand their programs over to us when they end, and their own status is not asked. */
  readonly isShell: boolean;
  /** It had no children then: its end makes no orphans. */
  readonly isLeaf: boolean;
  /** It caught the signal, and so acts on it, also where it ignores further ones while it does. */
  readonly isActing: boolean;
}

/** A reader of a pipe, and when it is told; null while its writers live. */
export interface WaitingReader extends Reader {
  readonly due: Millis | null;
}

/** One stop of the container, from its first cause to the last process. First cause wins. */
export interface Stop {
  readonly cause: StopCause;
  readonly began: Millis;
  /** The signal that came last. */
  readonly signal: Signal;
  /** Counts the arrivals of stop signals. */
  readonly arrival: number;
  readonly seen: ReadonlyMap<Pid, Seen>;
  readonly told: ReadonlyMap<Pid, Told>;
  /** Launchers that were looked through: they pass on the status of what they run. */
  readonly launchers: ReadonlyMap<Pid, Identity>;
  readonly readers: ReadonlyMap<Pid, WaitingReader>;
  /** Programs that are told when the shells above them have ended, at `due` at the latest; null: there are none. */
  readonly heirs: { readonly programs: ReadonlyMap<Pid, Identity>; readonly due: Millis } | null;
  /** When the last untrapped shell ended: what started later is somebody's clean-up. */
  readonly lastShellEnd: StartTime | null;
  /** How the programs ended, other than by the signal that they were sent. */
  readonly ownEnds: { readonly count: number; readonly firstFailure: number };
  readonly lastReview: Millis;
  readonly reviewAt: Millis;
  readonly stragglersEnd: Millis | null;
  /** Who is slow has been looked at. */
  readonly isDiagnosed: boolean;
  readonly graceEnd: Millis | null;
}

/** What is seen of the clients while a drain lasts. */
export interface Watch {
  /** null: all ports that somebody listens on. */
  readonly ports: readonly number[] | null;
  /** That nobody knows whose they are has been said. */
  readonly isOwnerless: boolean;
  /** What {@link Clients} said when the ports were found; null: they have to be found before the next look. */
  readonly listening: number | null;
  /** What was seen last; null before the first look. */
  readonly clients: Clients | null;
  /** When somebody was last told of them. */
  readonly notedAt: Millis | null;
  /** Since when nobody has been connected and nobody came; null: somebody is, or did. */
  readonly quietSince: Millis | null;
  /** When somebody came last, as far as that was seen. */
  readonly cameAt: Millis | null;
  /** When the host was asked last; the answer says how long looking takes. */
  readonly askedAt: Millis;
  /** When the clients were counted last; null: not yet. */
  readonly countedAt: Millis | null;
  readonly lookAt: Millis;
}

/** The hook that runs, or is about to. */
export interface Hook {
  /** Of its command among those of the setup. */
  readonly index: number;
  /** null: the host has not answered yet. */
  readonly pid: Pid | null;
  readonly began: Millis;
  /** Of all of them together. */
  readonly limit: Millis;
}

/** A program to which the drain signal was to go, which it did if there was a handler for it. */
export interface Asked extends Identity {
  readonly isTold: boolean;
}

/** A stop signal that is held back. */
export interface Drain {
  readonly signal: Signal;
  readonly began: Millis;
  readonly earliest: Millis;
  readonly latest: Millis;
  /** null: there is nothing to look at, and the drain lasts until `latest`. */
  readonly watch: Watch | null;
  /** The drain waits for it and for those that come after it; null: all have ended, or there is none. */
  readonly hook: Hook | null;
  /** The programs that the drain signal was to go to; null: it has not been tried yet. */
  readonly asked: ReadonlyMap<Pid, Asked> | null;
  /** When the drain signal is tried again; null: there is none, or nobody can be told apart. */
  readonly tellAt: Millis | null;
}

const earliest = (instants: readonly (Millis | null)[]): Millis | null =>
  instants.reduce((first, next) => (first === null || (next !== null && next < first) ? next : first), null);

/** When a drain is to be looked at again; with a hook still running its own end means nothing. */
export const drainDeadline = ({ hook, latest, watch, tellAt }: Drain): Millis | null =>
  earliest([hook === null ? latest : hook.limit, watch?.lookAt ?? null, tellAt]);

export type Phase =
  /** Signals that come now are for a program that is not there yet: kept. */
  | { readonly type: 'starting'; readonly kept: readonly Arrival[] }
  | { readonly type: 'running' }
  | { readonly type: 'draining'; readonly drain: Drain }
  | { readonly type: 'stopping'; readonly stop: Stop }
  | {
      readonly type: 'killing';
      readonly stop: Stop;
      readonly reason: KillReason;
      readonly named: ReadonlySet<Pid>;
      /** A process that forks faster than we kill is killed again then. */
      readonly againAt: Millis;
      readonly pause: Millis;
    }
  | { readonly type: 'done'; readonly status: number };

export interface State {
  readonly setup: Setup;
  readonly main: Main;
  readonly phase: Phase;
  /** The process group of the pre-stop hook: nothing in it is a program. */
  readonly hookGroup: Pid | null;
  readonly survey: Survey;
  /** The instant up to which pauses of the container have been made up for; null: there was none. */
  readonly awake: Millis | null;
  /** What has happened in a stop so far, the newest first; null: none has begun. */
  readonly chronicle: Chapter | null;
}

/** How often what happens below other processes, out of waitpid's sight, is looked at while stopping. */
export const REVIEW_PERIOD = toMillis(1_000);

/** The instant at which the core wants a `tick`, CLOCK_MONOTONIC; null: never. While idle it is null: no wake-ups. */
export function deadline(state: State): Millis | null {
  const { phase } = state;
  switch (phase.type) {
    case 'starting':
    case 'running':
    case 'done':
      return null;
    case 'draining':
      return drainDeadline(phase.drain);
    case 'stopping':
      return earliest([phase.stop.reviewAt, phase.stop.stragglersEnd, phase.stop.graceEnd]);
    case 'killing':
      return phase.againAt;
  }
}

/**
 * Whether it means anything now that a process other than the main one has ended. Where it does not, a host may reap such
 * processes without an event: a build container has a million of them.
 */
export const mindsOrphans = ({ phase, setup }: State): boolean =>
  phase.type !== 'running' || setup.options.reportsReaping;
