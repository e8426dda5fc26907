import { durationExample } from '../config/duration.ts';
import { signalNames } from '../core/signal.ts';
import { findNearest } from './nearest.ts';
import { optionKeys, specOf } from './options.ts';
import type { Problem } from './problem.ts';

function suggestName(name: string): string {
  const nearest = findNearest(
    name,
    optionKeys.map((key) => specOf(key).name),
  );
  return nearest === undefined ? 'see drainit --help' : `did you mean --${nearest}?`;
}

export function suggestSignal(text: string): string {
  const upper = text.toUpperCase();
  const nearest = findNearest(upper.startsWith('SIG') ? upper.slice(3) : upper, signalNames);
  return nearest === undefined ? 'write a name such as TERM or a number from 1 to 64' : `did you mean ${nearest}?`;
}

export const renderStopping = (as: string, value: string): string =>
  `${as}: '${value}' stops programs, which it is to hold back from: write another, such as USR2`;

export const renderNotRunnable = (as: string, value: string, reason: string): string =>
  `${as}: '${value}' cannot be run: ${reason}: check the path, PATH and the execute permission`;

/** One line that names the option, the value and the fix. */
export function renderProblem(problem: Problem): string {
  switch (problem.type) {
    case 'unknownName':
      return `unknown option --${problem.name}: ${suggestName(problem.name)}`;
    case 'unknownLetter': {
      const place = problem.word.length > 2 ? ` in ${problem.word}` : '';
      return `unknown option -${problem.letter}${place}: see drainit --help`;
    }
    case 'missingValue':
      return `${problem.as} needs a value: ${problem.as} ${specOf(problem.key).value ?? ''}`;
    case 'needlessValue':
      return `${problem.as} takes no value, but was given '${problem.value}': write ${problem.as}`;
    case 'clash':
      return `${problem.as} and ${problem.other} exclude each other: give one of them`;
    case 'noProgram':
      return 'no program given: write drainit [options] [--] program [arguments], or see drainit --help';
    case 'needsLibrary':
      return `${problem.as}: the native binary can do that, or a Node with node:ffi (26): leave it out`;
    case 'withoutHook':
      return `${problem.as} is for a hook, and there is none: write ${problem.as} with --pre-stop COMMAND`;
    case 'withoutFile':
      return `${problem.as} needs a file: write ${problem.as} --file FILE`;
    case 'fileAndProgram':
      return `--file names what to start, and so does '${problem.program}': give one of them`;
    case 'fileAndAudience':
      return '-c, -g and -a choose among the processes of one program: leave them out with --file';
    case 'notReadable':
      return `--file: '${problem.value}' cannot be read: ${problem.reason}`;
    case 'notASignal':
      return `${problem.as}: '${problem.value}' is not a signal: ${suggestSignal(problem.value)}`;
    case 'notARewrite':
      return `${problem.as}: '${problem.value}' is not FROM:TO: write two signals, such as TERM:QUIT`;
    case 'notRewritable':
      return `${problem.as}: '${problem.value}' cannot be rewritten: no process can catch KILL or STOP`;
    case 'notCatchable':
      return `${problem.as}: '${problem.value}' can be caught by no program: write one that can, such as USR2`;
    case 'stopsAlready':
      return renderStopping(problem.as, problem.value);
    case 'notAStatus':
      return `${problem.as}: '${problem.value}' is not an exit status: write a number from 0 to 255`;
    case 'notAGrace':
      return `${problem.as}: '${problem.value}' is not a duration: write ${durationExample}, or none`;
    case 'notRunnable':
      return renderNotRunnable(problem.as, problem.value, problem.reason);
    case 'notAnInterval':
      return `${problem.as}: '${problem.value}' is not a duration above 0: write ${durationExample}`;
    case 'notACommand':
      return `${problem.as}: '${problem.value}' is not a command: write one, and close its quotes`;
    case 'notADrain':
      return `${problem.as}: '${problem.value}' is not a time to hold back: write ${durationExample}, or two such as 5s..20s`;
    case 'backwards':
      return `${problem.as}: '${problem.value}' ends before it begins: write the shorter time first`;
    case 'notAFormat':
      return `${problem.as}: '${problem.value}' is not a format: write text or json`;
    case 'notALevel':
      return `${problem.as} is '${problem.value}': write a number from 0 to 9`;
    case 'notASwitch':
      return `${problem.as} is '${problem.value}': write 1 or 0`;
  }
}
