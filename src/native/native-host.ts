import type { Action } from '../core/action.ts';
import type { Arrival, Ended, Event, Stopped } from '../core/event.ts';
import { type Millis, type Signal, toMillis, toPid, toSignal, toStartTime } from '../core/ids.ts';
import type { Setup } from '../core/setup.ts';
import { chooseTerminal } from '../core/setup.ts';
import { decodeWaitStatus, stopSignalOf } from '../core/wait-status.ts';
import type { Host } from '../host/host.ts';
import { MILLIS_PER_TICK } from '../host/tick.ts';
import type { Logger } from '../report/logger.ts';
import type { CarryOut } from './carry-out.ts';

const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
const PR_SET_CHILD_SUBREAPER = 36;

/** How `sys.reap` ends its list. */
const NONE_LEFT = 0;
const MORE = 2;

const GROUPS = { inherited: 0, own: 1, session: 2 } as const;

/** Carries actions out by the system calls of the shim: those of the routine itself, the rest by {@link CarryOut}. */
export class NativeHost implements Host {
  private readonly setup: Setup;
  private readonly program: number;
  private readonly logger: Logger;
  private readonly carryOut: CarryOut;
  private readonly terminal: number | null;

  constructor(setup: Setup, program: number, logger: Logger, carryOut: CarryOut) {
    this.setup = setup;
    this.program = program;
    this.logger = logger;
    this.carryOut = carryOut;
    this.terminal = chooseTerminal(setup.facts)?.fd ?? null;
  }

  now(): Millis {
    return toMillis(sys.clock(CLOCK_MONOTONIC));
  }

  owe(signal: Signal): void {
    sys.owe(signal);
  }

  perform(action: Action): Event | undefined {
    switch (action.type) {
      case 'note':
        this.logger.log(action.note, action.service);
        return undefined;
      case 'becomeSubreaper': {
        const result = sys.prctl(PR_SET_CHILD_SUBREAPER, 1);
        return result < 0 ? { type: 'refused', refusal: { what: 'subreaper', errno: -result } } : undefined;
      }
      case 'start': {
        const pid = sys.spawn(this.program, GROUPS[action.group], action.terminal ?? -1);
        return pid < 0 ? { type: 'startFailed', errno: -pid } : { type: 'started', pid: toPid(pid) };
      }
      case 'exit':
        return sys.exit(action.status);
      // Only where there are services, by the host that is wrapped round this one.
      case 'openOutputs':
      case 'endLine':
      case 'closeOutputs':
      case 'startServices':
        return undefined;
      // What else there is carryOut() names: each name is compared as a text, and a thousand signals are sent at a time.
      default:
        return this.carryOut(action, this.setup.facts);
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
}
