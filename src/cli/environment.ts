import { type OptionKey, optionKeys, specOf, variableOf } from './options.ts';
import type { Problem } from './problem.ts';
import type { Given } from './words.ts';

/** Variables of the environment by name, at least those whose names start with `DRAINIT_`, `TINI_` or `DUMB_INIT_`. */
export type Variables = ReadonlyMap<string, string>;

const ON: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on']);
const OFF: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/** Options that make no sense from the environment. */
const COMMANDS: ReadonlySet<OptionKey> = new Set(['help', 'version', 'license']);

/** Options that may be given several times take a list. */
const LISTS: ReadonlySet<OptionKey> = new Set(['rewrite', 'remapExit']);

const repeat = (given: Given, count: number): readonly Given[] => Array.from({ length: count }, () => given);

function readVerbosity(as: string, value: string, offset: number): readonly Given[] | Problem {
  const level = value === '' ? 0 : Number(value);
  if (!Number.isInteger(level) || level < 0 || level > 9) {
    return { type: 'notALevel', as, value };
  }
  return repeat({ key: 'verbose', as, value: '' }, Math.max(0, level - offset));
}

function readVariable(key: OptionKey, value: string): readonly Given[] | Problem {
  const as = variableOf(key);
  if (key === 'verbose') return readVerbosity(as, value, 0);
  if (specOf(key).value === undefined) {
    if (ON.has(value.toLowerCase())) return [{ key, as, value: '' }];
    return OFF.has(value.toLowerCase()) ? [] : { type: 'notASwitch', as, value };
  }
  if (value === '') return [];
  return (LISTS.has(key) ? value.split(',') : [value]).map((item) => ({ key, as, value: item.trim() }));
}

/** Made while the program is loaded, so that the native host has it in its snapshot and pays nothing for it at its start. */
const KEYS = new Map(optionKeys.filter((key) => !COMMANDS.has(key)).map((key) => [variableOf(key), key]));

/** The options of one variable; or what is wrong with one. Variables that are none of ours are left to whom they belong. */
function readAny(name: string, value: string): readonly Given[] | Problem {
  switch (name) {
    // tini's own: set at all means on (tini README, "Options").
    case 'TINI_SUBREAPER':
      return [{ key: 'subreaper', as: name, value: '' }];
    case 'TINI_KILL_PROCESS_GROUP':
      return [{ key: 'group', as: name, value: '' }];
    case 'TINI_VERBOSITY':
      // tini counts from 1, where it says what is wrong, as we do at 0.
      return readVerbosity(name, value, 1);
    default: {
      const key = KEYS.get(name);
      return key === undefined ? [] : readVariable(key, value);
    }
  }
}

/** The options that the environment gives; or what is wrong with one. The command line is stronger. */
export function readEnvironment(variables: Variables): readonly (readonly Given[] | Problem)[] {
  const read: (readonly Given[] | Problem)[] = [];
  if (variables.size === 0) return read;
  for (const [name, value] of variables) read.push(readAny(name, value));
  return read;
}
