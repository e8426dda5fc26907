import type { Command } from '../cli/command.ts';
import { applySettings } from '../config/settings.ts';
import { readStartFile } from '../config/start-file.ts';
import type { Action } from '../core/action.ts';
import { isReportDue } from '../core/chronicle.ts';
import type { Event, Moment, StartResult } from '../core/event.ts';
import { toPid } from '../core/ids.ts';
import { describeOrder } from '../core/services/describe-order.ts';
import type { Service } from '../core/services/service.ts';
import { type ServicesOutcome, type ServicesState, deadline } from '../core/services/state.ts';
import { beginServices, stepServices } from '../core/services/step.ts';
import type { Setup } from '../core/setup.ts';
import { renderPrefixes } from '../report/render-prefixes.ts';
import type { Signal } from '../core/ids.ts';
import { owedStopOfServices } from '../core/services/owed.ts';
import { Driver } from '../host/driver.ts';
import type { Host } from '../host/host.ts';
import { startProgram } from './carry-out.ts';
import type { NativeHost } from './native-host.ts';
import type { Tools } from './main.ts';

const STDOUT = 1;

/** Starts services; all else is done by the host that it is wrapped round. */
class ServicesHost implements Host {
  private readonly host: Host;
  private readonly services: readonly Service[];
  /** NO_COLOR is set: https://no-color.org. */
  private readonly isColourless: boolean;

  constructor(host: Host, services: readonly Service[], isColourless: boolean) {
    this.host = host;
    this.services = services;
    this.isColourless = isColourless;
  }

  now() {
    return this.host.now();
  }

  owe(signal: Signal): void {
    this.host.owe(signal);
  }

  perform(action: Action): Event | undefined {
    if (action.type === 'openOutputs') return this.openOutputs();
    if (action.type === 'endLine') sys.endLine(action.service);
    if (action.type === 'closeOutputs') sys.endRelay();
    if (action.type !== 'startServices') return this.host.perform(action);
    return { type: 'servicesStarted', results: action.services.map((index) => this.start(index)) };
  }

  private openOutputs(): Event {
    const isColoured = sys.isTerminal(STDOUT) && !this.isColourless;
    const pid = sys.startRelay(
      renderPrefixes(
        this.services.map(({ name }) => name),
        isColoured,
      ),
    );
    return pid < 0
      ? { type: 'outputsOpened', pid: null, errno: -pid }
      : { type: 'outputsOpened', pid: toPid(pid), errno: 0 };
  }

  private start(index: number): StartResult {
    const service = this.services[index];
    const pid = service === undefined ? -1 : startProgram(service.words, service.surroundings, index);
    return { service: index, pid: pid < 0 ? null : toPid(pid), errno: pid < 0 ? -pid : 0 };
  }
}

/** A start file may not be larger: nobody writes such a one by hand. */
const FILE_LIMIT = 1 << 20;
const STDERR = 2;
const USAGE_ERROR = 1;

interface ServicesRun {
  readonly setup: Setup;
  readonly services: readonly Service[];
  readonly host: NativeHost;
  readonly isPrefixed: boolean;
  readonly isColourless: boolean;
}

function runServices({ setup, services, host, isPrefixed, isColourless }: ServicesRun, tools: Tools): never {
  const step = (state: ServicesState, moment: Moment): ServicesOutcome => {
    const outcome = stepServices(state, moment);
    const { container } = outcome.state;
    if (!isReportDue(container)) return outcome;
    const { actions } = tools.loadTexts().addReport({ state: container, actions: outcome.actions }, moment.at);
    return { ...outcome, actions };
  };
  const wrapped = new ServicesHost(tools.arm(host), services, isColourless);
  const machine = { step, deadline, mindsOrphans: () => true, owed: owedStopOfServices };
  const loop = new Driver(wrapped, machine, beginServices(setup, services, wrapped.now(), isPrefixed));
  const dispatch = (event: Event): void => loop.dispatch(event);
  for (;;) host.wait(loop.deadline, loop.mindsOrphans, dispatch);
}

function readText(path: string): string | null {
  const text = sys.readFile(path, FILE_LIMIT);
  return typeof text === 'number' ? null : text;
}

/** Starts what a file names, or says what is wrong with it. */
function runFile(
  { options, output, hook, file, isCheck, isPrefixed }: Extract<Command, { type: 'runFile' }>,
  tools: Tools,
): never {
  tools.checkHook(options, hook);
  const text = sys.readFile(file, FILE_LIMIT);
  if (typeof text === 'number') {
    return tools.refuse([{ type: 'notReadable', value: file, reason: sys.strerror(-text) }]);
  }
  const { whyNotRunnable } = tools;
  const world = { readText, whyNotRunnable, variables: tools.gatherVariables(true), hasByteStrings: true };
  const read = readStartFile(file, text, options.grace, world);
  if (read.type === 'invalid') {
    for (const problem of read.problems) {
      tools.print(STDERR, `drainit: ${tools.loadTexts().renderFileProblem(problem)}\n`);
    }
    return sys.exit(USAGE_ERROR);
  }
  if (read.notice !== null) tools.print(STDERR, `drainit: ${read.notice}\n`);
  if (isCheck) {
    for (const line of describeOrder(read.services)) tools.print(STDOUT, `${line}\n`);
    return sys.exit(0);
  }
  const { setup, host } = tools.prepare(applySettings(options, read.settings), output, 0);
  const isColourless = (world.variables.get('NO_COLOR') ?? '') !== '';
  return runServices({ setup, services: read.services, host, isPrefixed, isColourless }, tools);
}

const services = { runFile };

/** All that only start files need. */
export type ServicesProgram = typeof services;

// A program of its own, which `sys.load` runs where a start file is given. What `decisions` has it takes from there.
Object.assign(globalThis, { services });
