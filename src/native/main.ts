import { parseCommand } from '../cli/parse.ts';
import { renderUsage } from '../cli/usage.ts';
import type { Command } from '../cli/command.ts';
import { toPid } from '../core/ids.ts';
import type { Facts, TerminalFacts } from '../core/setup.ts';
import { Driver } from '../host/driver.ts';
import { Logger } from '../report/logger.ts';
import { failOnDemand } from './fail-on-demand.ts';
import { NativeHost } from './native-host.ts';

/** From package.json, put in by the build. */
declare const __VERSION__: string;
declare const __LICENSE__: string;
/** Whether this is the build that fails where a test asks it to. */
declare const __TEST__: boolean;

const STDOUT = 1;
const STDERR = 2;
const USAGE_ERROR = 1;

function terminalFacts(fd: number): TerminalFacts {
  return {
    fd,
    isControlling: sys.tcgetsid(fd) === sys.getsid(0),
    isForeground: sys.tcgetpgrp(fd) === sys.getpgid(0),
  };
}

function gatherFacts(): Facts {
  const parent = sys.getppid();
  return {
    self: toPid(sys.getpid()),
    parent: toPid(parent),
    terminals: [0, 1, 2].map(terminalFacts),
    canBeContinued: parent !== 0 && sys.getsid(parent) === sys.getsid(0) && sys.getpgid(parent) !== sys.getpgid(0),
    hasProc: typeof sys.readLink('/proc/self') === 'string',
  };
}

/** Writes everything, as a program does that is about to end anyway. */
function print(fd: number, text: string): void {
  for (let rest = text; rest !== '';) {
    const written = sys.write(fd, rest);
    if (written <= 0) return;
    rest = rest.slice(written);
  }
}

function run({ options, output, program }: Extract<Command, { type: 'run' }>): never {
  const setup = { options, facts: gatherFacts() };
  const wording = { program: sys.argv[program] ?? '', describeErrno: (errno: number) => sys.strerror(errno) };
  const logger = new Logger(output, wording, (line) => sys.write(STDERR, line) === line.length);
  const host = new NativeHost(setup, program, logger);
  const driver = new Driver(setup, __TEST__ ? failOnDemand(host) : host);
  for (;;) for (const event of host.wait(driver.deadline)) driver.dispatch(event);
}

function main(): never {
  const command = parseCommand(sys.argv, (name) => sys.getenv(name));
  switch (command.type) {
    case 'run':
      return run(command);
    case 'help':
      print(STDOUT, renderUsage());
      return sys.exit(0);
    case 'version':
      print(STDOUT, `drainit version ${__VERSION__}\n`);
      return sys.exit(0);
    case 'license':
      print(STDOUT, __LICENSE__);
      return sys.exit(0);
    case 'invalid':
      for (const problem of command.problems) print(STDERR, `drainit: ${problem}\n`);
      return sys.exit(USAGE_ERROR);
  }
}

// The shim calls it, once the snapshot of everything above is back in memory.
Object.assign(globalThis, { main });
