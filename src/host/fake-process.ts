import { toPid, toStartTime } from '../core/ids.ts';
import type { Finding, Query } from '../core/inquiry.ts';
import type { Process } from '../core/process-table.ts';

/** How a made-up program answers a stop signal. */
export type Reaction =
  /** Has no handler. */
  | { readonly type: 'dies' }
  /** Catches it and exits after a time. */
  | { readonly type: 'drains'; readonly time: number; readonly code: number }
  | { readonly type: 'ignores' };

/** A made-up process. */
export interface Actor {
  readonly pid: number;
  readonly parent: number;
  readonly executable: string;
  readonly reaction: Reaction;
  /** Instant of its start. */
  readonly start?: number;
  readonly input?: string;
  readonly outputs?: readonly string[];
}

/** What a service runs: it gets a pid at each start. */
export interface ServiceProgram extends Omit<Actor, 'pid' | 'parent'> {
  /** It ends by itself after so long, with this status. */
  readonly life?: { readonly time: number; readonly code: number };
}

const NO_SIGNALS = '0000000000000000';
const STOP_SIGNALS = '0000000000004006';
const STOP_BITS = 0x4006;
/** Of a program with handlers: USR2 as well. */
const CAUGHT_SIGNALS = '0000000000004806';
const CAUGHT_BITS = 0x4806;
/** Of proc_pid_stat(5). */
export const MILLIS_PER_TICK = 10;

/** What the process table shows of it. */
export const rowOf = ({ pid, parent, start, executable, reaction }: Actor): Process => ({
  pid: toPid(pid),
  parent: toPid(parent),
  group: toPid(pid),
  start: toStartTime(Math.floor((start ?? 0) / MILLIS_PER_TICK)),
  state: 'S',
  name: executable.slice(executable.lastIndexOf('/') + 1),
  hasTerminal: false,
  caught: reaction.type === 'drains' ? CAUGHT_BITS : 0,
  ignored: reaction.type === 'ignores' ? STOP_BITS : 0,
});

/** What a closer look at it shows; undefined: it has gone. */
export function inspectActor(actor: Actor | undefined, { pid, facet }: Query): Finding {
  switch (facet) {
    case 'executable':
      return { pid, facet, value: actor?.executable ?? null };
    case 'arguments':
      return { pid, facet, value: actor === undefined ? null : [actor.executable] };
    case 'input':
      return { pid, facet, value: actor?.input ?? null };
    case 'outputs':
      return { pid, facet, value: actor?.outputs ?? [] };
    case 'signals': {
      if (actor === undefined) return { pid, facet, value: null };
      const { type } = actor.reaction;
      const caught = type === 'drains' ? CAUGHT_SIGNALS : NO_SIGNALS;
      const ignored = type === 'ignores' ? STOP_SIGNALS : NO_SIGNALS;
      return { pid, facet, value: { caught, ignored, blocked: NO_SIGNALS, pending: [], isNamespaceInit: false } };
    }
  }
}
