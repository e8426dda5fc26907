import type { Options } from '../core/setup.ts';
import type { Command, Output } from './command.ts';
import type { Variables } from './environment.ts';

/** Whether we were started under the name `dumb-init`, whose habits then are ours: the group of a new session. */
const isDumbInit = (name: string, variables: Variables): boolean =>
  name.slice(name.lastIndexOf('/') + 1) === 'dumb-init' && variables.get('DUMB_INIT_SETSID') !== '0';

const noRewrites: Options['rewrites'] = new Map();
const noStatuses: Options['remapped'] = new Set();

/**
 * What holds where nothing is said.
 *
 * @param name that we were started by
 */
export function defaultOptions(name: string, variables: Variables): Options {
  const isGroup = isDumbInit(name, variables);
  return {
    audience: isGroup ? 'group' : 'programs',
    newSession: isGroup,
    rewrites: noRewrites,
    remapped: noStatuses,
    grace: 'stragglers',
    parentDeathSignal: null,
    drain: null,
    drainSignal: null,
    preStop: null,
    reportsReaping: false,
    reportsStop: false,
  };
}

export const defaultOutput: Output = { verbosity: 0, format: 'text' };

/**
 * Reads a command line without options, as most containers have it: `drainit -- program` or `drainit program`.
 *
 * @returns null where there is more to read: see `parse.ts`
 */
export function parsePlain(argv: readonly string[], variables: Variables): Command | null {
  const [name = '', first] = argv;
  const program = first === '--' ? 2 : 1;
  if (variables.size > 0 || program >= argv.length || (program === 1 && first?.startsWith('-') === true)) return null;
  return { type: 'run', options: defaultOptions(name, variables), output: defaultOutput, hook: '', program };
}
