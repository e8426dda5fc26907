import path from 'node:path';
import { findNearest } from '../cli/nearest.ts';
import type { OptionKey } from '../cli/options.ts';
import { readGiven } from '../cli/parse.ts';
import type { Problem } from '../cli/problem.ts';
import { renderProblem } from '../cli/render-problem.ts';
import type { Given } from '../cli/words.ts';
import { splitCommand } from '../config/command-words.ts';
import type { Signal } from '../core/ids.ts';
import type { Options } from '../core/setup.ts';
import { HUP, INT, KILL, QUIT, STOP, TERM, parseSignal } from '../core/signal.ts';
import { whyNotRunnable } from '../node/runnable.ts';
import type { Surroundings } from '../node/spawn.ts';
import { checkArguments, checkWords, show } from './checks.ts';
import type { SignalName, SuperviseOptions } from './types.ts';

/** What supervise() was asked for. */
export interface Asked {
  readonly words: readonly string[];
  readonly options: Options;
  /** Those that are taken from this process for the programs. */
  readonly signals: readonly Signal[];
  readonly surroundings: Pick<Surroundings, 'cwd' | 'env' | 'stdio'>;
}

const STANDARD_SIGNALS: readonly Signal[] = [TERM, INT, QUIT, HUP];

/** The last that Node can catch. */
const SYS = 31;

type Values = Readonly<Record<string, unknown>>;
type Read = readonly (Given | Problem)[];

const toText = (value: unknown): string => (typeof value === 'string' ? value : show(value));

const readSwitch = (key: OptionKey, value: unknown): Read => (value === true ? [{ key, as: key, value: '' }] : []);

const readText = (key: OptionKey, value: unknown): Read => [{ key, as: key, value: toText(value) }];

const isNumber = (text: string): boolean => /^[\d.]+$/.test(text);

/** Never a number, nor a text that is one: nobody could say whether of seconds or milliseconds. */
const readDuration =
  (type: 'notADrain' | 'notAnInterval' | 'notAGrace') =>
  (key: OptionKey, value: unknown): Read =>
    typeof value === 'string' && !value.split('..').some(isNumber)
      ? readText(key, value)
      : [{ type, as: key, value: toText(value) }];

const readList = (key: OptionKey, value: unknown): Read =>
  (Array.isArray(value) ? value : [value]).flatMap((item) => readText(key, item));

const readRewrites = (key: OptionKey, value: unknown): Read =>
  Object.entries(value as Readonly<Record<string, SignalName | null | undefined>>).flatMap(([from, to]) =>
    to === undefined ? [] : readText(key, `${from}:${to === null ? 0 : toText(to)}`),
  );

const READERS = {
  singleChild: readSwitch,
  group: readSwitch,
  all: readSwitch,
  rewrite: readRewrites,
  drain: readDuration('notADrain'),
  drainSignal: readText,
  preStop: readText,
  preStopTimeout: readDuration('notAnInterval'),
  grace: readDuration('notAGrace'),
  remapExit: readList,
  report: readSwitch,
} as const satisfies Partial<Record<OptionKey, (key: OptionKey, value: unknown) => Read>>;

const OTHERS = ['abortSignal', 'signals', 'cwd', 'env', 'stdio'];
const NAMES = [...Object.keys(READERS), ...OTHERS];

const isReader = (name: string): name is keyof typeof READERS => Object.hasOwn(READERS, name);

function findUnknown(values: Values): readonly string[] {
  return Object.keys(values)
    .filter((name) => !NAMES.includes(name))
    .map((name) => {
      const nearest = findNearest(name, NAMES);
      return `unknown option ${name}: ${nearest === undefined ? `write one of ${NAMES.join(', ')}` : `did you mean ${nearest}?`}`;
    });
}

function readSignals(wanted: SuperviseOptions['signals'], problems: Problem[]): readonly Signal[] {
  if (wanted === undefined || typeof wanted === 'boolean') return wanted === true ? STANDARD_SIGNALS : [];
  const signals = wanted.map(toText).flatMap((text) => {
    const signal = parseSignal(text);
    if (signal === undefined || signal > SYS) problems.push({ type: 'notASignal', as: 'signals', value: text });
    else if (signal === KILL || signal === STOP) problems.push({ type: 'notCatchable', as: 'signals', value: text });
    else return [signal];
    return [];
  });
  return [...new Set(signals)];
}

function readWords(command: string | readonly string[], problems: Problem[]): readonly string[] {
  const words = typeof command === 'string' ? splitCommand(command) : command;
  if (words === undefined) problems.push({ type: 'notACommand', as: 'command', value: String(command) });
  return words ?? [];
}

/** Whether the hook can be run where it will be: in the folder of the program, with its variables. */
function findHookProblems({ preStop = '', cwd = '', env = {} }: SuperviseOptions): readonly Problem[] {
  const [name = ''] = splitCommand(preStop) ?? [];
  if (name === '' || name.includes('\0') || (!name.includes('/') && env['PATH'] !== undefined)) return [];
  const reason = whyNotRunnable(name.includes('/') ? path.resolve(cwd, name) : name);
  return reason === undefined ? [] : [{ type: 'notRunnable', as: 'preStop', value: name, reason }];
}

const findNeedless = ({ preStop, preStopTimeout }: SuperviseOptions): readonly string[] =>
  preStopTimeout === undefined || preStop !== undefined
    ? []
    : ['preStopTimeout is for a hook, and there is none: give preStop as well'];

function readStdio(stdio: SuperviseOptions['stdio'] = 'inherit'): NonNullable<Surroundings['stdio']> {
  return typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio;
}

/**
 * Reads what supervise() was given, by the readers of the command line.
 *
 * @throws TypeError with a line for each thing that is wrong
 */
export function readAsked(command: string | readonly string[], asked: SuperviseOptions): Asked {
  const checked = checkArguments(command, asked);
  const values = checked.options as Values;
  const problems: Problem[] = [];
  const given: Given[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (!isReader(name) || value === undefined) continue;
    for (const read of READERS[name](name, value)) {
      if ('key' in read && !('type' in read)) given.push(read);
      else problems.push(read);
    }
  }
  const words = checked.command === undefined ? [] : readWords(checked.command, problems);
  const signals = readSignals(checked.options.signals, problems);
  const options = readGiven(given);
  if ('length' in options) problems.push(...options);
  problems.push(...findHookProblems(checked.options));
  const lines = [
    ...checked.lines,
    ...findUnknown(values),
    ...checkWords('command', words),
    ...checkWords('preStop', splitCommand(checked.options.preStop ?? '') ?? []),
    ...problems.map(renderProblem),
  ];
  // As on the command line, only where nothing else is wrong.
  if (lines.length === 0) lines.push(...findNeedless(checked.options));
  if ('length' in options || lines.length > 0) throw new TypeError(lines.join('\n'));
  const { cwd, env = {}, stdio } = checked.options;
  // Each orphan that is reaped is an event.
  return {
    words,
    options: { ...options, reportsReaping: true },
    signals,
    surroundings: { cwd, env, stdio: readStdio(stdio) },
  };
}
