import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';

type WithoutPrefix<Signal> = Signal extends `SIG${infer Name}` ? Name : never;

/** A signal that has a name: `SIGTERM`, `TERM`. */
export type StandardSignal = NodeJS.Signals | WithoutPrefix<NodeJS.Signals>;

/** A signal as on the command line: `SIGTERM`, `TERM`, `15`, `RTMIN+3`. */
export type SignalName = SignalText | number;
type SignalText =
  | StandardSignal
  | `${number}`
  | `${'' | 'SIG'}RTMIN${'' | `+${number}`}`
  | `${'' | 'SIG'}RTMAX${'' | `-${number}`}`;

/**
 * How long, as in Compose: `500ms`, `25s`, `1m30s`. Never a number: the command line would mean seconds by it, and
 * JavaScript milliseconds.
 */
export type Duration = Part | `${Part}${Part}` | `${Part}${Part}${Part}`;
type Part = `${number}${'us' | 'ms' | 's' | 'm' | 'h'}`;

/** Where the program's standard input, output or error goes: to ours, nowhere, or to a stream of {@link Supervised}. */
export type StandardStream = 'inherit' | 'ignore' | 'pipe';

/** The words of the command line (`drainit --help`), and how the program is started. */
export interface SuperviseOptions {
  /** Signals go to the main program alone. Excludes `group` and `all`. */
  readonly singleChild?: boolean;
  /** Signals go to the process group of the main program. Excludes `singleChild` and `all`. */
  readonly group?: boolean;
  /** Signals go to every process. Excludes `singleChild` and `group`. */
  readonly all?: boolean;
  /** Signals that become others: `{ TERM: 'QUIT' }`; null drops one. */
  readonly rewrite?: { readonly [From in SignalText]?: SignalName | null };
  /** Holds a stop signal back for so long; `5s..20s`: at least five seconds, then until no client is connected. */
  readonly drain?: Duration | `${Duration}..${Duration}`;
  /** Sent to the programs when the drain begins. */
  readonly drainSignal?: SignalName;
  /** A command that runs when a stop begins; the stop signal is held back until it has ended. */
  readonly preStop?: string;
  /** The longest that `preStop` may take; 10 s where it is not given. */
  readonly preStopTimeout?: Duration;
  /** What is left of a stop after so long is killed. `none`: nothing ever is. */
  readonly grace?: Duration | 'none';
  /** Exit statuses that become 0. */
  readonly remapExit?: number | readonly number[];
  /**
   * Tells at the end of each stop what happened in it, as `report` events; where something was killed or a hook failed, it
   * is told anyway.
   */
  readonly report?: boolean;
  /** Stops the programs when it is aborted, as SIGTERM would. */
  readonly abortSignal?: AbortSignal;
  /**
   * Takes signals that come to this process for the programs, until they have ended: true for TERM, INT, QUIT and HUP. Where
   * it is not given this process does with its signals what it did before. What is typed at a terminal, as Ctrl-C, has
   * reached the programs in its foreground already, and is not sent to them again.
   */
  readonly signals?: boolean | readonly (StandardSignal | number)[];
  /** The folder of the program; ours where it is not given. */
  readonly cwd?: string;
  /** Variables on top of ours; undefined takes one out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** One for all three, or one for each; `inherit` where it is not given. */
  readonly stdio?: StandardStream | readonly [StandardStream, StandardStream, StandardStream];
}

/** How a process ended. */
export type Ending =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'signalled'; readonly signal: string };

/** What {@link Supervised} tells of. Times are milliseconds, signals have names such as `SIGTERM`. */
export type SuperviseEvent = { readonly message: string } & (
  | { readonly type: 'started'; readonly pid: number }
  /** `code` is that of the system: `ENOENT`. */
  | { readonly type: 'startFailed'; readonly code: string }
  /** `as` is what it was rewritten to; null: dropped. */
  | { readonly type: 'received'; readonly signal: string; readonly as: string | null }
  /** A process was sent a signal. */
  | { readonly type: 'told'; readonly pid: number; readonly name: string; readonly signal: string }
  | { readonly type: 'draining'; readonly signal: string; readonly least: number; readonly most: number }
  | {
      readonly type: 'drained';
      readonly reason: 'quiet' | 'time' | 'longest' | 'hook' | 'signal' | 'mainEnded';
      readonly after: number;
      /** null: nobody looked, or nobody could see. */
      readonly connected: number | null;
    }
  | { readonly type: 'hookEnded'; readonly ending: Ending; readonly after: number }
  | { readonly type: 'hookKilled'; readonly after: number }
  | { readonly type: 'mainEnded'; readonly pid: number; readonly ending: Ending }
  /** The end of a process that had lost its parent. */
  | { readonly type: 'orphanEnded'; readonly pid: number; readonly ending: Ending }
  /** What is left cannot or will not act on the signal, and is killed after `limit`. */
  | { readonly type: 'waiting'; readonly count: number; readonly limit: number }
  /** It should have ended by now; the message says why it has not, as far as that can be seen. */
  | { readonly type: 'slow'; readonly pid: number; readonly name: string; readonly after: number }
  /** A process was killed: it was left when nothing else was, or the grace period was over. */
  | {
      readonly type: 'killed';
      readonly pid: number;
      readonly name: string;
      readonly reason: 'straggler' | 'grace';
      readonly after: number;
    }
  /** What happened in a stop, in lines. */
  | { readonly type: 'report' }
  /** Something that does not go as it should, and is no reason not to go on. */
  | { readonly type: 'warning' }
);

/** Listeners by the name of what they are told of; `event` is all of it. */
export type SuperviseEvents = {
  [Type in SuperviseEvent['type']]: [event: Extract<SuperviseEvent, { readonly type: Type }>];
} & { event: [event: SuperviseEvent] };

/** What came of it, once nothing is left. */
export interface Outcome {
  /** What the command would exit with: see "Exit status" in the README. */
  readonly exitStatus: number;
  /** How the main program ended; null where it could not be started. */
  readonly main: Ending | null;
  /** The system's code where the program could not be started (`ENOENT`); null where it was. */
  readonly startError: string | null;
  /** Whether somebody asked for a stop: the AbortSignal, `stop()`, `kill()`, or a stop signal. */
  readonly wasStopped: boolean;
  /**
   * Ends of processes that had lost their parents, in their order; the last thousand of them. One that ended before it was
   * seen is among them where it must have been the program's: this process has had no other children meanwhile, and no
   * worker threads.
   */
  readonly orphans: readonly { readonly pid: number; readonly ending: Ending }[];
  /** What had to be killed, or was by `kill()`. */
  readonly killed: readonly {
    readonly pid: number;
    readonly name: string;
    readonly reason: 'straggler' | 'grace' | 'kill';
  }[];
}

/** A program, and everything that it starts. Listeners that are added at once miss nothing. */
export interface Supervised extends EventEmitter<SuperviseEvents> {
  /** Of the main program; undefined where it could not be started. */
  readonly pid: number | undefined;
  /**
   * The main program's, where `stdio` has `pipe` for it. What nobody reads is kept, and the program waits when that is full.
   */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Comes when nothing is left. It is not rejected, but for a bug of drainit's own. */
  readonly outcome: Promise<Outcome>;
  /** Tells the programs to stop, as SIGTERM would. A second time ends a drain. */
  stop(): void;
  /** Kills everything at once. */
  kill(): void;
  /** Does with a signal what drainit does with one that it receives; KILL is {@link Supervised.kill}. */
  send(signal: SignalName): void;
}

/** What `supervise()` is. */
export type Supervise = (command: string | readonly string[], options?: SuperviseOptions) => Supervised;
