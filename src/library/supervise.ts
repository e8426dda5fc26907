import { begin } from '../core/begin.ts';
import { step } from '../core/step.ts';
import { forProgram } from '../host/driver.ts';
import type { State } from '../core/state.ts';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { isMainThread } from 'node:worker_threads';
import { renderProblem } from '../cli/render-problem.ts';
import type { Event } from '../core/event.ts';
import { type Signal, toPid } from '../core/ids.ts';
import type { Note } from '../core/note.ts';
import type { Facts } from '../core/setup.ts';
import { KILL, TERM, nameSignal, parseSignal } from '../core/signal.ts';
import { Drive } from '../node/drive.ts';
import { loadLibc } from '../node/load-libc.ts';
import { NodeHost } from '../node/node-host.ts';
import { isOwnProc } from '../node/proc.ts';
import { describeErrno } from '../node/runnable.ts';
import { renderNote } from '../report/render-note.ts';
import { forever, looks, searches } from './clocks.ts';
import { Family } from './family.ts';
import { keepUnread } from './keep-unread.ts';
import { Keyboard } from './keyboard.ts';
import { type Looker, lookSoon } from './looks.ts';
import { LibraryHost } from './library-host.ts';
import { onSignal } from './process-signals.ts';
import { type Asked, readAsked } from './read-options.ts';
import { keepSpare } from './spare.ts';
import { Tally } from './tally.ts';
import { toEvent } from './to-event.ts';
import type { Outcome, SignalName, SuperviseEvent, SuperviseEvents, SuperviseOptions, Supervised } from './types.ts';

/** The command would not look for orphans in /proc. */
const renderNoSubreaper = (errno: number): string =>
  `cannot become a subreaper: ${describeErrno(errno)}; orphans are found in /proc and waited for; how they end is not known`;

const gatherFacts = (): Facts => ({
  self: toPid(process.pid),
  parent: toPid(process.ppid),
  // The terminal is this process's; what stops and continues this process is its own affair.
  terminals: [],
  canBeContinued: false,
  hasProc: isOwnProc(),
  // Or is found, wherever it goes.
  adopts: true,
});

class Supervision extends EventEmitter<SuperviseEvents> implements Supervised {
  private readonly ending = Promise.withResolvers<Outcome>();
  readonly outcome = this.ending.promise;
  private readonly program: string;
  private readonly tally = new Tally();
  private readonly host: NodeHost;
  private readonly guest: LibraryHost;
  private readonly looker: Looker;
  private readonly keyboard = new Keyboard();
  private readonly drive: Drive<State>;
  /** What has to be undone at the end. */
  private readonly undo: (() => void)[] = [];
  stdin: Writable | null = null;
  stdout: Readable | null = null;
  stderr: Readable | null = null;
  private isTaken = false;
  private isOver = false;
  /** By a bug of ours: nobody looks after the programs any more. */
  private isBroken = false;

  constructor({ words, options, surroundings }: Asked) {
    super();
    // Who only listens to events has not asked for it: its rejection must not end the process.
    this.outcome.catch(() => undefined);
    this.program = words[0] ?? '';
    // A worker is told of no SIGCHLD: there libuv waits for the program, and orphans are looked for.
    const loaded = isMainThread ? loadLibc() : 'a worker';
    const libc = typeof loaded === 'string' ? null : loaded;
    this.undo.push(keepSpare());
    const family = new Family(libc);
    this.looker = {
      reap: () => this.attempt(() => family.reap()),
      see: (since) => this.attempt(() => family.see(since)),
      isEmpty: () => family.isEmpty(),
      conclude: () => this.attempt(() => family.conclude(() => this.conclude())),
    };
    const setup = { options, facts: gatherFacts() };
    const env = { ...surroundings.env, ...family.env };
    this.host = new NodeHost({
      setup,
      words,
      libc,
      logger: { log: (note) => this.tell(note) },
      children: family,
      signals: { expect: () => undefined },
      surroundings: { ...surroundings, env, onSpawn: (child) => this.take(child) },
      dispatch: (event) => this.dispatch(event),
      look: () => this.look(),
    });
    this.guest = new LibraryHost({
      host: this.host,
      family,
      libc,
      keyboard: this.keyboard,
      onKill: (row) => this.tally.addKilled([row]),
      onExit: (status) => this.finish(status),
    });
    this.drive = new Drive(this.guest, forProgram(step), () => begin(setup));
    const look = (): void => this.look();
    const lookWhereLost = (): void => this.attempt(() => family.hasLost() && this.look());
    this.undo.push(
      ...(libc === null ? [looks.add(lookWhereLost), searches.add(look)] : [forever.add(look)]),
      () => this.guest.end(),
      () => this.drive.end(),
    );
  }

  get pid(): number | undefined {
    return this.tally.pid;
  }

  begin(signals: readonly Signal[], abortSignal: AbortSignal | undefined): void {
    this.undo.push(onSignal('SIGCHLD', () => this.look()));
    for (const signal of signals) {
      const receive = (): void => {
        this.keyboard.hear(signal);
        this.arrive(signal);
      };
      this.undo.push(onSignal(nameSignal(signal) as NodeJS.Signals, receive));
    }
    const stop = (): void => this.stop();
    abortSignal?.addEventListener('abort', stop, { once: true });
    this.undo.push(() => abortSignal?.removeEventListener('abort', stop));
    this.attempt(() => this.drive.begin());
    this.look();
  }

  stop(): void {
    this.order(TERM);
  }

  send(name: SignalName): void {
    const signal = parseSignal(String(name));
    if (signal === undefined) {
      throw new TypeError(renderProblem({ type: 'notASignal', as: 'send', value: String(name) }));
    }
    if (signal === KILL) this.kill();
    else this.order(signal);
  }

  kill(): void {
    if (this.isBroken) this.guest.signalEverything(KILL);
    this.guest.isKilling = true;
    this.tally.beginKill();
    this.look();
  }

  /** The first that is started is the main program. */
  private take({ stdin, stdout, stderr }: ChildProcess): void {
    if (this.isTaken) return;
    this.isTaken = true;
    this.stdin = stdin;
    this.stdout = keepUnread(stdout);
    this.stderr = keepUnread(stderr);
  }

  private order(signal: Signal): void {
    if (this.isBroken) this.guest.signalEverything(signal);
    this.keyboard.forget(signal);
    this.arrive(signal);
  }

  private arrive(signal: Signal): void {
    this.dispatch({ type: 'signals', arrivals: [{ signal, sender: toPid(0) }], isForeground: false });
  }

  /** Looks for what has ended. */
  private look(): void {
    lookSoon(this.looker);
  }

  private conclude(): void {
    // Again each time: what was being started just then was not there to be killed.
    if (this.guest.isKilling) this.tally.addKilled(this.guest.signalEverything(KILL));
    this.drive.dispatch(this.host.harvest(() => this.look()));
  }

  private dispatch(event: Event): void {
    this.attempt(() => this.drive.dispatch(event));
  }

  /** A bug of ours is no reason for somebody else's process to die. */
  private attempt(work: () => void): void {
    if (this.isOver) return;
    try {
      work();
    } catch (error) {
      this.isBroken = true;
      this.end();
      process.nextTick(() => this.ending.reject(error));
    }
  }

  private tell(note: Note): void {
    this.tally.add(note);
    // As Node does it for children that libuv waits for.
    if (note.type === 'mainEnded') this.stdin?.destroy();
    const wording = { program: this.program, describeErrno, format: 'text' } as const;
    const event = toEvent(note, (it) =>
      it.type === 'refused' && it.refusal.what === 'subreaper' && isOwnProc()
        ? renderNoSubreaper(it.refusal.errno)
        : renderNote(it, wording),
    );
    if (event === undefined) return;
    const emit = this.emit.bind(this) as (name: string, event: SuperviseEvent) => boolean;
    // Later, so that listeners which are added at once miss nothing, and one that throws does not do it here; each by
    // itself, so that it does not keep the others from being told.
    process.nextTick(() => emit('event', event));
    process.nextTick(() => emit(event.type, event));
  }

  private finish(status: number): void {
    this.end();
    const outcome = this.tally.read(status);
    process.nextTick(() => this.ending.resolve(outcome));
  }

  private end(): void {
    this.isOver = true;
    for (const undo of this.undo.splice(0)) undo();
  }
}

/** See `index.ts`. */
export function supervise(command: string | readonly string[], options: SuperviseOptions = {}): Supervised {
  const asked = readAsked(command, options);
  options.abortSignal?.throwIfAborted();
  const supervision = new Supervision(asked);
  supervision.begin(asked.signals, options.abortSignal);
  return supervision;
}
