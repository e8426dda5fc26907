import type { Action } from '../action.ts';
import type { Ended, Event, Moment } from '../event.ts';
import type { Millis, Pid } from '../ids.ts';
import type { Note } from '../note.ts';
import type { State } from '../state.ts';
import type { Life, Running } from './life.ts';
import type { Service } from './service.ts';
import type { Asker, ServicesOutcome, ServicesState, StopReason } from './state.ts';

/**
 * The next state of all services while it is put together, in one step of the policy. The one before is not changed; in
 * between this one is, since a thousand services would otherwise be copied a thousand times.
 */
export class Turn {
  readonly before: ServicesState;
  readonly at: Millis;
  readonly event: Event;

  container: State;
  readonly lives: Life[];
  readonly newOwners: [Pid, number][] = [];
  owners: ReadonlyMap<Pid, number>;
  readonly tableAskers: Set<Asker>;
  stopping: StopReason | null;
  arrivals: number;
  relay: Pid | null;
  readonly actions: Action[] = [];
  readonly ended: Ended[] = [];
  /** Something has started or ended, so that others may now. */
  isNews = false;

  constructor(before: ServicesState, { at, event }: Moment) {
    this.before = before;
    this.at = at;
    this.event = event;
    this.container = before.container;
    this.lives = [...before.lives];
    this.owners = before.owners;
    this.tableAskers = new Set(before.tableAskers);
    this.stopping = before.stopping;
    this.arrivals = before.arrivals;
    this.relay = before.relay;
  }

  /** All services have ended, and the container, which has a main program only then, waits for the rest. */
  get isSweeping(): boolean {
    return this.container.main.pid !== null;
  }

  /** What has come of it. */
  finish(): ServicesOutcome {
    const isOnItsWay = this.before.tableAskers.size > 0 && this.event.type !== 'processes';
    if (this.tableAskers.size > 0 && !isOnItsWay) this.actions.push({ type: 'readProcesses' });
    this.write();
    const owners = this.newOwners.length === 0 ? this.owners : new Map([...this.owners, ...this.newOwners]);
    const { setup, services, dependents } = this.before;
    const state: ServicesState = {
      setup,
      services,
      dependents,
      container: this.container,
      lives: this.lives,
      owners,
      tableAskers: this.tableAskers,
      stopping: this.stopping,
      arrivals: this.arrivals,
      relay: this.relay,
    };
    return { state, actions: this.actions };
  }

  /** Keeps for the report what happened in a stop; the container's own decisions have written their part. */
  private write(): void {
    if (this.stopping === null) return;
    const notes = this.actions.filter((action) => action.type === 'note');
    if (notes.length === 0 && this.ended.length === 0) return;
    this.container = {
      ...this.container,
      chronicle: { at: this.at, notes, ended: this.ended, earlier: this.before.container.chronicle },
    };
  }

  serviceAt(index: number): Service {
    const service = this.before.services[index];
    if (service === undefined) throw new RangeError(`there is no service ${index}`);
    return service;
  }

  note(index: number, note: Note): void {
    this.actions.push({ type: 'note', note, service: this.serviceAt(index).name });
  }

  beginStop(reason: StopReason): void {
    if (this.stopping !== null) return;
    this.stopping = reason;
    this.isNews = true;
    this.lives.forEach((life, index) => {
      if (life.type === 'waiting' || life.type === 'backingOff') this.lives[index] = { type: 'unstarted' };
    });
  }

  running(index: number): Running | null {
    const life = this.lives[index];
    return life?.type === 'running' ? life : null;
  }
}
