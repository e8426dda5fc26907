import { isatty } from 'node:tty';
import { constants } from 'node:os';
import type { Command } from '../cli/command.ts';
import { type Event } from '../core/event.ts';
import { type Pid, toPid, toSignal } from '../core/ids.ts';
import type { Note } from '../core/note.ts';
import { begin } from '../core/begin.ts';
import type { Service } from '../core/services/service.ts';
import { beginServices, forServices } from '../core/services/step.ts';
import { step } from '../core/step.ts';
import { forProgram } from '../host/driver.ts';
import type { Facts, TerminalFacts } from '../core/setup.ts';
import type { WaitStatus } from '../core/wait-status.ts';
import { failOnDemand, readArming } from '../host/fail-on-demand.ts';
import type { Host } from '../host/host.ts';
import { isJob } from '../host/job-control.ts';
import { Logger } from '../report/logger.ts';
import { renderNote, renderServiceNote } from '../report/render-note.ts';
import { Children } from './children.ts';
import { Drive, LONGEST_TIMER } from './drive.ts';
import type { Libc } from './libc.ts';
import { loadLibc } from './load-libc.ts';
import { leave } from './leave.ts';
import { NodeHost } from './node-host.ts';
import { takeOver } from './plain-init.ts';
import { isOwnProc, readProcess } from './proc.ts';
import { describeErrno } from './runnable.ts';
import type { Signals } from './signals.ts';
import { StandardError } from './standard-error.ts';

/** Whether this is the build that fails where a test asks it to. */
declare const __TEST__: boolean;

/** Without waitpid(2) nothing tells that the last orphan has ended: it is looked for so often, once main has. */
const LOOK_PERIOD = 100;

/** Without /proc nothing tells that at all: PID 1 gives them so long then, and the grace period, where there is one. */
const UNSEEN_TIME = 10_000;

/** Standard input, output and error. */
const STANDARD = [0, 1, 2];

function gatherFacts(libc: Libc | null): Facts {
  const parent = process.ppid;
  const terminals: TerminalFacts[] = [];
  let canBeContinued = false;
  // Most containers have none, and need not ask the C library then.
  if (libc !== null && STANDARD.some(isatty)) {
    const session = libc.getsid(0);
    const group = libc.getpgid(0);
    for (const fd of STANDARD) {
      if (libc.tcgetsid(fd) === session) terminals.push({ fd, isForeground: libc.tcgetpgrp(fd) === group });
    }
    canBeContinued = isJob({
      getpgid: (pid) => libc.getpgid(pid),
      getsid: (pid) => libc.getsid(pid),
      parentOf: (pid) => (pid === 0 ? parent : (readProcess(toPid(pid))?.parent ?? 0)),
    });
  }
  return {
    self: toPid(process.pid),
    parent: toPid(parent),
    terminals,
    canBeContinued,
    hasProc: isOwnProc(),
    adopts: libc !== null || process.pid === 1,
  };
}

/** What the plain init must know of the main program, read off the events that go by. */
class MainWatch {
  pid: Pid | null = null;
  status: WaitStatus | null = null;

  see(event: Event): void {
    if (event.type === 'started') this.pid = event.pid;
    if (event.type === 'servicesStarted') this.pid ??= event.results.find(({ pid }) => pid !== null)?.pid ?? null;
    if (event.type !== 'reaped') return;
    for (const { pid, status } of event.ended) if (pid === this.pid) this.status ??= status;
  }
}

/** What the command line asks to be run. */
export interface Work extends Pick<Extract<Command, { type: 'run' }>, 'options' | 'output'> {
  /** The program of the command line; empty where there are services. */
  readonly words: readonly string[];
  /** Those of a start file. */
  readonly services: readonly Service[] | null;
  /** Put the name of its service before each line of output. */
  readonly isPrefixed: boolean;
}

/** Runs it. Does not return: the process exits with the program's status. */
export function run({ options, output, words, services, isPrefixed }: Work, signals: Signals): void {
  const loaded = loadLibc();
  const libc = typeof loaded === 'string' ? null : loaded;
  // What is there will be seen again; where there never is a table the end of an orphan is not known.
  const unseenTime = isOwnProc() ? Infinity : UNSEEN_TIME + (typeof options.grace === 'number' ? options.grace : 0);
  const children = new Children(libc, unseenTime);
  const watch = new MainWatch();
  const standardError = new StandardError(libc, () => signals.expect(toSignal(constants.signals.SIGPIPE)));
  let onChild = (): void => undefined;
  let hasFailed = false;

  process.on('SIGCHLD', () => onChild());
  const survive = (reason: unknown): void => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message).split('\n', 2).join(' ') : String(reason);
    const rest = watch.pid === null ? '' : '; continuing as a plain init';
    standardError.write(`drainit: internal error: ${text}${rest}\n`);
    if (watch.pid === null) leave(1);
    hasFailed = true;
    drive.end();
    const relay = host.leaveOutputs();
    onChild = takeOver({ children, signals, main: watch.pid, status: watch.status, owed: host.owed, relay });
  };
  process.on('uncaughtException', survive);
  process.on('unhandledRejection', survive);
  // Signal handlers alone do not keep Node running, and without a C library orphans have to be looked for.
  setInterval(
    () => {
      if (libc === null && watch.status !== null) onChild();
    },
    libc === null ? LOOK_PERIOD : LONGEST_TIMER,
  );

  if (typeof loaded === 'string') {
    const orphans = `orphans are ${process.pid === 1 ? 'waited for, but not reaped' : 'not waited for'}`;
    const others = 'real-time signals are not passed on, and a terminal is not handed over';
    standardError.write(`drainit: no C library (${loaded}): ${orphans}, ${others}\n`);
  } else {
    // Before the program is there: whoever sees it may send it something.
    signals.extend(loaded);
  }

  const wording = {
    program: words[0] ?? '',
    describeErrno,
    format: output.format,
  };
  const render = (note: Note, service?: string): string =>
    service === undefined ? renderNote(note, wording) : renderServiceNote(note, service, wording);
  const logger = new Logger(output, render, (line, mayWait) => standardError.write(line, mayWait));
  const setup = { options, facts: gatherFacts(libc) };

  const dispatch = (event: Event): void => {
    watch.see(event);
    if (!hasFailed) drive.dispatch(event);
  };
  const host = new NodeHost({
    setup,
    words,
    services: services ?? [],
    logger,
    libc,
    children,
    signals,
    dispatch,
    look: () => onChild(),
  });
  const watched: Host = {
    now: () => host.now(),
    owe: (signal) => host.owe(signal),
    perform: (action) => {
      // Without the C library all that it costs has been said in one line.
      if (libc === null && action.type === 'becomeSubreaper') return undefined;
      const event = host.perform(action);
      if (action.type === 'signalEverything') children.endUnseen();
      if (event !== undefined) watch.see(event);
      return event;
    },
  };
  const armed = __TEST__ ? failOnDemand(watched, readArming(process.env)) : watched;
  const drive =
    services === null
      ? new Drive(armed, forProgram(step), () => begin(setup))
      : new Drive(armed, forServices, () => beginServices(setup, services, armed.now(), isPrefixed));
  onChild = () => dispatch(host.harvest(() => setImmediate(() => onChild())));
  drive.begin();
  signals.handTo((arrivals) => dispatch({ type: 'signals', arrivals, isForeground: host.isForeground() }));
  onChild();
}
