/** The options: parser, help and environment are made from this one table. */
export interface OptionSpec {
  readonly letter?: string;
  /** The long form; `DRAINIT_` and this in capitals is the environment variable. */
  readonly name: string;
  /** What the value is called in the help; no value: a switch. */
  readonly value?: string;
  readonly group: 'Who gets a signal (default: every program that the script started)' | 'Stopping' | 'Output';
  readonly help: string;
}

const WHO = 'Who gets a signal (default: every program that the script started)';

export const optionTable = {
  singleChild: { letter: 'c', name: 'single-child', group: WHO, help: 'only the main program, as tini does' },
  group: { letter: 'g', name: 'group', group: WHO, help: 'its process group, as tini -g and dumb-init do' },
  all: { letter: 'a', name: 'all', group: WHO, help: 'every process, shells included' },
  rewrite: {
    letter: 'r',
    name: 'rewrite',
    value: 'FROM:TO',
    group: WHO,
    help: 'change a signal (TERM:QUIT); TO 0 drops it',
  },
  grace: {
    letter: 't',
    name: 'grace',
    value: 'TIME|none',
    group: 'Stopping',
    help: 'SIGKILL what is left after TIME, such as 25s',
  },
  remapExit: {
    letter: 'e',
    name: 'remap-exit',
    value: 'N',
    group: 'Stopping',
    help: 'exit with 0 instead of N; may be repeated',
  },
  parentDeath: {
    letter: 'p',
    name: 'parent-death',
    value: 'SIG',
    group: 'Stopping',
    help: 'receive SIG when our parent process ends',
  },
  verbose: { letter: 'v', name: 'verbose', group: 'Output', help: 'say what happens; -vv says more' },
  warnReaped: { letter: 'w', name: 'warn-reaped', group: 'Output', help: 'say which orphans were reaped' },
  logFormat: { name: 'log-format', value: 'text|json', group: 'Output', help: 'how the lines on stderr are written' },
  subreaper: { letter: 's', name: 'subreaper', group: 'Output', help: '' },
  help: { letter: 'h', name: 'help', group: 'Output', help: '' },
  version: { letter: 'V', name: 'version', group: 'Output', help: '' },
  license: { letter: 'l', name: 'license', group: 'Output', help: '' },
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof optionTable;

export const optionKeys = Object.keys(optionTable) as readonly OptionKey[];

export const specOf = (key: OptionKey): OptionSpec => optionTable[key];

/** `DRAINIT_LOG_FORMAT` for `--log-format`. */
export const variableOf = (key: OptionKey): string => `DRAINIT_${specOf(key).name.toUpperCase().split('-').join('_')}`;
