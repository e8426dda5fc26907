import { splitCommand } from '../config/command-words.ts';
import { parseDrainTime } from '../config/drain-time.ts';
import { parseDuration, parseInterval } from '../config/duration.ts';
import { HOOK_LIMIT } from '../core/hook-limit.ts';
import type { Millis, Signal } from '../core/ids.ts';
import type { Audience, DrainTime, Options } from '../core/setup.ts';
import { KILL, STOP, isStopSignal, parseSignal } from '../core/signal.ts';
import type { Command, Output } from './command.ts';
import { type Variables, readEnvironment } from './environment.ts';
import type { OptionKey } from './options.ts';
import { defaultOptions, defaultOutput } from './plain.ts';
import type { Problem } from './problem.ts';
import { type Given, splitWords } from './words.ts';

/** A value, or what is wrong with it. */
type Read<T> = { readonly value: T } | { readonly problem: Problem };

const AUDIENCES: Partial<Record<OptionKey, Audience>> = { singleChild: 'main', group: 'group', all: 'all' };

function readSignal(as: string, value: string): Read<Signal> {
  const signal = parseSignal(value);
  return signal === undefined ? { problem: { type: 'notASignal', as, value } } : { value: signal };
}

function readCatchable(as: string, value: string): Read<Signal> {
  const read = readSignal(as, value);
  const isWrong = 'value' in read && (read.value === KILL || read.value === STOP);
  return isWrong ? { problem: { type: 'notCatchable', as, value } } : read;
}

/** A stop signal would end what is to be held. */
function readDrainSignal(as: string, value: string): Read<Signal> {
  const read = readCatchable(as, value);
  return 'value' in read && isStopSignal(read.value) ? { problem: { type: 'stopsAlready', as, value } } : read;
}

function readRewrite({ as, value }: Given): Read<readonly [Signal, Signal | null]> {
  const parts = value.split(':');
  if (parts.length !== 2) return { problem: { type: 'notARewrite', as, value } };
  const [fromText = '', toText = ''] = parts;
  const from = readSignal(as, fromText);
  if ('problem' in from) return from;
  if (from.value === KILL || from.value === STOP) return { problem: { type: 'notRewritable', as, value: fromText } };
  if (toText === '0') return { value: [from.value, null] };
  const to = readSignal(as, toText);
  return 'problem' in to ? to : { value: [from.value, to.value] };
}

function readStatus({ as, value }: Given): Read<number> {
  const status = Number(value);
  const isStatus = value !== '' && Number.isInteger(status) && status >= 0 && status <= 255;
  return isStatus ? { value: status } : { problem: { type: 'notAStatus', as, value } };
}

function readGrace({ as, value }: Given): Read<Options['grace']> {
  const duration = value === 'none' ? value : parseDuration(value);
  return duration === undefined ? { problem: { type: 'notAGrace', as, value } } : { value: duration };
}

function readInterval({ as, value }: Given): Read<Millis> {
  const interval = parseInterval(value);
  return interval === undefined ? { problem: { type: 'notAnInterval', as, value } } : { value: interval };
}

function readCommand({ as, value }: Given): Read<readonly string[]> {
  const words = splitCommand(value);
  return words === undefined ? { problem: { type: 'notACommand', as, value } } : { value: words };
}

function readDrain({ as, value }: Given): Read<DrainTime> {
  const drain = parseDrainTime(value);
  if (drain === undefined) return { problem: { type: 'notADrain', as, value } };
  return drain === 'backwards' ? { problem: { type: 'backwards', as, value } } : { value: drain };
}

function readFormat({ as, value }: Given): Read<Output['format']> {
  const isFormat = value === 'text' || value === 'json';
  return isFormat ? { value } : { problem: { type: 'notAFormat', as, value } };
}

/** Several options that exclude each other, from one source. */
function findClash(given: readonly Given[]): Problem | undefined {
  let first: Given | undefined;
  for (const option of given) {
    if (AUDIENCES[option.key] === undefined || option.key === first?.key) continue;
    if (first !== undefined) return { type: 'clash', as: first.as, other: option.as };
    first = option;
  }
  return undefined;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The options while they are put together. */
interface Draft {
  readonly options: Mutable<Options>;
  readonly output: Mutable<Output>;
  readonly rewrites: Map<Signal, Signal | null>;
  readonly remapped: Set<number>;
  readonly problems: Problem[];
  /** The pre-stop hook, whose command and limit are options of their own. */
  readonly hook: { words: readonly string[] | null; limit: Millis; as: string; limitAs: string | null };
  /** The start file. */
  readonly start: { file: string | null; isCheck: boolean; isPrefixed: boolean };
}

function beginDraft(name: string, variables: Variables): Draft {
  const rewrites = new Map<Signal, Signal | null>();
  const remapped = new Set<number>();
  return {
    options: { ...defaultOptions(name, variables), rewrites, remapped },
    output: { ...defaultOutput },
    rewrites,
    remapped,
    problems: [],
    hook: { words: null, limit: HOOK_LIMIT, as: '', limitAs: null },
    start: { file: null, isCheck: false, isPrefixed: false },
  };
}

function take<T>({ problems }: Draft, read: Read<T>, use: (value: T) => void): void {
  if ('problem' in read) problems.push(read.problem);
  else use(read.value);
}

const nothing = (): void => undefined;

/** What each option does to the draft. */
const TAKERS: Record<OptionKey, (draft: Draft, given: Given) => void> = {
  singleChild: (draft) => {
    draft.options.audience = 'main';
    draft.options.newSession = false;
  },
  group: (draft) => {
    draft.options.audience = 'group';
  },
  all: (draft) => {
    draft.options.audience = 'all';
  },
  rewrite: (draft, given) => take(draft, readRewrite(given), ([from, to]) => draft.rewrites.set(from, to)),
  drain: (draft, given) => take(draft, readDrain(given), (value) => (draft.options.drain = value)),
  drainSignal: (draft, { as, value }) =>
    take(draft, readDrainSignal(as, value), (signal) => (draft.options.drainSignal = signal)),
  preStop: (draft, given) => {
    draft.hook.as = given.as;
    take(draft, readCommand(given), (value) => (draft.hook.words = value));
  },
  preStopTimeout: (draft, given) => {
    draft.hook.limitAs = given.as;
    take(draft, readInterval(given), (value) => (draft.hook.limit = value));
  },
  grace: (draft, given) => take(draft, readGrace(given), (value) => (draft.options.grace = value)),
  remapExit: (draft, given) => take(draft, readStatus(given), (value) => draft.remapped.add(value)),
  parentDeath: (draft, { as, value }) =>
    take(draft, readSignal(as, value), (signal) => (draft.options.parentDeathSignal = signal)),
  file: (draft, { value }) => {
    draft.start.file = value;
  },
  check: (draft) => {
    draft.start.isCheck = true;
  },
  prefix: (draft) => {
    draft.start.isPrefixed = true;
  },
  verbose: (draft) => {
    draft.output.verbosity += 1;
  },
  warnReaped: (draft) => {
    draft.options.reportsReaping = true;
  },
  report: (draft) => {
    draft.options.reportsStop = true;
  },
  logFormat: (draft, given) => take(draft, readFormat(given), (value) => (draft.output.format = value)),
  // tini asks for it; drainit is one by itself.
  subreaper: nothing,
  help: nothing,
  version: nothing,
  license: nothing,
};

function finishHook({ options, hook }: Draft): void {
  if (hook.words !== null) options.preStop = { commands: [{ words: hook.words }], limit: hook.limit };
}

/** Reads options that come neither from a command line nor from the environment; or what is wrong with them. */
export function readGiven(given: readonly Given[]): Options | readonly Problem[] {
  const draft = beginDraft('', new Map());
  const clash = findClash(given);
  if (clash !== undefined) draft.problems.push(clash);
  for (const one of given) TAKERS[one.key](draft, one);
  finishHook(draft);
  return draft.problems.length > 0 ? draft.problems : draft.options;
}

/** A limit on the command line is for a hook; one in the environment of an image may be for a hook that is not there yet. */
function findHookProblems({ hook, start }: Draft): readonly Problem[] {
  const { words, limitAs } = hook;
  const isNeedless = words === null && start.file === null && limitAs?.startsWith('-') === true;
  return isNeedless ? [{ type: 'withoutHook', as: limitAs }] : [];
}

/** There is one thing to start: a program, or what a file names. */
function findStartProblems({ start, options }: Draft, program: string | null): readonly Problem[] {
  if (start.file === null && start.isCheck) return [{ type: 'withoutFile', as: '--check' }];
  if (start.file === null && start.isPrefixed) return [{ type: 'withoutFile', as: '--prefix' }];
  if (start.file === null) return program === null ? [{ type: 'noProgram' }] : [];
  if (program !== null) return [{ type: 'fileAndProgram', program }];
  return options.audience === 'programs' ? [] : [{ type: 'fileAndAudience' }];
}

/**
 * Reads the command line and the environment.
 *
 * @param argv with the name that we were started by at 0
 * @param variables of the environment, as far as they may mean something to drainit
 * @returns what to do; never throws
 */
export function parseCommand(argv: readonly string[], variables: Variables): Command {
  const words = splitWords(argv);
  const draft = beginDraft(argv[0] ?? '', variables);
  const { options, output, problems } = draft;
  problems.push(...words.problems);

  for (const { key } of words.given) {
    if (key === 'help' || key === 'version' || key === 'license') return { type: key };
  }
  const environment: Given[] = [];
  for (const read of readEnvironment(variables)) {
    if ('type' in read) problems.push(read);
    else environment.push(...read);
  }
  const clash = findClash(words.given) ?? findClash(environment);
  if (clash !== undefined) problems.push(clash);
  // The later ones over the earlier, and the command line over the environment.
  for (const given of [...environment, ...words.given]) TAKERS[given.key](draft, given);
  finishHook(draft);

  const { file, isCheck, isPrefixed } = draft.start;
  const hasProgram = words.operand < argv.length;
  if (problems.length === 0) problems.push(...findHookProblems(draft));
  if (problems.length === 0)
    problems.push(...findStartProblems(draft, hasProgram ? (argv[words.operand] ?? '') : null));
  if (problems.length > 0) return { type: 'invalid', problems };
  const hook = draft.hook.as;
  if (file !== null) return { type: 'runFile', options, output, hook, file, isCheck, isPrefixed };
  return { type: 'run', options, output, hook, program: words.operand };
}
