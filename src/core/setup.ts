import type { Millis, Pid, Signal } from './ids.ts';
import type { Surroundings } from './services/service.ts';

/** Whom a signal is for while the main program lives. */
export type Audience =
  /** The programs below untrapped shells and launchers: see `recipients.ts`. */
  | 'programs'
  /** The main child alone, as tini does. */
  | 'main'
  /** The process group of the main child, as `tini -g` and dumb-init do. */
  | 'group'
  /** Every descendant. */
  | 'all';

/** How long a stop signal is held back, while load balancers learn that no more requests are wanted here. */
export interface DrainTime {
  readonly least: Millis;
  /** Between the two it lasts until no client is connected any more; where they are the same, it is just so long. */
  readonly most: Millis;
}

/** A command that runs beside a program. */
export interface HookCommand {
  readonly words: readonly string[];
  /** Left out: those that drainit has. */
  readonly surroundings?: Surroundings;
}

/** Commands that run while a stop signal is held back, one after the other. */
export interface PreStop {
  readonly commands: readonly HookCommand[];
  /** Longer they may not take together. */
  readonly limit: Millis;
}

/** What the user asked for. */
export interface Options {
  readonly audience: Audience;
  /** Start the main program in a session of its own, as dumb-init does. */
  readonly newSession: boolean;
  /** Rewritten before anything else is decided; null drops the signal. */
  readonly rewrites: ReadonlyMap<Signal, Signal | null>;
  /** Exit statuses that become 0. */
  readonly remapped: ReadonlySet<number>;
  /**
   * The longest that stopping may take before everything is SIGKILLed. `stragglers`: no bound for programs that are
   * ending, ten seconds for what cannot or will not; `none`: no bound at all.
   */
  readonly grace: Millis | 'stragglers' | 'none';
  readonly parentDeathSignal: Signal | null;
  readonly drain: DrainTime | null;
  /** Sent to the programs when the drain begins. */
  readonly drainSignal: Signal | null;
  readonly preStop: PreStop | null;
  /** Tell of every orphan that is reaped. */
  readonly reportsReaping: boolean;
  /** Say at the end of a stop what happened in it, also where nothing went wrong. */
  readonly reportsStop: boolean;
}

/** A standard descriptor that is the controlling terminal of our session. */
export interface TerminalFacts {
  readonly fd: number;
  /** Our process group is its foreground group. */
  readonly isForeground: boolean;
}

/** What is so when drainit starts. */
export interface Facts {
  readonly self: Pid;
  readonly parent: Pid;
  readonly terminals: readonly TerminalFacts[];
  /** Somebody can continue us when we stop: we are a job of a shell in our session. */
  readonly canBeContinued: boolean;
  readonly hasProc: boolean;
  /** What loses its parent becomes a child of ours: of PID 1, or of a subreaper. */
  readonly adopts: boolean;
}

export interface Setup {
  readonly options: Options;
  readonly facts: Facts;
}

export const isPid1 = (setup: Setup): boolean => setup.facts.self === 1;

/**
 * The terminal whose foreground the main program is given: the shell that started us gave it to us, nobody else has it; or
 * it started us in the background and may do so later (`fg`).
 */
export const chooseTerminal = ({ terminals, canBeContinued }: Facts): TerminalFacts | null =>
  terminals.find(({ isForeground }) => isForeground || canBeContinued) ?? null;
