import { writeSync } from 'node:fs';
import path from 'node:path';
import { findHookProblem } from '../cli/hook-problem.ts';
import { parseCommand } from '../cli/parse.ts';
import type { Problem } from '../cli/problem.ts';
import { renderProblem } from '../cli/render-problem.ts';
import { renderUsage } from '../cli/usage.ts';
import { run } from './run.ts';
import { whyNotRunnable } from './runnable.ts';
import type { Signals } from './signals.ts';

/** From package.json and LICENSE, put in by the build. */
declare const __VERSION__: string;
declare const __LICENSE__: string;

const STDOUT = 1;
const STDERR = 2;
const USAGE_ERROR = 1;

function print(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // Nobody reads, and drainit is about to end anyway.
  }
}

const variables = (): ReadonlyMap<string, string> =>
  new Map(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

function refuse(problems: readonly Problem[]): never {
  for (const problem of problems) print(STDERR, `drainit: ${renderProblem(problem)}\n`);
  process.exit(USAGE_ERROR);
}

/** The command line, as the native host has it. */
export function main(signals: Signals): void {
  const argv = [path.basename(process.argv[1] ?? 'drainit', '.js'), ...process.argv.slice(2)];
  const command = parseCommand(argv, variables());
  switch (command.type) {
    case 'run': {
      const problem = findHookProblem(command.options, whyNotRunnable);
      if (problem !== undefined) refuse([problem]);
      run(command, argv.slice(command.program), signals);
      return;
    }
    case 'help':
      print(STDOUT, renderUsage());
      process.exit(0);
    case 'version':
      print(STDOUT, `drainit version ${__VERSION__}\n`);
      process.exit(0);
    case 'license':
      print(STDOUT, __LICENSE__);
      process.exit(0);
    case 'invalid':
      refuse(command.problems);
  }
}
