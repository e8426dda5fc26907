import type { Action } from '../core/action.ts';
import type { Event } from '../core/event.ts';
import type { Millis, Signal } from '../core/ids.ts';
import type { Process } from '../core/process-table.ts';
import { KILL } from '../core/signal.ts';
import type { Host } from '../host/host.ts';
import type { Libc } from '../node/libc.ts';
import type { NodeHost } from '../node/node-host.ts';
import type { Family } from './family.ts';
import type { Keyboard } from './keyboard.ts';
import { startOurs } from './only-parent.ts';
import { useSpare } from './spare.ts';
import { becomeSubreaper } from './subreaper.ts';

interface Parts {
  readonly host: NodeHost;
  readonly family: Family;
  readonly libc: Libc | null;
  readonly keyboard: Keyboard;
  /** Somebody was killed who was to be told. */
  readonly onKill: (row: Pick<Process, 'pid' | 'name'>) => void;
  readonly onExit: (status: number) => void;
}

/** The Node host as a guest in somebody else's process: it touches what belongs to the family, and never exits. */
export class LibraryHost implements Host {
  private readonly parts: Parts;
  /** Everything is to be killed: whoever is to be told something is killed in its place. */
  isKilling = false;
  private release: (() => void) | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  now(): Millis {
    return this.parts.host.now();
  }

  /** Nobody takes over here: whoever uses the library is told, and may stop what is left. */
  owe(): void {}

  perform(action: Action): Event | undefined {
    const event = useSpare(() => startOurs(() => this.carryOut(action)));
    if (event?.type === 'started' || event?.type === 'hookStarted') this.parts.family.add(event.pid);
    return event;
  }

  /** Sends a signal to everything. @returns what that was */
  signalEverything(signal: Signal): readonly Process[] {
    const rows = (this.parts.family.read() ?? []).filter(({ pid, state }) => pid !== process.pid && state !== 'Z');
    for (const { pid, start, name } of rows)
      this.perform({ type: 'signal', pid, start, signal, isOwnChild: false, name });
    return rows;
  }

  /** Nothing is left. */
  end(): void {
    this.release?.();
    this.parts.family.reapLater();
  }

  private carryOut(action: Action): Event | undefined {
    const { host, family, libc, keyboard, onKill, onExit } = this.parts;
    switch (action.type) {
      case 'becomeSubreaper':
        this.release = libc === null ? undefined : becomeSubreaper(libc);
        return this.release === undefined ? host.perform(action) : undefined;
      case 'readProcesses':
        return { type: 'processes', rows: family.read() };
      case 'signal':
        if (keyboard.hasReached(action.pid, action.signal)) return undefined;
        if (this.isKilling) onKill({ pid: action.pid, name: action.name ?? '' });
        // It may have been adopted by somebody else, who reaps it.
        return host.perform({
          ...action,
          signal: this.isKilling ? KILL : action.signal,
          isOwnChild: action.isOwnChild && action.start === null,
        });
      case 'signalEverything':
        this.signalEverything(action.signal);
        return undefined;
      case 'exit':
        onExit(action.status);
        return undefined;
      case 'setParentDeathSignal':
      case 'start':
      case 'openOutputs':
      case 'endLine':
      case 'closeOutputs':
      case 'startServices':
      case 'inspect':
      case 'signalGroup':
      case 'startHook':
      case 'findListeners':
      case 'countClients':
      case 'giveTerminal':
      case 'takeTerminal':
      case 'stopSelf':
      case 'note':
        return host.perform(action);
    }
  }
}
