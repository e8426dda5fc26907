import type { Action, Tag } from '../action.ts';
import type { Chapter } from '../chronicle.ts';
import { decide } from '../decide.ts';
import { beginDrain, isHeld } from '../drain.ts';
import type { Arrival, Ended, Event, Moment, StartResult } from '../event.ts';
import { statusOfFailedStart } from '../exit-status.ts';
import { type Millis, type Pid, type Signal, addMillis, toMillis } from '../ids.ts';
import type { Note } from '../note.ts';
import type { Outcome } from '../outcome.ts';
import type { Process } from '../process-table.ts';
import { hasten } from '../reaping.ts';
import { KILL, TERM, isStopSignal } from '../signal.ts';
import { type State, deadline as deadlineOf, noSurvey } from '../state.ts';
import { survey } from '../survey.ts';
import { toExitStatus } from '../wait-status.ts';
import { statusOfContainer } from './fate.ts';
import { beginHealth, beginProbe, endProbe, isProbeDue, isProbeLate, probeStarted } from './health.ts';
import { type Life, type Running, hasCompleted, isAlive, isHealthy, isOver } from './life.ts';
import { shareProcesses } from './ownership.ts';
import { pauseBeforeRestart, restartsSoFar } from './restart.ts';
import { type Dependency, type HealthCheck, type Service } from './service.ts';
import { type Asker, CONTAINER, type ServicesState, type StopReason } from './state.ts';

type Reaped = Extract<Event, { type: 'reaped' }>;

/** How long a pre-stop hook of a service may take at most, where its grace period has no bound. */
const HOOK_LIMIT = toMillis(10_000);

const hookTag = (index: number): Tag => 2 * index;
const probeTag = (index: number): Tag => 2 * index + 1;

/**
 * One step of all services: what one event means. The state that it began with is not changed; the pieces of the next one
 * are put together here, since a thousand services would otherwise be copied a thousand times.
 */
export class Turn {
  private readonly before: ServicesState;
  private readonly at: Millis;
  private readonly event: Event;

  private container: State;
  private readonly lives: Life[];
  private readonly newOwners: [Pid, number][] = [];
  private owners: ReadonlyMap<Pid, number>;
  private readonly tableAskers: Set<Asker>;
  private stopping: StopReason | null;
  private isSweeping: boolean;
  private arrivals: number;
  private readonly actions: Action[] = [];
  private readonly ended: Ended[] = [];
  /** Something has started or ended, so that others may now. */
  private isNews = false;

  constructor(before: ServicesState, { at, event }: Moment) {
    this.before = before;
    this.at = at;
    this.event = event;
    this.container = before.container;
    this.lives = [...before.lives];
    this.owners = before.owners;
    this.tableAskers = new Set(before.tableAskers);
    this.stopping = before.stopping;
    this.isSweeping = before.isSweeping;
    this.arrivals = before.arrivals;
  }

  run(): { readonly state: ServicesState; readonly actions: readonly Action[] } {
    this.onEvent(this.event);
    if (this.isNews) this.advance();
    return this.finish();
  }

  /** Starts what depends on nothing: the first turn of all. */
  begin(): { readonly state: ServicesState; readonly actions: readonly Action[] } {
    this.advance();
    return this.finish();
  }

  private finish(): { readonly state: ServicesState; readonly actions: readonly Action[] } {
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
      isSweeping: this.isSweeping,
      arrivals: this.arrivals,
    };
    return { state, actions: this.actions };
  }

  /** Keeps for the report what happened in a stop; the container's own decisions have written their part. */
  private write(): void {
    if (this.stopping === null) return;
    const notes = this.actions.flatMap((action) => (action.type === 'note' ? [action.note] : []));
    if (notes.length === 0 && this.ended.length === 0) return;
    const earlier: Chapter | null = this.before.container.chronicle;
    this.container = { ...this.container, chronicle: { at: this.at, notes, ended: this.ended, earlier } };
  }

  private onEvent(event: Event): void {
    switch (event.type) {
      case 'signals':
        this.onSignals(event.arrivals, event.isForeground);
        break;
      case 'servicesStarted':
        for (const result of event.results) this.onStarted(result);
        break;
      case 'reaped':
        this.onReaped(event);
        break;
      case 'processes':
        this.onProcesses(event.rows);
        break;
      case 'inspected':
        this.stepAsker(event.tag ?? CONTAINER, event);
        break;
      case 'hookStarted':
      case 'hookNotStarted':
        this.onHook(event);
        break;
      case 'tick':
        this.onTick();
        break;
      case 'started':
      case 'startFailed':
      case 'listeners':
      case 'clients':
      case 'refused':
        this.stepContainer(event);
        break;
    }
  }

  private serviceAt(index: number): Service {
    const service = this.before.services[index];
    if (service === undefined) throw new RangeError(`there is no service ${index}`);
    return service;
  }

  private note(index: number, note: Note): void {
    this.actions.push({ type: 'note', note, service: this.serviceAt(index).name });
  }

  private stepAsker(asker: Asker, event: Event): void {
    if (asker === CONTAINER) this.stepContainer(event);
    else this.stepService(asker, event);
  }

  // The container.

  /** A stop signal that one of our own programs sends back is an echo: `kill 0` in a trap. */
  private onSignals(arrivals: readonly Arrival[], isForeground: boolean): void {
    const isEcho = ({ signal, sender }: Arrival): boolean =>
      this.stopping !== null && isStopSignal(signal) && this.owners.has(sender);
    const real = arrivals.filter((arrival) => !isEcho(arrival));
    if (real.length > 0) this.stepContainer({ type: 'signals', arrivals: real, isForeground });
  }

  private stepContainer(event: Event): void {
    this.applyToContainer(decide(this.container, { at: this.at, event }));
  }

  private applyToContainer({ state, actions }: Outcome): void {
    this.container = state;
    const task = this.isSweeping ? undefined : state.survey.tasks.find(({ type }) => type === 'stop');
    if (task?.type === 'stop') {
      // Whom the signal goes to, and in which order, is not for it to decide while there are services.
      const tasks = state.survey.tasks.filter(({ type }) => type !== 'stop');
      this.container = {
        ...state,
        main: { ...state.main, status: { type: 'exited', code: 0 } },
        phase: { type: 'running' },
        survey: tasks.length === 0 ? noSurvey : { ...state.survey, tasks },
      };
    }
    for (const action of actions) {
      if (action.type !== 'readProcesses') this.actions.push(action);
      else if (this.container.survey.tasks.length > 0) this.tableAskers.add(CONTAINER);
    }
    if (task?.type === 'stop') this.onStopSignal(task.signal);
  }

  private onStopSignal(signal: Signal): void {
    this.arrivals += 1;
    if (this.stopping === null) {
      this.beginStop({ type: 'signal', signal });
      return;
    }
    // A second one is for everybody at once. The first one may come when a service has ended by itself: then the order stands.
    for (const [index, life] of this.lives.entries()) {
      if (life.type === 'running' && (life.isStopping || this.arrivals > 1)) this.stopService(index, signal);
    }
  }

  private beginStop(reason: StopReason): void {
    if (this.stopping !== null) return;
    this.stopping = reason;
    this.isNews = true;
    this.lives.forEach((life, index) => {
      if (life.type === 'waiting' || life.type === 'backingOff') this.lives[index] = { type: 'unstarted' };
    });
  }

  // One service.

  private running(index: number): Running | null {
    const life = this.lives[index];
    return life?.type === 'running' ? life : null;
  }

  private stepService(index: number, event: Event): void {
    const life = this.running(index);
    if (life !== null) this.applyToService(index, decide(life.state, { at: this.at, event }));
  }

  private applyToService(index: number, { state, actions }: Outcome): void {
    const life = this.running(index);
    if (life === null) return;
    this.lives[index] = { ...life, state };
    for (const action of actions) this.passOn(index, action);
  }

  /** What the policy of one service asks for, asked for in its name. */
  private passOn(index: number, action: Action): void {
    switch (action.type) {
      case 'readProcesses':
        this.tableAskers.add(index);
        break;
      case 'inspect':
        this.actions.push({ ...action, tag: index });
        break;
      case 'startHook':
        this.actions.push({ ...action, surroundings: this.serviceAt(index).surroundings, tag: hookTag(index) });
        break;
      case 'signal':
        this.newOwners.push([action.pid, index]);
        this.actions.push(action);
        break;
      case 'note':
        // Its end has a note of its own.
        if (action.note.type !== 'exiting') this.note(index, action.note);
        break;
      case 'exit':
        this.onServiceEnded(index, action.status);
        break;
      default:
        this.actions.push(action);
    }
  }

  private onStarted({ service: index, pid, errno }: StartResult): void {
    const life = this.lives[index];
    if (life?.type !== 'starting') return;
    this.isNews = true;
    if (pid === null) {
      this.note(index, { type: 'startFailed', errno });
      const status = statusOfFailedStart(errno);
      this.lives[index] = { type: 'ended', status, isOwnEnd: this.stopping !== null };
      this.beginStop({ type: 'ended', status });
      return;
    }
    const { healthCheck } = this.serviceAt(index);
    this.note(index, { type: 'started', pid });
    this.newOwners.push([pid, index]);
    this.lives[index] = {
      type: 'running',
      state: this.beginService(index, pid),
      pid,
      since: this.at,
      restarts: life.restarts,
      health: healthCheck === null ? null : beginHealth(healthCheck, this.at),
      isStopping: false,
    };
  }

  private beginService(index: number, pid: Pid): State {
    const { setup } = this.before;
    const { grace, preStop } = this.serviceAt(index);
    const limit = typeof grace === 'number' ? grace : HOOK_LIMIT;
    return {
      setup: {
        facts: { ...setup.facts, terminals: [] },
        options: {
          ...setup.options,
          audience: 'programs',
          rewrites: new Map(),
          remapped: new Set(),
          grace,
          drain: null,
          drainSignal: null,
          preStop: preStop === null ? null : { words: preStop, limit },
        },
      },
      main: { pid, status: null, role: null, isStopped: false },
      phase: { type: 'running' },
      hookGroup: null,
      survey: noSurvey,
      chronicle: null,
    };
  }

  /** Tells a service to stop; a further signal is delivered again. */
  private stopService(index: number, signal: Signal): void {
    const life = this.running(index);
    if (life === null) return;
    this.killProbe(index);
    const sent = this.serviceAt(index).stopSignal ?? signal;
    const isFirst = !life.isStopping;
    this.lives[index] = { ...life, isStopping: true, health: null };
    const held = isFirst && life.state.main.status === null && isHeld(life.state.setup.options);
    this.applyToService(
      index,
      held
        ? beginDrain(life.state, sent, this.at)
        : survey(life.state, { type: 'stop', signal: sent, cause: 'signal' }),
    );
  }

  private onServiceEnded(index: number, status: number): void {
    const life = this.running(index);
    if (life === null) return;
    this.isNews = true;
    this.killProbe(index);
    this.note(index, { type: 'serviceEnded', status });
    if (this.stopping !== null || life.isStopping) {
      const { phase } = life.state;
      const signal = phase.type === 'stopping' || phase.type === 'killing' ? phase.stop.signal : TERM;
      const isOwnEnd = status !== 128 + signal && status !== 128 + TERM;
      this.lives[index] = { type: 'ended', status, isOwnEnd };
      return;
    }
    const restarts = restartsSoFar(life.restarts, this.at - life.since);
    const pause = pauseBeforeRestart(this.serviceAt(index).restart, status, restarts);
    if (pause !== null) {
      this.note(index, { type: 'restarting', after: pause, count: restarts + 1 });
      this.lives[index] = { type: 'backingOff', restarts: restarts + 1, until: addMillis(this.at, pause) };
      return;
    }
    this.lives[index] = { type: 'ended', status, isOwnEnd: false };
    if (!this.isAwaited(index, status)) this.beginStop({ type: 'ended', status });
  }

  /** Whether the service was there to come to this end: a migration that others wait for. */
  private isAwaited(index: number, status: number): boolean {
    const isFor = ({ on, condition }: Dependency): boolean => on === index && condition === 'completed';
    const dependents = this.before.dependents[index] ?? [];
    const asked = dependents.flatMap((dependent) => this.serviceAt(dependent).dependsOn.filter(isFor));
    return asked.length > 0 && (status === 0 || asked.every(({ isRequired }) => !isRequired));
  }

  // Order.

  /** Starts what may start now, or tells what may stop now. */
  private advance(): void {
    this.isNews = false;
    if (this.stopping === null) this.startReady();
    // Not else: what has just been looked at may have been the reason to stop.
    if (this.stopping !== null) this.stopReady(this.stopping);
  }

  private startReady(): void {
    const ready: number[] = [];
    for (const [index, life] of this.lives.entries()) {
      if (life.type !== 'waiting') continue;
      const states = this.serviceAt(index).dependsOn.map((dependency) => this.judge(dependency));
      const failed = states.indexOf('impossible');
      if (failed >= 0) {
        const on = this.serviceAt(index).dependsOn[failed]?.on ?? index;
        this.note(index, { type: 'dependencyFailed', on: this.serviceAt(on).name });
        this.beginStop({ type: 'dependency' });
        return;
      }
      if (states.every((state) => state === 'met')) ready.push(index);
    }
    if (ready.length > 0) this.start(ready, () => 0);
  }

  private start(indices: readonly number[], restartsOf: (index: number) => number): void {
    for (const index of indices) this.lives[index] = { type: 'starting', restarts: restartsOf(index) };
    this.actions.push({ type: 'startServices', services: indices });
  }

  private judge({ on, condition, isRequired }: Dependency): 'met' | 'open' | 'impossible' {
    const life = this.lives[on];
    if (life === undefined) return 'impossible';
    const never = isRequired ? 'impossible' : 'met';
    switch (condition) {
      case 'started':
        return life.type === 'running' || life.type === 'ended' || life.type === 'backingOff' ? 'met' : 'open';
      case 'completed':
        if (hasCompleted(life)) return 'met';
        return isOver(life) ? never : 'open';
      case 'healthy':
        if (isHealthy(life)) return 'met';
        return isOver(life) || (life.type === 'running' && life.health?.status === 'unhealthy') ? never : 'open';
    }
  }

  private stopReady(reason: StopReason): void {
    const signal = reason.type === 'signal' ? reason.signal : TERM;
    for (const [index, life] of this.lives.entries()) {
      if (life.type !== 'running' || life.isStopping) continue;
      const dependents = this.before.dependents[index] ?? [];
      const isNeeded = dependents.some((dependent) => {
        const other = this.lives[dependent];
        return other !== undefined && isAlive(other);
      });
      if (!isNeeded) this.stopService(index, signal);
    }
    if (!this.isSweeping && this.lives.every(isOver)) this.sweep(reason);
  }

  /** No service is left. What is, has left its service: it is stopped as everything is that outlives a main program. */
  private sweep(reason: StopReason): void {
    this.isSweeping = true;
    const code = statusOfContainer(reason, this.lives);
    const { self } = this.before.setup.facts;
    this.container = {
      ...this.container,
      main: { pid: self, status: { type: 'exited', code }, role: 'program', isStopped: false },
      phase: { type: 'running' },
      survey: noSurvey,
    };
    if (this.event.type === 'reaped' && this.event.isLast) this.stepContainer({ ...this.event, ended: [] });
    else this.applyToContainer(survey(this.container, { type: 'stop', signal: TERM, cause: 'mainEnded' }));
  }

  // Processes.

  private onReaped(event: Reaped): void {
    if (this.isSweeping) {
      this.stepContainer(event);
      return;
    }
    const shares = new Map<number, Ended[]>();
    const nobodys: Ended[] = [];
    for (const end of event.ended) {
      const owner = this.owners.get(end.pid);
      if (owner === undefined) {
        if (!this.onProbeEnded(end)) nobodys.push(end);
        continue;
      }
      this.ended.push(end);
      const share = shares.get(owner);
      if (share === undefined) shares.set(owner, [end]);
      else share.push(end);
    }
    if (nobodys.length > 0 || event.isLast) this.stepContainer({ ...event, ended: nobodys });
    const concerned = event.isLast ? this.lives.keys() : shares.keys();
    for (const index of concerned) this.onShareReaped(index, { ...event, ended: shares.get(index) ?? [], stopped: [] });
  }

  private onShareReaped(index: number, event: Reaped): void {
    this.stepService(index, event);
    const life = this.running(index);
    if (life === null || life.state.main.status === null || life.state.phase.type !== 'stopping') return;
    // waitpid's ECHILD cannot say that a service has nothing left while others have: a look at the table does.
    const { phase } = life.state;
    this.lives[index] = { ...life, state: { ...life.state, phase: { ...phase, stop: hasten(phase.stop, this.at) } } };
  }

  private onProcesses(rows: readonly Process[] | null): void {
    const askers = [...this.tableAskers];
    this.tableAskers.clear();
    const { self } = this.before.setup.facts;
    const own = rows?.find(({ pid }) => pid === self);
    if (rows === null || own === undefined) {
      for (const asker of askers) this.stepAsker(asker, { type: 'processes', rows: null });
      return;
    }
    const hooks = this.listHookGroups();
    const known = new Map([...this.owners, ...this.newOwners]);
    const { byService, owners } = shareProcesses(rows, self, known, hooks);
    this.owners = owners;
    for (const asker of askers) {
      if (asker === CONTAINER) {
        this.stepContainer({ type: 'processes', rows: rows.filter(({ group }) => !hooks.has(group)) });
        continue;
      }
      const share = byService.get(asker) ?? [];
      this.stepService(asker, { type: 'processes', rows: [own, ...share] });
      if (share.length === 0) this.onNothingLeft(asker);
    }
  }

  private onNothingLeft(index: number): void {
    const life = this.running(index);
    if (life === null || life.state.main.status === null) return;
    const nothing = { ended: [], stopped: [], isLast: true, isForeground: false };
    this.stepService(index, { type: 'reaped', ...nothing, boottime: 0 as Reaped['boottime'] });
  }

  private listHookGroups(): ReadonlySet<Pid> {
    const groups = new Set<Pid>();
    if (this.container.hookGroup !== null) groups.add(this.container.hookGroup);
    for (const life of this.lives) {
      if (life.type !== 'running') continue;
      if (life.state.hookGroup !== null) groups.add(life.state.hookGroup);
      const pid = life.health?.probe?.pid ?? null;
      if (pid !== null) groups.add(pid);
    }
    return groups;
  }

  // Hooks and probes.

  private onHook(event: Extract<Event, { type: 'hookStarted' | 'hookNotStarted' }>): void {
    const { tag } = event;
    if (tag === undefined) {
      this.stepContainer(event);
      return;
    }
    const index = Math.floor(tag / 2);
    if (tag === hookTag(index)) {
      if (event.type === 'hookStarted') this.newOwners.push([event.pid, index]);
      this.stepService(index, event);
      return;
    }
    const life = this.running(index);
    if (life === null || life.health === null) return;
    if (event.type === 'hookNotStarted') this.endProbe(index, false);
    else this.lives[index] = { ...life, health: probeStarted(life.health, event.pid) };
  }

  private onTick(): void {
    const due = deadlineOf(this.container);
    if (due !== null && this.at >= due) this.stepContainer(this.event);
    for (const [index, life] of this.lives.entries()) {
      if (life.type === 'running') this.onServiceTick(index, life);
      else if (life.type === 'backingOff' && this.at >= life.until) this.start([index], () => life.restarts);
    }
  }

  private onServiceTick(index: number, life: Running): void {
    const due = deadlineOf(life.state);
    if (due !== null && this.at >= due) this.stepService(index, this.event);
    const { healthCheck, surroundings } = this.serviceAt(index);
    const now = this.running(index);
    if (now === null || now.health === null || healthCheck === null) return;
    if (isProbeLate(now.health, this.at)) {
      this.killProbe(index);
      this.endProbe(index, false);
    } else if (isProbeDue(now.health, this.at)) {
      this.lives[index] = { ...now, health: beginProbe(now.health, healthCheck, this.at) };
      this.actions.push({ type: 'startHook', words: healthCheck.words, surroundings, tag: probeTag(index) });
    }
  }

  private onProbeEnded({ pid, status }: Ended): boolean {
    const index = this.lives.findIndex((life) => life.type === 'running' && life.health?.probe?.pid === pid);
    if (index < 0) return false;
    this.endProbe(index, toExitStatus(status) === 0);
    return true;
  }

  private endProbe(index: number, isSuccess: boolean): void {
    const life = this.running(index);
    const check: HealthCheck | null = this.serviceAt(index).healthCheck;
    if (life === null || life.health === null || check === null) return;
    const health = endProbe(life.health, check, isSuccess, life.since, this.at);
    this.lives[index] = { ...life, health };
    if (health.status === life.health.status) return;
    this.isNews = true;
    this.note(index, { type: 'health', status: health.status });
  }

  private killProbe(index: number): void {
    const pid = this.running(index)?.health?.probe?.pid ?? null;
    if (pid !== null) this.actions.push({ type: 'signalGroup', group: pid, signal: KILL });
  }
}
