import { type OptionSpec, optionKeys, specOf } from './options.ts';

const COLUMN = 31;

const line = ({ letter, name, value, help }: OptionSpec): string => {
  const flags = `  ${letter === undefined ? '   ' : `-${letter},`} --${name}${value === undefined ? '' : ` ${value}`}`;
  return `${flags.padEnd(COLUMN)}${help}`;
};

/** The help: one screen of 80 columns and 24 lines, grouped. */
export function renderUsage(): string {
  const lines = [
    'Usage: drainit [options] [--] program [arguments]',
    '',
    'Runs a program or a start script as PID 1: passes signals on to every program',
    'in it, reaps zombies, waits for all of them and exits with their status.',
  ];
  let group = '';
  for (const spec of optionKeys.map(specOf).filter(({ help }) => help !== '')) {
    if (spec.group !== group) lines.push('', `${spec.group}:`);
    group = spec.group;
    lines.push(line(spec));
  }
  lines.push(
    '  -h, --help   -V, --version   -l, --license   (-s, of tini, is always on)',
    '',
    'Each option can be set in the environment too: DRAINIT_GRACE=25s, DRAINIT_ALL=1',
  );
  return `${lines.join('\n')}\n`;
}
