import { constants } from 'node:os';
import type { Arrival } from '../core/event.ts';
import { type Signal, toPid, toSignal } from '../core/ids.ts';
import type { Libc } from './libc.ts';

const { SIGILL, SIGBUS, SIGFPE, SIGSEGV, SIGKILL, SIGSTOP, SIGCHLD, SIGUSR1 } = constants.signals;

/** Sent by nobody as a rule: Node has failed, and does so again when a handler returns. */
const FAULTS = [SIGILL, SIGBUS, SIGFPE, SIGSEGV];

/** Nobody can catch KILL and STOP; CHLD is ours. */
export const LEFT_OUT: ReadonlySet<number> = new Set([SIGKILL, SIGSTOP, SIGCHLD, ...FAULTS]);

/** Real-time signals: 32 and 33 are the C library's, and Node has names for none of them. */
const REAL_TIME = Array.from({ length: 31 }, (_, index) => 34 + index);

/** Signals that have come: kept until somebody takes them, which is not before there is a program to tell. */
export class Signals {
  private kept: Arrival[] = [];
  private take: ((arrivals: readonly Arrival[]) => void) | null = null;
  private readonly expected = new Map<Signal, number>();

  /** Catches everything that can be caught. The earlier this runs, the fewer are lost while Node starts. */
  constructor(leftOut = LEFT_OUT) {
    const names = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
    // By number: some have two names, as IO and POLL, and would arrive twice.
    for (const [number, name] of names) {
      if (leftOut.has(number)) continue;
      try {
        process.on(name as NodeJS.Signals, () => this.arrive(number));
      } catch {
        continue; // Not on this system.
      }
    }
  }

  /** Catches the rest as well, and opens USR1, which Node keeps blocked under `--disable-sigusr1`. */
  extend(libc: Libc): void {
    libc.unblock(SIGUSR1);
    libc.watchSignals(REAL_TIME, false, (signal) => this.arrive(signal));
    libc.watchSignals(FAULTS, true, (signal) => this.arrive(signal));
  }

  /** As if it had come, unless it has and nobody has taken it yet. */
  keep(signal: Signal): void {
    if (this.kept.every((arrival) => arrival.signal !== signal)) this.kept.push({ signal, sender: toPid(0) });
  }

  /** From now on signals are handed over as they come; those that were kept, at once. */
  handTo(take: (arrivals: readonly Arrival[]) => void): void {
    this.take = take;
    this.hand();
  }

  /** The next one of these is our own, sent to our process group. */
  expect(signal: Signal): void {
    this.expected.set(signal, (this.expected.get(signal) ?? 0) + 1);
  }

  private arrive(number: number): void {
    const signal = toSignal(number);
    const expected = this.expected.get(signal) ?? 0;
    if (expected > 0) {
      this.expected.set(signal, expected - 1);
      return;
    }
    // Node does not say who sent it.
    this.kept.push({ signal, sender: toPid(0) });
    this.hand();
  }

  /** What was handed over is forgotten only then: if that fails, whoever takes over is handed it again. */
  private hand(): void {
    if (this.take === null || this.kept.length === 0) return;
    this.take([...this.kept]);
    this.kept = [];
  }
}
