import { type OptionKey, optionKeys, specOf } from './options.ts';

const WHO = 'Who gets a signal (default: every program that the script started)';

/** Where each option stands in the help and what it does; null: in the last line. */
const HELP: Record<OptionKey, readonly [group: string, help: string] | null> = {
  singleChild: [WHO, 'only the main program, as tini does'],
  group: [WHO, 'its process group, as tini -g and dumb-init do'],
  all: [WHO, 'every process, shells included'],
  rewrite: [WHO, 'change a signal (TERM:QUIT); TO 0 drops it'],
  drain: ['Stopping', 'hold TERM back; MIN..MAX: until no client is left'],
  drainSignal: ['Stopping', 'send SIG to the programs when that begins'],
  grace: ['Stopping', 'SIGKILL what is left after TIME, such as 25s'],
  remapExit: ['Stopping', 'exit with 0 instead of N; may be repeated'],
  parentDeath: ['Stopping', 'receive SIG when our parent process ends'],
  verbose: ['Output', 'say what happens; -vv says more'],
  warnReaped: ['Output', 'say which orphans were reaped'],
  logFormat: ['Output', 'how the lines on stderr are written'],
  subreaper: null,
  help: null,
  version: null,
  license: null,
};

const COLUMN = 31;

function renderOption(key: OptionKey, help: string): string {
  const { letter, name, value } = specOf(key);
  const flags = `  ${letter === undefined ? '   ' : `-${letter},`} --${name}${value === undefined ? '' : ` ${value}`}`;
  return `${flags.padEnd(COLUMN)}${help}`;
}

/** The help: one screen of 80 columns and 24 lines, grouped. */
export function renderUsage(): string {
  const lines = [
    'Usage: drainit [options] [--] program [arguments]',
    '',
    'Runs a program or a start script as PID 1: passes signals on to every program',
    'in it, reaps zombies, waits for all of them and exits with their status.',
    '',
  ];
  let current = '';
  for (const key of optionKeys) {
    const entry = HELP[key];
    if (entry === null) continue;
    const [group, help] = entry;
    if (group !== current) lines.push(`${group}:`);
    current = group;
    lines.push(renderOption(key, help));
  }
  lines.push(
    '  -h, --help   -V, --version   -l, --license   (-s, of tini, is always on)',
    '',
    'Kubernetes: terminationGracePeriodSeconds has to exceed drain + grace.',
    'Each option can be set in the environment too: DRAINIT_GRACE=25s, DRAINIT_ALL=1',
  );
  return `${lines.join('\n')}\n`;
}
