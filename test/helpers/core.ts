import type { Event } from '../../src/core/event.ts';
import { type Signal, toMillis, toPid, toStartTime } from '../../src/core/ids.ts';
import type { Process } from '../../src/core/process-table.ts';
import { type Service, sameSurroundings } from '../../src/core/services/service.ts';
import type { Options, Setup } from '../../src/core/setup.ts';
import { begin } from '../../src/core/begin.ts';
import { step } from '../../src/core/step.ts';
import type { State } from '../../src/core/state.ts';
import type { Action } from '../../src/core/action.ts';

export const defaultOptions: Options = {
  audience: 'programs',
  newSession: false,
  rewrites: new Map(),
  remapped: new Set(),
  grace: 'stragglers',
  parentDeathSignal: null,
  drain: null,
  drainSignal: null,
  preStop: null,
  reportsReaping: false,
  reportsStop: false,
};

export const setupWith = (options: Partial<Options> = {}, facts: Partial<Setup['facts']> = {}): Setup => ({
  options: { ...defaultOptions, ...options },
  facts: {
    self: toPid(1),
    parent: toPid(0),
    terminals: [],
    canBeContinued: false,
    hasProc: true,
    adopts: true,
    ...facts,
  },
});

/** A row of the process table; unnamed fields are those of a sleeping program. */
export const row = (pid: number, parent: number, more: Partial<Process> = {}): Process => ({
  pid: toPid(pid),
  parent: toPid(parent),
  group: toPid(pid),
  start: toStartTime(pid),
  state: 'S',
  name: `p${pid}`,
  hasTerminal: false,
  caught: 0,
  ignored: 0,
  ...more,
});

export const reaped = (ended: readonly (readonly [pid: number, code: number])[], isLast = false): Event => ({
  type: 'reaped',
  ended: ended.map(([pid, code]) => ({ pid: toPid(pid), status: { type: 'exited', code } })),
  stopped: [],
  isLast,
  boottime: toStartTime(0),
  isForeground: false,
});

export const arrival = (signal: Signal): Event => ({
  type: 'signals',
  arrivals: [{ signal, sender: toPid(0) }],
  isForeground: false,
});

/** Feeds events to the core by hand and keeps what came of each. */
export class Session {
  state: State;
  actions: readonly Action[];
  at = 0;

  constructor(setup: Setup = setupWith()) {
    ({ state: this.state, actions: this.actions } = begin(setup));
  }

  feed(event: Event, at = this.at): readonly Action[] {
    this.at = at;
    ({ state: this.state, actions: this.actions } = step(this.state, { at: toMillis(at), event }));
    return this.actions;
  }

  get types(): readonly string[] {
    return this.actions.map(({ type }) => type);
  }
}

/** A service with nothing but a name and a word. */
export const service = (name: string, more: Partial<Service> = {}): Service => ({
  name,
  words: [name],
  surroundings: sameSurroundings,
  dependsOn: [],
  healthCheck: null,
  restart: { when: 'never', limit: null },
  stopSignal: null,
  grace: 'stragglers',
  postStart: [],
  preStop: [],
  ...more,
});
