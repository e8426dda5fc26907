import { constants } from 'node:os';
import type { Action } from '../core/action.ts';
import type { Event, StartResult } from '../core/event.ts';
import { type Millis, type Pid, type Signal, toMillis } from '../core/ids.ts';
import { type Setup, chooseTerminal } from '../core/setup.ts';
import { type Service, sameSurroundings } from '../core/services/service.ts';
import { STOP, TSTP } from '../core/signal.ts';
import type { Host } from '../host/host.ts';
import { continued } from '../host/job-control.ts';
import type { Logger } from '../report/logger.ts';
import type { Children } from './children.ts';
import { countClients, findListeners } from './clients.ts';
import { leave } from './leave.ts';
import type { Libc } from './libc.ts';
import { Outputs } from './outputs.ts';
import { inspect, readBoottime, readProcesses } from './proc.ts';
import { refusal, send, sendTo } from './send.ts';
import { signalGroup } from './signal-group.ts';
import type { Signals } from './signals.ts';
import { Terminal } from './terminal.ts';
import { type Surroundings, placeOf } from './spawn.ts';
import { Starter } from './starter.ts';

const { ENOSYS } = constants.errno;

const NANOS_PER_MILLI = 1e6;

export interface Parts {
  readonly setup: Setup;
  readonly words: readonly string[];
  readonly logger: Pick<Logger, 'log'>;
  readonly libc: Libc | null;
  readonly children: Pick<Children, 'own' | 'disown' | 'harvest'>;
  readonly signals: Pick<Signals, 'expect'>;
  /** Where programs run, and with what; by default as we do. */
  readonly surroundings?: Surroundings;
  /** Those of a start file. */
  readonly services?: readonly Service[];
  /** For what becomes known only later. */
  readonly dispatch: (event: Event) => void;
  /** A child may have ended. */
  readonly look: () => void;
}

/** Carries actions out by Node's own API, execa and the C library. */
export class NodeHost implements Host {
  private readonly parts: Parts;
  private readonly terminal: Terminal;
  private readonly starter: Starter;
  /** See {@link Host.owe}. */
  owed: Signal | null = null;
  private main: Pid | null = null;
  private outputs: Outputs | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
    this.starter = new Starter(parts);
    this.terminal = new Terminal(chooseTerminal(parts.setup.facts)?.fd ?? null, parts.libc);
  }

  now(): Millis {
    // Not performance.now(): Node loads that API when it is first used, which takes two milliseconds.
    return toMillis(Number(process.hrtime.bigint()) / NANOS_PER_MILLI);
  }

  owe(signal: Signal): void {
    this.owed = signal;
  }

  perform(action: Action): Event | undefined {
    const { libc, logger, setup, signals } = this.parts;
    switch (action.type) {
      case 'becomeSubreaper':
        return libc?.becomeSubreaper() === true
          ? undefined
          : refusal({ what: 'subreaper', errno: libc?.errno ?? ENOSYS });
      case 'setParentDeathSignal':
        return this.setParentDeathSignal(action.signal);
      case 'start':
        return this.start(action);
      case 'openOutputs':
        return this.openOutputs();
      case 'endLine':
        this.outputs?.endLine(action.service);
        return undefined;
      case 'closeOutputs':
        this.outputs?.close();
        return undefined;
      case 'startServices':
        return this.startServices(action.services);
      case 'readProcesses':
        return { type: 'processes', rows: readProcesses() };
      case 'inspect':
        return { type: 'inspected', findings: action.queries.map(inspect), tag: action.tag };
      case 'signal':
        return sendTo(action, libc);
      case 'signalGroup':
        return signalGroup(action, setup.facts, (child) => this.starter.ownHelper(child));
      case 'signalEverything':
        return send(-1, action.signal, null);
      case 'startHook':
        return this.startHook(action);
      case 'findListeners':
        return findListeners(action.pids);
      case 'countClients':
        return countClients(action.ports, action.lookBack);
      case 'giveTerminal':
        this.terminal.give(action.group);
        return undefined;
      case 'takeTerminal':
        this.terminal.take(action.group);
        return undefined;
      case 'stopSelf':
        if (!action.isForeground && this.terminal.isForeground) return continued;
        this.terminal.take(action.group);
        // The rest of our process group, as in `drainit app | less`; we catch TSTP, so SIGSTOP follows for us.
        signals.expect(TSTP);
        send(0, TSTP, null);
        send(setup.facts.self, STOP, null);
        return undefined;
      case 'note':
        logger.log(action.note, action.service);
        return undefined;
      case 'exit':
        libc?.exit(action.status);
        return leave(action.status);
    }
  }

  /** Looks at our children, and makes an event of what came of it. */
  harvest(lookAgain: () => void): Event {
    const { ended, stopped, isLast } = this.parts.children.harvest(this.terminal.isThere ? this.main : null, lookAgain);
    return {
      type: 'reaped',
      ended,
      stopped,
      isLast,
      boottime: readBoottime(),
      isForeground: this.terminal.isForeground,
    };
  }

  /** For the plain init: from now on only programs write. Returns the process that puts names before their lines. */
  leaveOutputs(): Pid | null {
    try {
      this.outputs?.close();
    } catch {
      // Then it ends with its programs: what is thrown here would end PID 1.
    }
    return this.outputs?.relay ?? null;
  }

  isForeground(): boolean {
    return this.terminal.isForeground;
  }

  private start({ group, terminal }: Extract<Action, { type: 'start' }>): Event | undefined {
    const { words, surroundings } = this.parts;
    const keepsSession = this.terminal.isThere;
    return this.starter.start({ words, group, terminal, keepsSession, surroundings }, (pid, errno) => {
      this.main = pid;
      return pid === null ? { type: 'startFailed', errno } : { type: 'started', pid };
    });
  }

  private startHook({ words, surroundings, tag }: Extract<Action, { type: 'startHook' }>): Event | undefined {
    const { surroundings: ours } = this.parts;
    // What the program writes may be for us to read; a hook writes where we do.
    const place = surroundings === undefined ? { cwd: ours?.cwd, env: ours?.env ?? {} } : placeOf(surroundings);
    return this.starter.start({ words, group: 'own', terminal: null, surroundings: place }, (pid, errno) =>
      pid === null ? { type: 'hookNotStarted', errno, tag } : { type: 'hookStarted', pid, tag },
    );
  }

  private openOutputs(): Event | undefined {
    const { libc, services = [], dispatch } = this.parts;
    if (libc === null) return { type: 'outputsOpened', pid: null, errno: ENOSYS };
    const names = services.map(({ name }) => name);
    const outputs = Outputs.open(libc, names, (pid) => dispatch({ type: 'outputsOpened', pid, errno: 0 }));
    if (typeof outputs === 'number') return { type: 'outputsOpened', pid: null, errno: outputs };
    this.outputs = outputs;
    return undefined;
  }

  private startServices(indices: readonly number[]): Event {
    const results: StartResult[] = [];
    for (const service of indices) {
      const { words = [], surroundings = sameSurroundings } = this.parts.services?.[service] ?? {};
      const program = {
        words,
        group: 'own',
        terminal: null,
        surroundings: { ...placeOf(surroundings), ...this.outputs?.placeOf(service) },
      } as const;
      const event = this.starter.start(program, (pid, errno) => ({
        type: 'servicesStarted',
        results: [{ service, pid, errno }],
      }));
      if (event?.type === 'servicesStarted') results.push(...event.results);
    }
    return { type: 'servicesStarted', results };
  }

  private setParentDeathSignal(signal: Signal): Event | undefined {
    const { libc, setup } = this.parts;
    if (libc?.setParentDeathSignal(signal) !== true) {
      return refusal({ what: 'parentDeathSignal', errno: libc?.errno ?? ENOSYS });
    }
    // Our parent may have ended before the kernel was asked: prctl(2), PR_SET_PDEATHSIG.
    if (process.ppid === setup.facts.parent) return undefined;
    return { type: 'signals', arrivals: [{ signal, sender: setup.facts.parent }], isForeground: false };
  }
}
