import type { Variables } from '../cli/environment.ts';
import { findHookProblem } from '../cli/hook-problem.ts';
import { parsePlain } from '../cli/plain.ts';
import type { Command, Output } from '../cli/command.ts';
import { begin } from '../core/begin.ts';
import type { Event } from '../core/event.ts';
import { toMillis, toPid, toStartTime } from '../core/ids.ts';
import { unchanged } from '../core/outcome.ts';
import { stepInRoutine } from '../core/routine.ts';
import type { Problem } from '../cli/problem.ts';
import type { Facts, Options, TerminalFacts } from '../core/setup.ts';
import type { Step } from '../core/step.ts';
import { decodeWaitStatus } from '../core/wait-status.ts';
import { Driver, forProgram } from '../host/driver.ts';
import type { Host } from '../host/host.ts';
import { isJob } from '../host/job-control.ts';
import type { Note } from '../core/note.ts';
import { Logger } from '../report/logger.ts';
import { failOnDemand, readArming } from '../host/fail-on-demand.ts';
import { NativeHost } from './native-host.ts';
import type { CarryOut } from './carry-out.ts';
import type { Decisions } from './decisions.ts';
import type { OptionsProgram } from './options.ts';
import type { ServicesProgram } from './services.ts';
import type { Texts } from './texts.ts';

/** From package.json, put in by the build. */
declare const __VERSION__: string;
/** Whether this is the build that fails where a test asks it to. */
declare const __TEST__: boolean;

const STDOUT = 1;
const STDERR = 2;
const USAGE_ERROR = 1;

/** What the other programs of this binary leave in the global object. */
interface Programs {
  readonly texts?: Texts;
  readonly decisions?: Decisions;
  readonly options?: OptionsProgram;
  readonly services?: ServicesProgram;
}

/** One of them, loaded when it is first needed. */
function load<Name extends keyof Programs>(name: Name): NonNullable<Programs[Name]> {
  const programs = globalThis as Programs;
  if (programs[name] === undefined) sys.load(name);
  const program = programs[name];
  if (program === undefined) throw new Error(`${name} is missing`);
  return program;
}

/** The core's step, of which nothing but the routine is in memory before it is needed. */
const step: Step = (state, moment) => {
  const routine = stepInRoutine(state, moment);
  if (routine !== null) return routine;
  const { decide, isReportDue } = load('decisions');
  const outcome = decide(state, moment);
  return isReportDue(outcome.state) ? load('texts').addReport(outcome, moment.at) : outcome;
};

function parentOf(pid: number): number {
  if (pid === 0) return sys.getppid();
  const row = sys.readStat(pid);
  return typeof row === 'number' ? 0 : row[2];
}

function gatherFacts(): Facts {
  const session = sys.getsid(0);
  const group = sys.getpgid(0);
  const terminals: TerminalFacts[] = [];
  for (let fd = 0; fd <= STDERR; fd += 1) {
    if (sys.tcgetsid(fd) === session) terminals.push({ fd, isForeground: sys.tcgetpgrp(fd) === group });
  }
  return {
    self: toPid(sys.getpid()),
    parent: toPid(sys.getppid()),
    terminals,
    // Most containers have no terminal, and need not ask then.
    canBeContinued: terminals.length > 0 && isJob({ getpgid: sys.getpgid, getsid: sys.getsid, parentOf }),
    // The /proc of another PID namespace has other processes by the same numbers.
    hasProc: sys.readLink('/proc/self') === String(sys.getpid()),
    adopts: true,
  };
}

/** The environment by name, or those variables of it that drainit may listen to. */
function gatherVariables(all: boolean): Variables {
  const known = new Map<string, string>();
  const variables = sys.variables(all);
  if (variables.length === 0) return known;
  for (const variable of variables) {
    const end = variable.indexOf('=');
    known.set(variable.slice(0, end), variable.slice(end + 1));
  }
  return known;
}

/** Writes everything, as a program does that is about to end anyway. */
function print(fd: number, text: string): void {
  for (let rest = text; rest !== '';) {
    const written = sys.write(fd, rest);
    if (written <= 0) return;
    rest = rest.slice(written);
  }
}

function whyNotRunnable(name: string): string | undefined {
  const result = sys.findProgram(name);
  return result === 0 ? undefined : sys.strerror(-result);
}

function refuse(problems: readonly Problem[]): never {
  for (const problem of problems) print(STDERR, `drainit: ${load('texts').renderProblem(problem)}\n`);
  return sys.exit(USAGE_ERROR);
}

/** Before anything is started. */
function checkHook(options: Options, as: string): void {
  const problem = findHookProblem(options, as, whyNotRunnable);
  if (problem !== undefined) refuse([problem]);
}

function prepare(options: Options, output: Output, program: number) {
  const setup = { options, facts: gatherFacts() };
  const wording = {
    program: sys.argv[program] ?? '',
    describeErrno: (errno: number) => sys.strerror(errno),
    format: output.format,
  };
  const render = (note: Note, service?: string): string =>
    service === undefined
      ? load('texts').renderNote(note, wording)
      : load('texts').renderServiceNote(note, service, wording);
  const logger = new Logger(output, render, (line, mayWait) => load('texts').writeLine(line, mayWait));
  const carryOut: CarryOut = (action, facts) => load('decisions').carryOut(action, facts);
  return { setup, host: new NativeHost(setup, program, logger, carryOut) };
}

/** In the build that fails where a test asks it to. */
function arm(host: Host): Host {
  return __TEST__ ? failOnDemand(host, readArming(Object.fromEntries(gatherVariables(false)))) : host;
}

function run({ options, output, hook, program }: Extract<Command, { type: 'run' }>): never {
  checkHook(options, hook);
  const { setup, host } = prepare(options, output, program);
  const driver = new Driver(arm(host), forProgram(step), begin(setup));
  const dispatch = (event: Event): void => driver.dispatch(event);
  for (;;) host.wait(driver.deadline, driver.mindsOrphans, dispatch);
}

/** What the program for start files needs of this one. */
const tools = {
  arm,
  checkHook,
  gatherVariables,
  whyNotRunnable,
  prepare,
  refuse,
  print,
  loadTexts: () => load('texts'),
};

export type Tools = typeof tools;

function main(): never {
  const variables = gatherVariables(false);
  const command = parsePlain(sys.argv, variables) ?? load('options').parseCommand(sys.argv, variables);
  switch (command.type) {
    case 'run':
      return run(command);
    case 'runFile':
      load('decisions');
      return load('services').runFile(command, tools);
    case 'help':
      print(STDOUT, load('texts').renderUsage());
      return sys.exit(0);
    case 'version':
      print(STDOUT, `drainit version ${__VERSION__}\n`);
      return sys.exit(0);
    case 'license':
      print(STDOUT, load('texts').license);
      return sys.exit(0);
    case 'invalid':
      return refuse(command.problems);
  }
}

/**
 * A life of drainit in which nothing happens, lived while the build makes the snapshot: the engine then has made what it
 * makes on first use (built-in methods, the shapes of objects), and each start is spared that. What is returned is kept,
 * so that the shapes are.
 */
function rehearse(): unknown {
  const command = parsePlain(['drainit', '--', 'true'], new Map());
  const facts: Facts = {
    self: toPid(1),
    parent: toPid(0),
    terminals: [],
    canBeContinued: false,
    hasProc: true,
    adopts: true,
  };
  if (command?.type !== 'run') return command;
  const setup = { options: command.options, facts };
  const pid = toPid(2);
  const logger = new Logger(
    { ...command.output, verbosity: 2 },
    () => '',
    () => true,
  );
  const host = new NativeHost(setup, 0, logger, () => undefined);
  const stage: Host = {
    now: () => toMillis(0),
    owe: () => undefined,
    perform: (action) => {
      if (action.type === 'note') logger.log(action.note);
      return action.type === 'start' ? { type: 'started', pid } : undefined;
    },
  };
  const driver = new Driver(
    stage,
    forProgram((state, moment) => stepInRoutine(state, moment) ?? unchanged(state)),
    begin(setup),
  );
  const ended = [{ pid, status: decodeWaitStatus(0) }];
  const events: Event[] = [
    { type: 'reaped', ended: [], stopped: [], isLast: false, boottime: toStartTime(0), isForeground: false },
    { type: 'reaped', ended, stopped: [], isLast: true, boottime: toStartTime(0), isForeground: false },
  ];
  for (const event of events) driver.dispatch(event);
  return [command, facts, driver, host, events];
}

// The shim calls it, once the snapshot of everything above is back in memory.
Object.assign(globalThis, { main, rehearsal: rehearse() });
