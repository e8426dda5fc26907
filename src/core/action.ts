import type { Millis, Pid, Signal, StartTime } from './ids.ts';
import type { Query } from './inquiry.ts';
import type { Note } from './note.ts';
import type { Surroundings } from './services/service.ts';

/** Says who asked; a host gives it back with the answer. */
export type Tag = number;

/** Something to tell. */
export type NoteAction = Extract<Action, { readonly type: 'note' }>;

/** Everything that the core can ask of a host. Actions are carried out in order. */
export type Action =
  | { readonly type: 'becomeSubreaper' }
  | { readonly type: 'setParentDeathSignal'; readonly signal: Signal }
  /** Start the main program; answered by `started` or `startFailed`. */
  | { readonly type: 'start'; readonly group: 'inherited' | 'own' | 'session'; readonly terminal: number | null }
  /** Put the name of its service before each line of output from now on; answered by `outputsOpened`. */
  | { readonly type: 'openOutputs' }
  /** The program of a service has ended: what it has begun of a line is no beginning of the next one's. */
  | { readonly type: 'endLine'; readonly service: number }
  /** No service writes any more. */
  | { readonly type: 'closeOutputs' }
  /** Start these of the services, each in a process group of its own; answered by `servicesStarted`. */
  | { readonly type: 'startServices'; readonly services: readonly number[] }
  /** Read the table of all processes; answered by `processes`. */
  | { readonly type: 'readProcesses' }
  /** Look more closely at some; answered by `inspected`. */
  | { readonly type: 'inspect'; readonly queries: readonly Query[]; readonly tag?: Tag }
  /**
   * Signal one process. Our own unreaped child keeps its pid, so kill(2) cannot hit another; for any other the host
   * checks the start time through a pidfd.
   */
  | {
      readonly type: 'signal';
      readonly pid: Pid;
      readonly start: StartTime | null;
      readonly signal: Signal;
      readonly isOwnChild: boolean;
      /** For messages; null where it is not known. */
      readonly name: string | null;
    }
  /** Signal a process group. */
  | { readonly type: 'signalGroup'; readonly group: Pid; readonly signal: Signal }
  /** Signal every process of our PID namespace but us: kill(2) with -1. Only ever asked for as PID 1. */
  | { readonly type: 'signalEverything'; readonly signal: Signal }
  /** Start a hook, in a process group of its own; answered by `hookStarted` or `hookNotStarted`. */
  | {
      readonly type: 'startHook';
      readonly words: readonly string[];
      readonly surroundings?: Surroundings;
      readonly tag?: Tag;
    }
  /** Find the TCP ports on which these processes listen; answered by `listeners`. */
  | { readonly type: 'findListeners'; readonly pids: readonly Pid[] }
  /**
   * Count the clients that are connected to these ports, all that somebody listens on if null, and what else there is:
   * connections that have ended in this length of time. Answered by `clients`.
   */
  | { readonly type: 'countClients'; readonly ports: readonly number[] | null; readonly lookBack: Millis }
  /** Make the process group of the main program the terminal's foreground group. */
  | { readonly type: 'giveTerminal'; readonly terminal: number; readonly group: Pid }
  /** Make our group the foreground group again, if that of the main program is it. */
  | { readonly type: 'takeTerminal'; readonly terminal: number; readonly group: Pid }
  /**
   * Stop ourselves and our process group, as Ctrl-Z would have, with our group in the foreground if that of the main
   * program, `group`, is there. Returns when somebody continued us. A shell that has given us the terminal since the core
   * looked has continued us already, and does so no more: answered by `signals` then.
   */
  | { readonly type: 'stopSelf'; readonly terminal: number; readonly group: Pid; readonly isForeground: boolean }
  /** Something to tell; `service` is the one that it is about, where there are several. */
  | { readonly type: 'note'; readonly note: Note; readonly service?: string }
  | { readonly type: 'exit'; readonly status: number };
