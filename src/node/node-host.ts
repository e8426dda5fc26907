import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Action } from '../core/action.ts';
import type { Event, Refusal, StartResult } from '../core/event.ts';
import { type Millis, type Pid, type Signal, type StartTime, toMillis, toPid, toStartTime } from '../core/ids.ts';
import { type Setup, chooseTerminal } from '../core/setup.ts';
import { type Service, type Surroundings as ServiceSurroundings, sameSurroundings } from '../core/services/service.ts';
import { KILL, STOP, TSTP } from '../core/signal.ts';
import type { Host } from '../host/host.ts';
import { parseUptime } from '../host/proc-format.ts';
import type { Logger } from '../report/logger.ts';
import type { Children } from './children.ts';
import { countClients, findListeners } from './clients.ts';
import { killTree } from './kill-tree.ts';
import { type Libc, errnoOf } from './libc.ts';
import { inspect, readProcess, readProcesses } from './proc.ts';
import type { Signals } from './signals.ts';
import { type Running, type Surroundings, startProgram } from './spawn.ts';

const { ENOSYS, ESRCH } = constants.errno;

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
  private readonly terminal: number | null;
  private main: Pid | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
    this.terminal = chooseTerminal(parts.setup.facts)?.fd ?? null;
  }

  now(): Millis {
    // Not performance.now(): Node loads that API when it is first used, which takes two milliseconds.
    return toMillis(Number(process.hrtime.bigint()) / NANOS_PER_MILLI);
  }

  perform(action: Action): Event | undefined {
    const { libc, logger, setup, signals } = this.parts;
    switch (action.type) {
      case 'becomeSubreaper':
        return libc?.becomeSubreaper() === true ? undefined : refusal({ what: 'subreaper', errno: ENOSYS });
      case 'setParentDeathSignal':
        return this.setParentDeathSignal(action.signal);
      case 'start':
        return this.start(action);
      // Only the native host has them: see limits.ts.
      case 'openOutputs':
      case 'closeOutputs':
        return undefined;
      case 'startServices':
        return { type: 'servicesStarted', results: action.services.flatMap((index) => this.startService(index) ?? []) };
      case 'readProcesses':
        return { type: 'processes', rows: readProcesses() };
      case 'inspect':
        return { type: 'inspected', findings: action.queries.map(inspect), tag: action.tag };
      case 'signal':
        return this.signal(action);
      case 'signalGroup':
        return this.signalGroup(action.group, action.signal);
      case 'signalEverything':
        return send(-1, action.signal, null);
      case 'startHook':
        return this.startHook(action);
      case 'findListeners':
        return findListeners(action.pids);
      case 'countClients':
        return countClients(action.ports);
      case 'giveTerminal':
        libc?.tcsetpgrp(action.terminal, action.group);
        return undefined;
      case 'takeTerminal':
        if (libc?.tcgetpgrp(action.terminal) === action.group) libc.tcsetpgrp(action.terminal, libc.getpgid(0));
        return undefined;
      case 'stopSelf':
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
        process.exit(action.status);
    }
  }

  /** Looks at our children, and makes an event of what came of it. */
  harvest(lookAgain: () => void): Event {
    const { ended, stopped, isLast } = this.parts.children.harvest(
      this.terminal === null ? null : this.main,
      lookAgain,
    );
    return { type: 'reaped', ended, stopped, isLast, boottime: readBoottime(), isForeground: this.isForeground() };
  }

  isForeground(): boolean {
    const { libc } = this.parts;
    return libc !== null && this.terminal !== null && libc.tcgetpgrp(this.terminal) === libc.getpgid(0);
  }

  private start({ group, terminal }: Extract<Action, { type: 'start' }>): Event | undefined {
    const { words, libc, dispatch, surroundings } = this.parts;
    const keepsSession = this.terminal !== null;
    const started = startProgram({ words, group, terminal, keepsSession, libc, surroundings });
    if (started.type === 'failing') {
      void started.errno.then((errno) => dispatch({ type: 'startFailed', errno }));
      return undefined;
    }
    if (started.type === 'failed') return { type: 'startFailed', errno: started.errno };
    this.main = started.pid;
    this.adopt(started);
    return { type: 'started', pid: started.pid };
  }

  private startHook({ words, surroundings, tag }: Extract<Action, { type: 'startHook' }>): Event | undefined {
    const { libc, dispatch, surroundings: ours } = this.parts;
    // What the program writes may be for us to read; a hook writes where we do.
    const place = surroundings === undefined ? { cwd: ours?.cwd, env: ours?.env ?? {} } : placeOf(surroundings);
    const started = startProgram({ words, group: 'own', terminal: null, libc, surroundings: place });
    if (started.type === 'failing') {
      void started.errno.then((errno) => dispatch({ type: 'hookNotStarted', errno, tag }));
      return undefined;
    }
    if (started.type === 'failed') return { type: 'hookNotStarted', errno: started.errno, tag };
    this.adopt(started);
    return { type: 'hookStarted', pid: started.pid, tag };
  }

  /** @returns undefined where execa tells later why it could not be started */
  private startService(index: number): StartResult | undefined {
    const { libc, dispatch, services = [] } = this.parts;
    const { words = [], surroundings = sameSurroundings } = services[index] ?? {};
    const started = startProgram({ words, group: 'own', terminal: null, libc, surroundings: placeOf(surroundings) });
    if (started.type === 'failing') {
      void started.errno.then((errno) =>
        dispatch({ type: 'servicesStarted', results: [{ service: index, pid: null, errno }] }),
      );
      return undefined;
    }
    if (started.type === 'failed') return { service: index, pid: null, errno: started.errno };
    this.adopt(started);
    return { service: index, pid: started.pid, errno: 0 };
  }

  /** What execa has started it waits for itself, and tells of its end. */
  private adopt(started: Running): void {
    if (started.type === 'own') return;
    const { children, look } = this.parts;
    children.own(started.pid);
    started.onEnd((status) => {
      children.disown(started.pid, status);
      look();
    });
  }

  /**
   * SIGKILL of the group of something that we have started is meant for all that is left of it: where nothing shows what
   * that is, tree-kill looks for it.
   */
  private signalGroup(group: Pid, signal: Signal): Event | undefined {
    const { facts } = this.parts.setup;
    if (signal !== KILL || facts.hasProc || facts.self === 1) return send(-group, signal, null);
    // While the group is there nobody else has its number.
    if (!isThere(-group)) return undefined;
    const { children, look } = this.parts;
    const own = (child: ChildProcess): void => {
      if (child.pid === undefined) return;
      const pid = toPid(child.pid);
      children.own(pid);
      child.once('exit', () => {
        children.disown(pid, { type: 'exited', code: 0 });
        look();
      });
    };
    void killTree(group, own, () => void send(-group, signal, null));
    return undefined;
  }

  private setParentDeathSignal(signal: Signal): Event | undefined {
    const { libc, setup } = this.parts;
    if (libc?.setParentDeathSignal(signal) !== true) return refusal({ what: 'parentDeathSignal', errno: ENOSYS });
    // Our parent may have ended before the kernel was asked: prctl(2), PR_SET_PDEATHSIG.
    if (process.ppid === setup.facts.parent) return undefined;
    return { type: 'signals', arrivals: [{ signal, sender: setup.facts.parent }], isForeground: false };
  }

  /** Another process may have the pid by now, unless it is a child of ours that nobody has waited for. */
  private signal({ pid, start, signal, isOwnChild, name }: Extract<Action, { type: 'signal' }>): Event | undefined {
    if (isOwnChild || start === null) return send(pid, signal, name);
    const isSame = (): boolean => readProcess(pid)?.start === start;
    if (this.parts.libc?.signalByPidfd(pid, signal, isSame) === true) return undefined;
    return isSame() ? send(pid, signal, name) : undefined;
  }
}

/** As execa has it. */
const placeOf = ({ environment, folder, user }: ServiceSurroundings): Surroundings => ({
  cwd: folder ?? undefined,
  ...(environment === null ? {} : { env: toVariables(environment), extendEnv: false }),
  ...(user === null ? {} : { uid: user.user, gid: user.group }),
});

const toVariables = (environment: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    environment.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );

const refusal = (what: Refusal): Event => ({ type: 'refused', refusal: what });

function send(pid: number, signal: Signal, name: string | null): Event | undefined {
  try {
    process.kill(pid, signal);
    return undefined;
  } catch (error) {
    const errno = errnoOf((error as NodeJS.ErrnoException).code);
    // That a process has gone is no news: it had the chance to.
    return errno === ESRCH ? undefined : refusal({ what: 'signal', pid: toPid(pid), name, signal, errno });
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** CLOCK_BOOTTIME, by proc_uptime(5): Node's clocks stop while the machine sleeps. */
function readBoottime(): StartTime {
  try {
    return parseUptime(readFileSync('/proc/uptime', 'latin1'));
  } catch {
    return toStartTime(0);
  }
}
