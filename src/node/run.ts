import { readlinkSync } from 'node:fs';
import type { Command } from '../cli/command.ts';
import { type Event } from '../core/event.ts';
import { type Pid, toPid } from '../core/ids.ts';
import type { Note } from '../core/note.ts';
import type { Facts, TerminalFacts } from '../core/setup.ts';
import type { WaitStatus } from '../core/wait-status.ts';
import { step } from '../core/step.ts';
import { Driver } from '../host/driver.ts';
import { Logger } from '../report/logger.ts';
import { renderNote } from '../report/render-note.ts';
import { Children } from './children.ts';
import { type Libc, loadLibc } from './libc.ts';
import { NodeHost } from './node-host.ts';
import { takeOver } from './plain-init.ts';
import type { Signals } from './signals.ts';
import { writeLine } from './standard-error.ts';
import { getSystemErrorMessage } from 'node:util';

/** Without waitpid(2) nothing tells that the last orphan has ended: it is looked for so often, once main has. */
const LOOK_PERIOD = 100;

/** libuv has the texts of strerror(3), but for the capital. */
export function describeErrno(errno: number): string {
  const text = getSystemErrorMessage(-errno);
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function isOwnProc(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

function gatherFacts(libc: Libc | null): Facts {
  const parent = process.ppid;
  const terminals: TerminalFacts[] = [];
  let canBeContinued = false;
  if (libc !== null) {
    const session = libc.getsid(0);
    const group = libc.getpgid(0);
    for (const fd of [0, 1, 2]) {
      if (libc.tcgetsid(fd) === session) terminals.push({ fd, isForeground: libc.tcgetpgrp(fd) === group });
    }
    canBeContinued = parent !== 0 && libc.getsid(parent) === session && libc.getpgid(parent) !== group;
  }
  return {
    self: toPid(process.pid),
    parent: toPid(parent),
    terminals,
    canBeContinued,
    // The /proc of another PID namespace has other processes by the same numbers.
    hasProc: isOwnProc(),
  };
}

/** What the plain init must know of the main program, read off the events that go by. */
class MainWatch {
  pid: Pid | null = null;
  status: WaitStatus | null = null;

  see(event: Event): void {
    if (event.type === 'started') this.pid = event.pid;
    if (event.type !== 'reaped') return;
    for (const { pid, status } of event.ended) if (pid === this.pid) this.status ??= status;
  }
}

/** Runs a program as the command line says. Does not return: the process exits with the program's status. */
export function run(command: Extract<Command, { type: 'run' }>, words: readonly string[], signals: Signals): void {
  const loaded = loadLibc();
  const libc = typeof loaded === 'string' ? null : loaded;
  const children = new Children(libc);
  const watch = new MainWatch();
  let onChild = (): void => undefined;

  process.on('SIGCHLD', () => onChild());
  const survive = (reason: unknown): void => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message).split('\n', 2).join(' ') : String(reason);
    const rest = watch.pid === null ? '' : '; continuing as a plain init';
    writeLine(libc, `drainit: internal error: ${text}${rest}\n`);
    if (watch.pid === null) process.exit(1);
    onChild = takeOver({ children, signals, main: watch.pid, status: watch.status });
  };
  process.on('uncaughtException', survive);
  process.on('unhandledRejection', survive);

  if (typeof loaded === 'string') {
    const costs = 'adopted orphans are not reaped, and a terminal is not handed over';
    writeLine(libc, `drainit: no C library (${loaded}): ${costs}\n`);
  } else {
    signals.extend(loaded);
  }

  const wording = {
    program: words[0] ?? '',
    describeErrno,
  };
  const render = (note: Note): string => renderNote(note, wording);
  const logger = new Logger(command.output, render, (line) => writeLine(libc, line));
  const setup = { options: command.options, facts: gatherFacts(libc) };

  let driver: Driver | null = null;
  let timer: NodeJS.Timeout | undefined;
  const early: Event[] = [];
  const dispatch = (event: Event): void => {
    watch.see(event);
    if (driver === null) {
      early.push(event);
      return;
    }
    driver.dispatch(event);
    setTimer();
  };
  const host = new NodeHost({ setup, words, logger, libc, children, signals, dispatch });
  const setTimer = (): void => {
    clearTimeout(timer);
    const deadline = driver?.deadline ?? null;
    if (deadline === null) return;
    timer = setTimeout(() => dispatch({ type: 'tick' }), Math.max(0, deadline - host.now()));
  };
  const look = (): void => dispatch(host.harvest(() => setImmediate(look)));
  onChild = look;

  driver = new Driver(setup, { now: () => host.now(), perform: (action) => seen(host.perform(action)) }, step);
  function seen(event: Event | undefined): Event | undefined {
    if (event !== undefined) watch.see(event);
    return event;
  }
  for (const event of early) dispatch(event);
  setTimer();
  signals.handTo((arrivals) => dispatch({ type: 'signals', arrivals, isForeground: host.isForeground() }));
  look();
  // Signal handlers alone do not keep Node running, and without a C library orphans have to be looked for.
  setInterval(
    () => {
      if (libc === null && watch.status !== null) look();
    },
    libc === null ? LOOK_PERIOD : 2 ** 31 - 1,
  );
}
