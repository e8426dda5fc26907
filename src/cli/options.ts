/** The options: parser, help and environment are made from this one table. The words of the help are in `usage.ts`. */
export interface OptionSpec {
  readonly letter?: string;
  /** The long form; `DRAINIT_` and this in capitals is the environment variable. */
  readonly name: string;
  /** What the value is called in the help; no value: a switch. */
  readonly value?: string;
}

const optionTable = {
  singleChild: { letter: 'c', name: 'single-child' },
  group: { letter: 'g', name: 'group' },
  all: { letter: 'a', name: 'all' },
  rewrite: { letter: 'r', name: 'rewrite', value: 'FROM:TO' },
  drain: { letter: 'd', name: 'drain', value: 'TIME|MIN..MAX' },
  drainSignal: { name: 'drain-signal', value: 'SIG' },
  preStop: { name: 'pre-stop', value: 'COMMAND' },
  preStopTimeout: { name: 'pre-stop-timeout', value: 'TIME' },
  grace: { letter: 't', name: 'grace', value: 'TIME|none' },
  remapExit: { letter: 'e', name: 'remap-exit', value: 'N' },
  parentDeath: { letter: 'p', name: 'parent-death', value: 'SIG' },
  file: { letter: 'f', name: 'file', value: 'FILE' },
  check: { name: 'check' },
  prefix: { name: 'prefix' },
  verbose: { letter: 'v', name: 'verbose' },
  warnReaped: { letter: 'w', name: 'warn-reaped' },
  report: { name: 'report' },
  logFormat: { name: 'log-format', value: 'text|json' },
  subreaper: { letter: 's', name: 'subreaper' },
  help: { letter: 'h', name: 'help' },
  version: { letter: 'V', name: 'version' },
  license: { letter: 'l', name: 'license' },
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof optionTable;

export const optionKeys = Object.keys(optionTable) as readonly OptionKey[];

export const specOf = (key: OptionKey): OptionSpec => optionTable[key];

/** `DRAINIT_LOG_FORMAT` for `--log-format`. */
export const variableOf = (key: OptionKey): string => `DRAINIT_${specOf(key).name.toUpperCase().split('-').join('_')}`;
