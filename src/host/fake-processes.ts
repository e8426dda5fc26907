import type { Ended, Event } from '../core/event.ts';
import { type Signal, toPid, toStartTime } from '../core/ids.ts';
import type { Finding, Query } from '../core/inquiry.ts';
import type { Process } from '../core/process-table.ts';
import { CONT, KILL, STOP, isStopSignal } from '../core/signal.ts';
import type { WaitStatus } from '../core/wait-status.ts';
import { type Actor, MILLIS_PER_TICK, inspectActor, rowOf } from './fake-process.ts';

interface Living extends Actor {
  endsAt: number | null;
  code: number;
}

/** The processes of a made-up container, drainit among them: who lives, who acts on a signal how, who is to be reaped. */
export class FakeProcesses {
  readonly #self: number;
  readonly #living = new Map<number, Living>();
  #reapable: Ended[] = [];

  constructor(self: number) {
    this.#self = self;
  }

  get alive(): ReadonlySet<number> {
    return new Set(this.#living.keys());
  }

  /** When the next of them ends; Infinity: none does by itself. */
  get nextEnd(): number {
    return Math.min(...[...this.#living.values()].map(({ endsAt }) => endsAt ?? Infinity));
  }

  /** @param end when it ends by itself, and with which status */
  add(actor: Actor, end?: { readonly at: number; readonly code: number }): void {
    this.#living.set(actor.pid, { ...actor, endsAt: end?.at ?? null, code: end?.code ?? 0 });
  }

  /** Those end whose time has come. */
  endDue(now: number): void {
    for (const { pid, endsAt, code } of [...this.#living.values()]) {
      if (endsAt !== null && endsAt <= now) this.end(pid, { type: 'exited', code });
    }
  }

  end(pid: number, status: WaitStatus): void {
    const ended = this.#living.get(pid);
    if (ended === undefined) return;
    this.#living.delete(pid);
    for (const [child, process] of this.#living) {
      if (process.parent === pid) this.#living.set(child, { ...process, parent: this.#self });
    }
    if (ended.parent === this.#self) this.#reapable.push({ pid: toPid(pid), status });
  }

  signal(pid: number, signal: Signal, now: number): void {
    const process = this.#living.get(pid);
    if (process === undefined || signal === CONT || signal === STOP) return;
    if (signal === KILL) {
      this.end(pid, { type: 'signalled', signal });
      return;
    }
    if (!isStopSignal(signal)) return;
    switch (process.reaction.type) {
      case 'dies':
        this.end(pid, { type: 'signalled', signal });
        return;
      case 'drains':
        process.endsAt ??= now + process.reaction.time;
        process.code = process.reaction.code;
        return;
      case 'ignores':
        return;
    }
  }

  inspect(query: Query): Finding {
    return inspectActor(this.#living.get(query.pid), query);
  }

  rows(): readonly Process[] {
    const self: Actor = { pid: this.#self, parent: 0, executable: '/drainit', reaction: { type: 'ignores' } };
    return [self, ...this.#living.values()].map(rowOf);
  }

  reap(now: number): Event {
    const ended = this.#reapable;
    this.#reapable = [];
    const isLast = ![...this.#living.values()].some(({ parent }) => parent === this.#self);
    const boottime = toStartTime(Math.floor(now / MILLIS_PER_TICK));
    return { type: 'reaped', ended, stopped: [], isLast, boottime, isForeground: false };
  }
}
