import type { Expected, KeyOwner, PlacedProblem } from '../config/compose-problem.ts';
import { durationExample } from '../config/duration.ts';
import type { EnvironmentFileProblem } from '../config/environment-file.ts';
import { findNearest } from './nearest.ts';
import { renderNotRunnable, renderStopping, suggestSignal } from './render-problem.ts';

const OWNERS: Readonly<Record<KeyOwner, string>> = {
  file: 'a start file',
  service: 'a service',
  depends_on: 'a dependency',
  healthcheck: 'a healthcheck',
  env_file: 'an env_file',
  hook: 'a hook',
  'x-drainit': 'x-drainit',
};

/** What a value should have been, and how to write it. */
const EXPECTED: Readonly<Record<Expected, string>> = {
  file: 'a map: write services: and the services below it',
  services: 'a map: write name: for each service below services:',
  service: 'a service: write its keys below it, such as command: ./app',
  settings: 'a map: write its keys below it, such as drain: 10s',
  text: 'a text: write one value',
  command: 'a command: write one line, or a list of words',
  words: 'a word: write a text for each word',
  shellCommand: 'a command: write one, and close its quotes',
  duration: `a duration: write ${durationExample}`,
  interval: `a duration above 0: write ${durationExample}`,
  drain: `a time to hold back: write ${durationExample}, or two such as 5s..20s`,
  grace: `a duration: write ${durationExample}, or none`,
  count: 'a count: write a number from 1 on',
  switch: 'true or false: write one of them',
  signal: 'a signal',
  restartPolicy: 'a restart policy: write no, always, on-failure, on-failure:5 or unless-stopped',
  dependencies: 'a list of services: write [db, cache], or a map with a condition for each',
  dependency: 'a dependency: write condition: service_started below it',
  condition: 'a condition: write service_started, service_healthy or service_completed_successfully',
  healthCheck: 'a healthcheck: write test: [CMD, program] below it',
  test: 'a test: write a command, [CMD, program, argument], [CMD-SHELL, command] or [NONE]',
  environment: 'a list or a map of variables: write NAME: value below it',
  variable: 'a variable: write NAME=value, or NAME for the one that drainit has',
  variableName: 'the name of a variable: write it without =',
  environmentFile: 'a file: write its path, or path: and required: below it',
  format: 'a format: write raw, or leave it out',
  hooks: 'a list of hooks: write - command: ./hook below it',
  hook: 'a hook: write command: ./hook',
};

function renderKey({ key, owner, known }: Extract<PlacedProblem, { type: 'unknownKey' }>): string {
  const nearest = findNearest(key, known);
  const fix = nearest === undefined ? `write one of ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `'${key}' is not a key of ${OWNERS[owner]}: ${fix}`;
}

function renderService({ name, known }: Extract<PlacedProblem, { type: 'unknownService' }>): string {
  const nearest = findNearest(name, known);
  const fix = nearest === undefined ? 'add it, or write required: false' : `did you mean ${nearest}?`;
  return `depends_on: '${name}' is not a service: ${fix}`;
}

function renderExpected({ as, found, expected }: Extract<PlacedProblem, { type: 'notExpected' }>): string {
  const isText = found.startsWith("'");
  const shown = isText ? `'${shorten(found.slice(1, -1))}'` : found;
  const fix = expected === 'signal' ? `: ${suggestSignal(isText ? found.slice(1, -1) : '')}` : '';
  return `${as}: ${shown} is not ${EXPECTED[expected]}${fix}`;
}

function renderLine({ problem }: EnvironmentFileProblem): string {
  switch (problem.type) {
    case 'notAnAssignment':
      return `'${problem.text}' is not a variable: write NAME=value, or # in front of a comment`;
    case 'quoteNotClosed':
      return `'${problem.text}' has a quote that is not closed`;
    case 'textBehindQuote':
      return `'${problem.text}' is behind the closing quote: put it inside, or # in front of it`;
    case 'notAVariable':
    case 'variableNeeded':
      return render(problem);
  }
}

/** A script of many lines is known by its beginning. */
const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

const isControl = (char: string): boolean => char < ' ';

/** One line, whatever the texts of the file are. */
function escapeControls(text: string): string {
  if (!text.split('').some(isControl)) return text;
  return text
    .split('')
    .map((char) => (isControl(char) ? JSON.stringify(char).slice(1, -1) : char))
    .join('');
}

/** What is wrong at a place in a YAML start file, and the fix. */
export const renderComposeProblem = (problem: PlacedProblem): string => escapeControls(render(problem));

function render(problem: PlacedProblem): string {
  switch (problem.type) {
    case 'syntax':
      return `this is not YAML: ${problem.reason}`;
    case 'duplicateKey':
      return `'${problem.key}' is there already, in line ${problem.firstLine}: leave one of them out`;
    case 'notAKey':
      return 'a key is missing, or is a list or a map: write a text';
    case 'notMergeable':
      return '<<: only maps can be merged: write *name of a map that has &name';
    case 'severalDocuments':
      return 'a second document begins here: leave out what is behind ---';
    case 'tooManyAliases':
      return 'aliases repeat more than 50000 values: write fewer of them';
    case 'unknownAlias':
      return `'*${problem.name}' has no anchor: write &${problem.name} in front of a value above`;
    case 'aliasWithinItself':
      return `'*${problem.name}' is within the value that it stands for: leave it out`;
    case 'unsupportedTag':
      return `'${problem.tag}' is not a tag that is known here: leave it out`;
    case 'notOfItsTag':
      return `'${shorten(problem.text)}' is not what ${problem.tag} says: leave out the tag`;
    case 'notAVariable':
      return `'${shorten(problem.text)}' is not a variable: write \${NAME}, or $$ for a dollar sign`;
    case 'variableNeeded':
      return `the variable ${problem.name} is needed: ${problem.message === '' ? 'set it' : problem.message}`;
    case 'unknownUser':
      return `user: '${problem.name}' is not in /etc/passwd: add it there, or write a number`;
    case 'unknownGroup':
      return `user: '${problem.name}' is not in /etc/group: add it there, or write a number`;
    case 'unknownKey':
      return renderKey(problem);
    case 'unsupportedKey':
      return `'${problem.key}' is not supported: ${problem.fix}`;
    case 'notExpected':
      return renderExpected(problem);
    case 'missingKey':
      return `${problem.as}: ${problem.key} is missing: write ${problem.key}: ${problem.example} below it`;
    case 'nullByte':
      return `${problem.as}: '${shorten(problem.text)}' has a NUL character, which no program can be given: leave it out`;
    case 'openQuote':
      return `${problem.as}: '${shorten(problem.text)}' has a quote that is not closed`;
    case 'backwards':
      return `${problem.as}: '${problem.text}' ends before it begins: write the shorter time first`;
    case 'stopsAlready':
      return renderStopping(problem.as, problem.text);
    case 'notRunnable':
      return renderNotRunnable(problem.as, problem.name, problem.reason);
    case 'notAServiceName':
      return `'${problem.name}' is not a name: use letters, digits, ., _ and -`;
    case 'nothingToRun':
      return `'${problem.name}' has no command: write command or entrypoint below it`;
    case 'environmentFileNotReadable':
      return `env_file: '${problem.path}' cannot be read: check the path, or write required: false`;
    case 'environmentFile':
      return `env_file: ${problem.path}:${problem.problem.line}: ${renderLine(problem.problem)}`;
    case 'unknownService':
      return renderService(problem);
    case 'neverHealthy':
      return `depends_on: '${problem.name}' has no healthcheck, so it is never healthy: give it one, or write service_started`;
    case 'neverCompleted':
      return `depends_on: '${problem.name}' always restarts, so it never completes: let it restart on-failure, or write service_started`;
    case 'cycle':
      return `depends_on: services wait for each other, ${problem.names.join(' -> ')}: leave one of these out`;
  }
}
