import { accessSync, constants } from 'node:fs';
import { constants as system } from 'node:os';
import { inspect } from 'node:util';
import { errnoOf } from '../node/errno.ts';
import { describeErrno } from '../node/runnable.ts';
import type { SuperviseOptions } from './types.ts';

/** What is wrong with a value, if anything is, and the fix. */
type Check = (value: unknown) => readonly string[];

/** What of the arguments has the shape that its readers expect, and a line for each thing that has not. */
export interface Checked {
  readonly command: string | readonly string[] | undefined;
  readonly options: SuperviseOptions;
  readonly lines: readonly string[];
}

/** A value as one would write it, in one line. */
export const show = (value: unknown): string =>
  inspect(value, { depth: 0, compact: true, breakLength: Infinity, maxStringLength: 80, customInspect: false });

const isText = (value: unknown): value is string => typeof value === 'string';
const isStream = (value: unknown): boolean => value === 'inherit' || value === 'ignore' || value === 'pipe';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A collection has its entries elsewhere than in its properties: it would seem to be empty. Not by its class, as below. */
const isDictionary = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && !(Symbol.iterator in value);
// Array.from(): every() passes over holes.
const isCommand = (value: unknown): value is string | readonly string[] =>
  isText(value) || (Array.isArray(value) && value.length > 0 && Array.from(value).every(isText));
/** Not by its class: there are others of that name, as in the contexts of node:vm. */
const isAbortSignal = (value: unknown): boolean =>
  isObject(value) &&
  ['addEventListener', 'removeEventListener', 'throwIfAborted'].every((name) => typeof value[name] === 'function');

const expect =
  (fits: (value: unknown) => boolean, what: string, fix: string): Check =>
  (value) =>
    fits(value) ? [] : [`${show(value)} is not ${what}: write ${fix}`];

const expectSwitch = expect((value) => typeof value === 'boolean', 'a switch', 'true or false');
const expectCommand = expect(isCommand, 'a command', `a list of texts such as ['node', 'app.js'], or one text`);
const expectOptions = expect(isObject, 'an object', `one such as { grace: '25s' }, or leave it out`);
const expectPath = expect(isText, 'the path of a folder', `one such as '/app'`);
const expectVariables = expect(isDictionary, 'an object', `one such as { PORT: '80' }`);

function checkFolder(value: unknown): readonly string[] {
  if (!isText(value)) return expectPath(value);
  try {
    accessSync(value === '' ? value : `${value}/.`, constants.X_OK);
    return [];
  } catch (error) {
    const errno = errnoOf((error as NodeJS.ErrnoException).code) || system.errno.EINVAL;
    const reason = describeErrno(errno);
    return [`the folder ${show(value)} cannot be entered: ${reason}: check the path and its permissions`];
  }
}

/** Ends a text for the kernel: execve(2). */
const NUL = '\0';
const hasNul = (text: string): boolean => text.includes(NUL);

function checkVariables(value: unknown): readonly string[] {
  if (!isDictionary(value)) return expectVariables(value);
  return Object.entries(value).flatMap(([name, text]) => {
    if (name === '' || name.includes('=') || hasNul(name)) {
      return `${show(name)} is not a name: write one such as PORT, without = or NUL`;
    }
    if (text === undefined) return [];
    if (!isText(text))
      return `${name} is ${show(text)}, not a text: write one such as '80', or undefined to take it out`;
    return hasNul(text) ? `${name} is ${show(text)}, which has a NUL in it: take that out` : [];
  });
}

/** What is wrong with words that are to be started, each with the option that they are from. */
export function checkWords(name: string, words: readonly string[]): readonly string[] {
  const empty = words[0] === '' ? [`${name}: the program is '': write its name or its path`] : [];
  return [...empty, ...words.filter(hasNul).map((word) => `${name}: ${show(word)} has a NUL in it: take that out`)];
}

const CHECKS: { readonly [Name in keyof SuperviseOptions]: Check } = {
  singleChild: expectSwitch,
  group: expectSwitch,
  all: expectSwitch,
  rewrite: expect(isDictionary, 'an object', `one such as { TERM: 'QUIT' }`),
  preStop: expect(isText, 'a text', `the command as one, such as 'sleep 5'`),
  report: expectSwitch,
  abortSignal: expect(isAbortSignal, 'an AbortSignal', 'the signal of an AbortController'),
  signals: expect(
    (value) => typeof value === 'boolean' || (Array.isArray(value) && !Array.from(value).includes(undefined)),
    'true, false or a list',
    `true, or a list such as ['TERM', 'INT']`,
  ),
  cwd: checkFolder,
  env: checkVariables,
  stdio: expect(
    (value) => isStream(value) || (Array.isArray(value) && value.length === 3 && Array.from(value).every(isStream)),
    'what standard input, output and error can be',
    `'inherit', 'ignore' or 'pipe', or a list of three of them`,
  ),
};

const isChecked = (name: string): name is keyof typeof CHECKS => Object.hasOwn(CHECKS, name);

/** Looks at what the types of supervise() say, for those who have not asked them. */
export function checkArguments(command: unknown, options: unknown): Checked {
  const lines: string[] = [];
  const passes = (name: string, value: unknown, check: Check | undefined): boolean => {
    const wrong = check?.(value) ?? [];
    lines.push(...wrong.map((line) => `${name}: ${line}`));
    return wrong.length === 0;
  };
  const hasCommand = passes('command', command, expectCommand);
  const given = passes('options', options, expectOptions) ? Object.entries(options as SuperviseOptions) : [];
  const fitting = given.filter(
    ([name, value]) => value === undefined || passes(name, value, isChecked(name) ? CHECKS[name] : undefined),
  );
  return {
    command: hasCommand && isCommand(command) ? command : undefined,
    options: Object.fromEntries(fitting),
    lines,
  };
}
