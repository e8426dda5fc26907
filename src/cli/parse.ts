import { durationExample, parseDuration } from '../config/duration.ts';
import type { Signal } from '../core/ids.ts';
import type { Audience, Options } from '../core/setup.ts';
import { KILL, STOP, parseSignal, signalNames } from '../core/signal.ts';
import type { Command, Output } from './command.ts';
import { type Variables, readEnvironment } from './environment.ts';
import { findNearest } from './nearest.ts';
import type { OptionKey } from './options.ts';
import { type Given, splitWords } from './words.ts';

/** A value, or what is wrong with it. */
type Read<T> = { readonly value: T } | { readonly problem: string };

const AUDIENCES: Partial<Record<OptionKey, Audience>> = { singleChild: 'main', group: 'group', all: 'all' };

function readSignal(as: string, text: string): Read<Signal> {
  const signal = parseSignal(text);
  if (signal !== undefined) return { value: signal };
  const upper = text.toUpperCase();
  const nearest = findNearest(upper.startsWith('SIG') ? upper.slice(3) : upper, signalNames);
  const hint =
    nearest === undefined ? 'write a name such as TERM or a number from 1 to 64' : `did you mean ${nearest}?`;
  return { problem: `${as}: '${text}' is not a signal: ${hint}` };
}

function readRewrite({ as, value }: Given): Read<readonly [Signal, Signal | null]> {
  const parts = value.split(':');
  if (parts.length !== 2) return { problem: `${as}: '${value}' is not FROM:TO: write two signals, such as TERM:QUIT` };
  const [fromText = '', toText = ''] = parts;
  const from = readSignal(as, fromText);
  if ('problem' in from) return from;
  if (from.value === KILL || from.value === STOP) {
    return { problem: `${as}: '${fromText}' cannot be rewritten: no process can catch KILL or STOP` };
  }
  if (toText === '0') return { value: [from.value, null] };
  const to = readSignal(as, toText);
  return 'problem' in to ? to : { value: [from.value, to.value] };
}

function readStatus({ as, value }: Given): Read<number> {
  const status = Number(value);
  const isStatus = value !== '' && Number.isInteger(status) && status >= 0 && status <= 255;
  return isStatus
    ? { value: status }
    : { problem: `${as}: '${value}' is not an exit status: write a number from 0 to 255` };
}

function readGrace({ as, value }: Given): Read<Options['grace']> {
  if (value === 'none') return { value: 'none' };
  const duration = parseDuration(value);
  return duration === undefined
    ? { problem: `${as}: '${value}' is not a duration: write ${durationExample}, or none` }
    : { value: duration };
}

function readFormat({ as, value }: Given): Read<Output['format']> {
  return value === 'text' || value === 'json'
    ? { value }
    : { problem: `${as}: '${value}' is not a format: write text or json` };
}

/** Defaults of the program that we were started as: `dumb-init` means its habits. */
function defaultsFor(
  name: string,
  variables: Variables,
): { readonly audience: Audience; readonly newSession: boolean } {
  const isDumbInit = name.slice(name.lastIndexOf('/') + 1) === 'dumb-init' && variables.get('DUMB_INIT_SETSID') !== '0';
  return isDumbInit ? { audience: 'group', newSession: true } : { audience: 'programs', newSession: false };
}

/** Several options that exclude each other, from one source. */
function findClash(given: readonly Given[]): string | undefined {
  const first = given.find(({ key }) => AUDIENCES[key] !== undefined);
  const other = given.find(({ key }) => AUDIENCES[key] !== undefined && key !== first?.key);
  return first === undefined || other === undefined
    ? undefined
    : `${first.as} and ${other.as} exclude each other: give one of them`;
}

/** The options while they are put together. */
interface Draft {
  audience: Audience;
  newSession: boolean;
  grace: Options['grace'];
  parentDeathSignal: Signal | null;
  reportsReaping: boolean;
  verbosity: number;
  format: Output['format'];
  readonly rewrites: Map<Signal, Signal | null>;
  readonly remapped: Set<number>;
  readonly problems: string[];
}

function take<T>({ problems }: Draft, read: Read<T>, use: (value: T) => void): void {
  if ('problem' in read) problems.push(read.problem);
  else use(read.value);
}

const nothing = (): void => undefined;

/** What each option does to the draft. */
const TAKERS: Record<OptionKey, (draft: Draft, given: Given) => void> = {
  singleChild: (draft) => {
    draft.audience = 'main';
    draft.newSession = false;
  },
  group: (draft) => {
    draft.audience = 'group';
  },
  all: (draft) => {
    draft.audience = 'all';
  },
  rewrite: (draft, given) => take(draft, readRewrite(given), ([from, to]) => draft.rewrites.set(from, to)),
  grace: (draft, given) => take(draft, readGrace(given), (value) => (draft.grace = value)),
  remapExit: (draft, given) => take(draft, readStatus(given), (value) => draft.remapped.add(value)),
  parentDeath: (draft, { as, value }) =>
    take(draft, readSignal(as, value), (signal) => (draft.parentDeathSignal = signal)),
  verbose: (draft) => {
    draft.verbosity += 1;
  },
  warnReaped: (draft) => {
    draft.reportsReaping = true;
  },
  logFormat: (draft, given) => take(draft, readFormat(given), (value) => (draft.format = value)),
  // tini asks for it; drainit is one by itself.
  subreaper: nothing,
  help: nothing,
  version: nothing,
  license: nothing,
};

/**
 * Reads the command line and the environment.
 *
 * @param argv with the name that we were started by at 0
 * @param variables of the environment, as far as they may mean something to drainit
 * @returns what to do; never throws
 */
export function parseCommand(argv: readonly string[], variables: Variables): Command {
  const words = splitWords(argv);
  for (const { key } of words.given) if (key === 'help' || key === 'version' || key === 'license') return { type: key };

  const draft: Draft = {
    ...defaultsFor(argv[0] ?? '', variables),
    grace: 'stragglers',
    parentDeathSignal: null,
    reportsReaping: false,
    verbosity: 0,
    format: 'text',
    rewrites: new Map(),
    remapped: new Set(),
    problems: [...words.problems],
  };
  const { problems } = draft;
  const environment: Given[] = [];
  for (const read of readEnvironment(variables)) {
    if (typeof read === 'string') problems.push(read);
    else environment.push(...read);
  }
  const clash = findClash(words.given) ?? findClash(environment);
  if (clash !== undefined) problems.push(clash);
  // The later ones over the earlier, and the command line over the environment.
  for (const given of environment) TAKERS[given.key](draft, given);
  for (const given of words.given) TAKERS[given.key](draft, given);

  if (problems.length === 0 && words.operand >= argv.length) {
    problems.push('no program given: write drainit [options] [--] program [arguments], or see drainit --help');
  }
  if (problems.length > 0) return { type: 'invalid', problems };
  const { verbosity, format, problems: _, ...options } = draft;
  return { type: 'run', options, output: { verbosity, format }, program: words.operand };
}
