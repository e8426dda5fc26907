import type { Action } from '../core/action.ts';
import type { Arrival, Ended, Event, Refusal, Stopped } from '../core/event.ts';
import { type Millis, type Pid, type Signal, toMillis, toPid, toSignal, toStartTime } from '../core/ids.ts';
import type { Setup } from '../core/setup.ts';
import { chooseTerminal } from '../core/setup.ts';
import { STOP, TSTP } from '../core/signal.ts';
import { decodeWaitStatus, stopSignalOf } from '../core/wait-status.ts';
import type { Host } from '../host/host.ts';
import type { Logger } from '../report/logger.ts';
import { countClients, findListeners } from './clients.ts';
import { inspect, readProcess, readProcesses } from './proc.ts';

const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const ESRCH = 3;
/** A process table entry counts in these: proc_pid_stat(5), field 22, at the 100 Hz that Linux shows user space. */
const MILLIS_PER_TICK = 10;

/** How `sys.reap` ends its list. */
const NONE_LEFT = 0;
const MORE = 2;

const GROUPS = { inherited: 0, own: 1, session: 2 } as const;

/** What a signal was for. */
interface Target {
  readonly pid: Pid;
  readonly name: string | null;
  readonly signal: Signal;
}

/** Carries actions out by the system calls of the shim. */
export class NativeHost implements Host {
  private readonly setup: Setup;
  private readonly program: number;
  private readonly logger: Logger;
  private readonly terminal: number | null;

  constructor(setup: Setup, program: number, logger: Logger) {
    this.setup = setup;
    this.program = program;
    this.logger = logger;
    this.terminal = chooseTerminal(setup.facts)?.fd ?? null;
  }

  now(): Millis {
    return toMillis(sys.clock(CLOCK_MONOTONIC));
  }

  perform(action: Action): Event | undefined {
    switch (action.type) {
      case 'becomeSubreaper':
        return refusedUnless(sys.prctl(PR_SET_CHILD_SUBREAPER, 1), (errno) => ({ what: 'subreaper', errno }));
      case 'setParentDeathSignal':
        return this.setParentDeathSignal(action.signal);
      case 'start': {
        const pid = sys.spawn(this.program, GROUPS[action.group], action.terminal ?? -1);
        return pid < 0 ? { type: 'startFailed', errno: -pid } : { type: 'started', pid: toPid(pid) };
      }
      case 'readProcesses':
        return this.readProcesses();
      case 'inspect':
        return { type: 'inspected', findings: action.queries.map(inspect) };
      case 'signal':
        return this.signal(action);
      case 'signalGroup':
        return signalled({ pid: toPid(-action.group), ...action, name: null }, sys.kill(-action.group, action.signal));
      case 'signalEverything':
        return signalled({ pid: toPid(-1), ...action, name: null }, sys.kill(-1, action.signal));
      case 'startHook': {
        const pid = sys.spawnHook(action.words);
        return pid < 0 ? { type: 'hookNotStarted', errno: -pid } : { type: 'hookStarted', pid: toPid(pid) };
      }
      case 'findListeners':
        return findListeners(action.pids);
      case 'countClients':
        return countClients(action.ports);
      case 'giveTerminal':
        sys.tcsetpgrp(action.terminal, action.group);
        return undefined;
      case 'takeTerminal':
        if (sys.tcgetpgrp(action.terminal) === action.group) sys.tcsetpgrp(action.terminal, sys.getpgid(0));
        return undefined;
      case 'stopSelf':
        // The rest of our process group, as in `drainit app | less`: ours stays blocked, so SIGSTOP follows for us.
        sys.kill(0, TSTP);
        sys.kill(this.setup.facts.self, STOP);
        return undefined;
      case 'note':
        this.logger.log(action.note);
        return undefined;
      case 'exit':
        return sys.exit(action.status);
    }
  }

  /**
   * Waits until something happened, or until the deadline, and hands over what did.
   *
   * @param mindsOrphans whether that includes the end of a process other than the main one
   */
  wait(deadline: Millis | null, mindsOrphans: boolean, dispatch: (event: Event) => void): void {
    const timeout = deadline === null ? -1 : Math.max(0, deadline - this.now());
    const pending = sys.pollSignals(timeout, !mindsOrphans, this.terminal !== null);
    if (pending.length > 0) {
      const arrivals: Arrival[] = [];
      for (let index = 0; index < pending.length; index += 2) {
        arrivals.push({ signal: toSignal(pending[index] ?? 0), sender: toPid(pending[index + 1] ?? 0) });
      }
      dispatch({ type: 'signals', arrivals, isForeground: this.isForeground() });
    }
    for (let last = MORE; last === MORE;) {
      const flat = sys.reap(this.terminal !== null);
      last = flat.at(-1) ?? NONE_LEFT;
      dispatch(this.toEvent(flat));
    }
    if (deadline !== null && this.now() >= deadline) dispatch({ type: 'tick' });
  }

  /** What `sys.reap` has brought. */
  private toEvent(flat: readonly number[]): Event {
    const ended: Ended[] = [];
    const stopped: Stopped[] = [];
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const pid = toPid(flat[index] ?? 0);
      const raw = flat[index + 1] ?? 0;
      const by = stopSignalOf(raw);
      if (by === undefined) ended.push({ pid, status: decodeWaitStatus(raw) });
      else stopped.push({ pid, by });
    }
    return {
      type: 'reaped',
      ended,
      stopped,
      isLast: flat.at(-1) === NONE_LEFT,
      boottime: toStartTime(Math.floor(sys.clock(CLOCK_BOOTTIME) / MILLIS_PER_TICK)),
      isForeground: stopped.length > 0 && this.isForeground(),
    };
  }

  private isForeground(): boolean {
    return this.terminal !== null && sys.tcgetpgrp(this.terminal) === sys.getpgid(0);
  }

  private readProcesses(): Event {
    const rows = readProcesses();
    return { type: 'processes', rows: typeof rows === 'number' ? null : rows };
  }

  private setParentDeathSignal(signal: Signal): Event | undefined {
    const refused = refusedUnless(sys.prctl(PR_SET_PDEATHSIG, signal), (errno) => ({
      what: 'parentDeathSignal',
      errno,
    }));
    if (refused !== undefined) return refused;
    // Our parent may have ended before the kernel was asked: prctl(2), PR_SET_PDEATHSIG.
    const { parent } = this.setup.facts;
    if (sys.getppid() === parent) return undefined;
    return { type: 'signals', arrivals: [{ signal, sender: parent }], isForeground: false };
  }

  private signal(action: Extract<Action, { type: 'signal' }>): Event | undefined {
    const { pid, start, signal } = action;
    if (action.isOwnChild || start === null) return signalled(action, sys.kill(pid, signal));
    const pidfd = sys.pidfdOpen(pid);
    if (pidfd === -ESRCH) return undefined;
    // Before Linux 5.3, or where a seccomp profile refuses pidfds, a check just before must do.
    if (pidfd < 0) return this.signalByPid(action, start);
    const isSame = readProcess(pid)?.start === start;
    const result = isSame ? sys.pidfdSignal(pidfd, signal) : 0;
    sys.close(pidfd);
    if (result === 0 || result === -ESRCH) return undefined;
    return this.signalByPid(action, start);
  }

  private signalByPid(target: Target, start: number): Event | undefined {
    const { pid, signal } = target;
    return readProcess(pid)?.start === start ? signalled(target, sys.kill(pid, signal)) : undefined;
  }
}

const refusedUnless = (result: number, refuse: (errno: number) => Refusal): Event | undefined =>
  result < 0 ? { type: 'refused', refusal: refuse(-result) } : undefined;

/** That a process has gone is no news: it had the chance to. */
const signalled = ({ pid, name, signal }: Target, result: number): Event | undefined =>
  result === -ESRCH ? undefined : refusedUnless(result, (errno) => ({ what: 'signal', pid, name, signal, errno }));
