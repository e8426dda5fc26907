import { type OptionKey, optionKeys, specOf, variableOf } from './options.ts';
import type { Given } from './words.ts';

export type GetEnv = (name: string) => string | undefined;

const ON: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on']);
const OFF: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/** Options that make no sense from the environment. */
const COMMANDS: ReadonlySet<OptionKey> = new Set(['help', 'version', 'license']);

/** Options that may be given several times take a list. */
const LISTS: ReadonlySet<OptionKey> = new Set(['rewrite', 'remapExit']);

const repeat = (given: Given, count: number): readonly Given[] => Array.from({ length: count }, () => given);

function readVerbosity(as: string, value: string, offset: number): readonly Given[] | string {
  const level = value === '' ? 0 : Number(value);
  if (!Number.isInteger(level) || level < 0 || level > 9) {
    return `${as} is '${value}': write a number from 0 to 9`;
  }
  return repeat({ key: 'verbose', as, value: '' }, Math.max(0, level - offset));
}

function readVariable(key: OptionKey, value: string): readonly Given[] | string {
  const as = variableOf(key);
  if (key === 'verbose') return readVerbosity(as, value, 0);
  if (specOf(key).value === undefined) {
    if (ON.has(value.toLowerCase())) return [{ key, as, value: '' }];
    return OFF.has(value.toLowerCase()) ? [] : `${as} is '${value}': write 1 or 0`;
  }
  if (value === '') return [];
  return (LISTS.has(key) ? value.split(',') : [value]).map((item) => ({ key, as, value: item.trim() }));
}

/** tini's own variables: set at all means on (tini README, "Options"). */
function readTini(getenv: GetEnv): readonly (readonly Given[] | string)[] {
  const verbosity = getenv('TINI_VERBOSITY');
  return [
    getenv('TINI_SUBREAPER') === undefined ? [] : [{ key: 'subreaper', as: 'TINI_SUBREAPER', value: '' }],
    getenv('TINI_KILL_PROCESS_GROUP') === undefined ? [] : [{ key: 'group', as: 'TINI_KILL_PROCESS_GROUP', value: '' }],
    // tini counts from 1, where it says what is wrong, as we do at 0.
    verbosity === undefined ? [] : readVerbosity('TINI_VERBOSITY', verbosity, 1),
  ];
}

/** The options that the environment gives; a string is a problem. The command line is stronger. */
export function readEnvironment(getenv: GetEnv): readonly (readonly Given[] | string)[] {
  const own = optionKeys
    .filter((key) => !COMMANDS.has(key))
    .map((key) => {
      const value = getenv(variableOf(key));
      return value === undefined ? [] : readVariable(key, value);
    });
  return [...own, ...readTini(getenv)];
}
