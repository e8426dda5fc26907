import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { findHookProblem } from '../cli/hook-problem.ts';
import { parseCommand } from '../cli/parse.ts';
import type { Problem } from '../cli/problem.ts';
import type { Command } from '../cli/command.ts';
import { renderFileProblem } from '../cli/render-file-problem.ts';
import { applySettings } from '../config/settings.ts';
import { readStartFile } from '../config/start-file.ts';
import { describeOrder } from '../core/services/describe-order.ts';
import { renderProblem } from '../cli/render-problem.ts';
import { renderUsage } from '../cli/usage.ts';
import type { Options } from '../core/setup.ts';
import { loadLibc } from './load-libc.ts';
import { run } from './run.ts';
import { describeErrno, whyNotRunnable } from './runnable.ts';
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

/** Before anything is started. */
function checkHook(options: Options, as: string): void {
  const problem = findHookProblem(options, as, whyNotRunnable);
  if (problem !== undefined) refuse([problem]);
}

/** Starts what a file names, or says what is wrong with it. */
function runFile(
  { options, output, hook, file, isCheck, isPrefixed }: Extract<Command, { type: 'runFile' }>,
  signals: Signals,
): void {
  checkHook(options, hook);
  if (isPrefixed && typeof loadLibc() === 'string') refuse([{ type: 'needsLibrary', as: '--prefix' }]);
  const world = { readText: readIfThere, whyNotRunnable, variables: variables(), hasByteStrings: false };
  const read = readStartFile(file, readText(file), options.grace, world);
  if (read.type === 'invalid') {
    for (const problem of read.problems) print(STDERR, `drainit: ${renderFileProblem(problem)}\n`);
    process.exit(USAGE_ERROR);
  }
  if (read.notice !== null) print(STDERR, `drainit: ${read.notice}\n`);
  if (isCheck) {
    for (const line of describeOrder(read.services)) print(STDOUT, `${line}\n`);
    process.exit(0);
  }
  const settled = applySettings(options, read.settings);
  run({ options: settled, output, words: [], services: read.services, isPrefixed }, signals);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    return refuse([{ type: 'notReadable', value: file, reason: describeErrno(-errno) }]);
  }
}

/** The command line, as the native host has it. */
export function main(signals: Signals): void {
  const argv = [path.basename(process.argv[1] ?? 'drainit', '.js'), ...process.argv.slice(2)];
  const command = parseCommand(argv, variables());
  switch (command.type) {
    case 'run': {
      checkHook(command.options, command.hook);
      run({ ...command, words: argv.slice(command.program), services: null, isPrefixed: false }, signals);
      return;
    }
    case 'runFile':
      runFile(command, signals);
      return;
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
