import type { Action } from '../core/action.ts';
import type { Arrival, Clients, Event, StartResult } from '../core/event.ts';
import { type Millis, type Signal, toMillis, toPid } from '../core/ids.ts';
import type { Setup } from '../core/setup.ts';
import type { WaitStatus } from '../core/wait-status.ts';
import type { Driver } from './driver.ts';
import type { Actor, ServiceProgram } from './fake-process.ts';
import { FakeProcesses } from './fake-processes.ts';
import type { Host } from './host.ts';

/** Something that happens to the made-up world at an instant. */
export type Incident =
  | { readonly type: 'arrive'; readonly signal: Signal }
  | { readonly type: 'end'; readonly pid: number; readonly status: WaitStatus }
  | { readonly type: 'fork'; readonly actor: Actor }
  /** From now on so many clients are connected. */
  | { readonly type: 'connect'; readonly connected: number };

/** How long a made-up hook takes, and how it ends. */
export interface FakeHook {
  readonly time: number;
  readonly code: number;
}

/** The process that puts names before lines. */
const RELAY = 800;
const relay: Actor = { pid: RELAY, parent: 1, executable: '/drainit', reaction: { type: 'ignores' } };

/** The pid of the first hook. */
const HOOK = 900;

/**
 * A small Linux in memory, with a clock that jumps: for tests of the core that need a whole life of a container in
 * microseconds. It records every action, so that what drainit did can be checked after the end.
 */
export class FakeHost implements Host {
  readonly actions: { readonly at: number; readonly action: Action; readonly alive: ReadonlySet<number> }[] = [];
  exitStatus: number | null = null;
  /** What was said to be owed when the policy failed. */
  readonly owed: Signal[] = [];
  /** null: it cannot be started. */
  hook: FakeHook | null = null;
  /** Those of a name of their own. */
  readonly hooks = new Map<string, FakeHook | null>();
  /** The program of each service, by its index; one that is missing cannot be started. */
  programs: readonly ServiceProgram[] = [];
  /** From when to when no process can be started for want of descriptors. */
  shortage: { readonly from: number; readonly until: number } | null = null;
  /** Whether the process that puts names before lines ends when it should: somebody reads. */
  relayEnds = true;
  /** What a look at the clients shows; null: nothing. */
  clients: Clients | null = null;

  readonly #main: number;
  readonly #self: number;
  readonly #processes: FakeProcesses;
  readonly #incidents: { at: number; incident: Incident }[] = [];
  #nextPid = 1_000;
  #nextHook = HOOK - 1;
  #now = 1_000;

  constructor(setup: Setup, actors: readonly Actor[]) {
    this.#self = setup.facts.self;
    this.#main = actors[0]?.pid ?? 2;
    this.#processes = new FakeProcesses(this.#self);
    for (const actor of actors) this.#processes.add(actor);
  }

  schedule(after: number, incident: Incident): void {
    this.#incidents.push({ at: this.#now + after, incident });
    this.#incidents.sort((a, b) => a.at - b.at);
  }

  get alive(): ReadonlySet<number> {
    return this.#processes.alive;
  }

  now(): Millis {
    return toMillis(this.#now);
  }

  owe(signal: Signal): void {
    this.owed.push(signal);
  }

  perform(action: Action): Event | undefined {
    this.actions.push({ at: this.#now, action, alive: this.alive });
    switch (action.type) {
      case 'start':
        return { type: 'started', pid: toPid(this.#main) };
      case 'startServices':
        return { type: 'servicesStarted', results: action.services.map((index) => this.#startService(index)) };
      case 'readProcesses':
        return { type: 'processes', rows: this.#processes.rows() };
      case 'inspect':
        return {
          type: 'inspected',
          findings: action.queries.map((query) => this.#processes.inspect(query)),
          tag: action.tag,
        };
      case 'signal':
        this.#processes.signal(action.pid, action.signal, this.#now);
        return undefined;
      case 'startHook':
        return this.#startHook(action);
      case 'findListeners':
        return { type: 'listeners', ports: this.clients === null ? null : [80], listening: 1 };
      case 'countClients':
        return { type: 'clients', clients: this.clients };
      case 'exit':
        this.exitStatus = action.status;
        return undefined;
      case 'signalGroup':
        this.#processes.signal(action.group, action.signal, this.#now);
        return undefined;
      case 'openOutputs':
        this.#processes.add({ ...relay, parent: this.#self });
        return { type: 'outputsOpened', pid: toPid(RELAY), errno: 0 };
      case 'closeOutputs':
        if (this.relayEnds) this.#processes.end(RELAY, { type: 'exited', code: 0 });
        return undefined;
      case 'endLine':
      case 'becomeSubreaper':
      case 'setParentDeathSignal':
      case 'signalEverything':
      case 'giveTerminal':
      case 'takeTerminal':
      case 'stopSelf':
      case 'note':
        return undefined;
    }
  }

  /** Lets time pass until drainit exits, at most until `limit`. */
  run<S>(driver: Driver<S>, limit: number): void {
    const end = this.#now + limit;
    while (this.exitStatus === null && this.#now < end) {
      const next = Math.min(end, this.#nextChange(), driver.deadline ?? end);
      this.#now = Math.max(this.#now, next);
      const arrivals = this.#happen();
      if (arrivals.length > 0) driver.dispatch({ type: 'signals', arrivals, isForeground: false });
      if (this.exitStatus === null) driver.dispatch(this.#processes.reap(this.#now));
      if (this.exitStatus === null && driver.deadline !== null && this.#now >= driver.deadline) {
        driver.dispatch({ type: 'tick' });
      }
    }
  }

  #nextChange(): number {
    return Math.min(this.#incidents[0]?.at ?? Infinity, this.#processes.nextEnd);
  }

  #happen(): Arrival[] {
    const arrivals: Arrival[] = [];
    while ((this.#incidents[0]?.at ?? Infinity) <= this.#now) {
      const incident = this.#incidents.shift()?.incident;
      if (incident?.type === 'arrive') arrivals.push({ signal: incident.signal, sender: toPid(0) });
      if (incident?.type === 'connect') this.#connect(incident.connected);
      if (incident?.type === 'end') this.#processes.end(incident.pid, incident.status);
      if (incident?.type === 'fork' && this.#processes.alive.has(incident.actor.parent)) {
        this.#processes.add({ ...incident.actor, start: this.#now });
      }
    }
    this.#processes.endDue(this.#now);
    return arrivals;
  }

  #startService(index: number): StartResult {
    const program = this.programs[index];
    if (program === undefined) return { service: index, pid: null, errno: 2 };
    const { from = Infinity, until = 0 } = this.shortage ?? {};
    if (this.#now >= from && this.#now < until) return { service: index, pid: null, errno: 24 };
    const { life, ...actor } = program;
    this.#nextPid += 1;
    const pid = toPid(this.#nextPid);
    const end = life === undefined ? undefined : { at: this.#now + life.time, code: life.code };
    this.#processes.add({ ...actor, pid, parent: this.#self, start: this.#now }, end);
    return { service: index, pid, errno: 0 };
  }

  #startHook({ words, tag }: Extract<Action, { type: 'startHook' }>): Event {
    const known = this.hooks.get(words[0] ?? '');
    const hook = known === undefined ? this.hook : known;
    if (hook === null) return { type: 'hookNotStarted', errno: 2, tag };
    const { time, code } = hook;
    this.#nextHook += 1;
    const pid = toPid(this.#nextHook);
    const actor: Actor = { pid, parent: this.#self, executable: '/hook', reaction: { type: 'dies' } };
    this.#processes.add(actor, { at: this.#now + time, code });
    return { type: 'hookStarted', pid, tag };
  }

  #connect(connected: number): void {
    const before = this.clients ?? { connected: 0, accepted: 0 };
    const accepted = before.accepted + Math.max(0, connected - before.connected);
    const example = connected === 0 ? null : '192.0.2.7';
    this.clients = { connected, accepted, example, others: { open: 0, closed: 0 }, listening: 1 };
  }
}
