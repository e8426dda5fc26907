import type { Command } from '../cli/command.ts';
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
import { Driver } from '../host/driver.ts';
import type { Host } from '../host/host.ts';
import { startProgram } from './carry-out.ts';
import type { NativeHost } from './native-host.ts';
import type { Tools } from './main.ts';

/** Starts services; all else is done by the host that it is wrapped round. */
class ServicesHost implements Host {
  private readonly host: Host;
  private readonly services: readonly Service[];

  constructor(host: Host, services: readonly Service[]) {
    this.host = host;
    this.services = services;
  }

  now() {
    return this.host.now();
  }

  perform(action: Action): Event | undefined {
    if (action.type !== 'startServices') return this.host.perform(action);
    return { type: 'servicesStarted', results: action.services.map((index) => this.start(index)) };
  }

  private start(index: number): StartResult {
    const service = this.services[index];
    const pid = service === undefined ? -1 : startProgram(service.words, service.surroundings);
    return { service: index, pid: pid < 0 ? null : toPid(pid), errno: pid < 0 ? -pid : 0 };
  }
}

/** A start file may not be larger: nobody writes such a one by hand. */
const FILE_LIMIT = 1 << 20;
const STDOUT = 1;
const STDERR = 2;
const USAGE_ERROR = 1;

function runServices(setup: Setup, services: readonly Service[], host: NativeHost, tools: Tools): never {
  const step = (state: ServicesState, moment: Moment): ServicesOutcome => {
    const outcome = stepServices(state, moment);
    const { container } = outcome.state;
    if (!isReportDue(container)) return outcome;
    const { actions } = tools.loadTexts().addReport({ state: container, actions: outcome.actions }, moment.at);
    return { ...outcome, actions };
  };
  const wrapped = new ServicesHost(tools.arm(host), services);
  const machine = { step, deadline, mindsOrphans: () => true };
  const loop = new Driver(wrapped, machine, beginServices(setup, services, wrapped.now()));
  const dispatch = (event: Event): void => loop.dispatch(event);
  for (;;) host.wait(loop.deadline, loop.mindsOrphans, dispatch);
}

/** Starts what a file names, or says what is wrong with it. */
function runFile({ options, output, file, isCheck }: Extract<Command, { type: 'runFile' }>, tools: Tools): never {
  const text = sys.readFile(file, FILE_LIMIT);
  if (typeof text === 'number') {
    return tools.refuse([{ type: 'notReadable', value: file, reason: sys.strerror(-text) }]);
  }
  const read = readStartFile(file, text, options.grace);
  if (read.type === 'invalid') {
    for (const problem of read.problems) {
      tools.print(STDERR, `drainit: ${tools.loadTexts().renderFileProblem(problem)}\n`);
    }
    return sys.exit(USAGE_ERROR);
  }
  if (isCheck) {
    for (const line of describeOrder(read.services)) tools.print(STDOUT, `${line}\n`);
    return sys.exit(0);
  }
  const { setup, host } = tools.prepare(options, output, 0);
  return runServices(setup, read.services, host, tools);
}

const services = { runFile };

/** All that only start files need. */
export type ServicesProgram = typeof services;

// A program of its own, which `sys.load` runs where a start file is given. What `decisions` has it takes from there.
Object.assign(globalThis, { services });
