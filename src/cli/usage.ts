import { type OptionKey, specOf } from './options.ts';

const WHO = 'Who gets a signal (default: every program that the script started)';

/** The lines of the help; several options may share one. */
const HELP: readonly (readonly [group: string, keys: readonly OptionKey[], help: string])[] = [
  [WHO, ['singleChild', 'group', 'all'], 'main alone, its group, all'],
  [WHO, ['rewrite'], 'change a signal (TERM:QUIT); TO 0 drops it'],
  ['Stopping', ['drain'], 'hold TERM back; MIN..MAX: until no client is left'],
  ['Stopping', ['drainSignal'], 'send SIG to the programs when that begins'],
  ['Stopping', ['preStop'], 'run it then, and hold TERM until it ends'],
  ['Stopping', ['preStopTimeout'], 'the longest that it may take (10s)'],
  ['Stopping', ['grace'], 'SIGKILL what is left after TIME, such as 25s'],
  ['Stopping', ['remapExit'], 'exit with 0 instead of N; may be repeated'],
  ['Stopping', ['parentDeath'], 'receive SIG when our parent process ends'],
  ['Start files and output', ['file', 'check', 'prefix'], 'what FILE names; only check it; name lines'],
  ['Start files and output', ['verbose', 'report'], 'say what happens; and how a stop went'],
  ['Start files and output', ['warnReaped'], 'say which orphans were reaped'],
  ['Start files and output', ['logFormat'], 'how the lines on stderr are written'],
];

const COLUMN = 31;

function renderFlags(key: OptionKey): string {
  const { letter, name, value } = specOf(key);
  return `${letter === undefined ? '   ' : `-${letter},`} --${name}${value === undefined ? '' : ` ${value}`}`;
}

/** The help: one screen of 80 columns and 24 lines, grouped. */
export function renderUsage(): string {
  const lines = [
    'Usage: drainit [options] [--] program [arguments]',
    '',
    'Runs a program or a start script as PID 1: passes signals on to every program',
    'in it, reaps zombies, waits for all of them and exits with their status.',
  ];
  let current = '';
  for (const [group, keys, help] of HELP) {
    if (group !== current) lines.push(`${group}:`);
    current = group;
    lines.push(
      `  ${keys.map((key, index) => (index === 0 ? renderFlags(key) : renderFlags(key).trimStart())).join('  ')}`.padEnd(
        COLUMN - 2,
      ) + `  ${help}`,
    );
  }
  lines.push(
    '  -h, --help   -V, --version   -l, --license   (-s, of tini, is always on)',
    '',
    'Kubernetes: terminationGracePeriodSeconds > grace + max(drain, pre-stop-timeout)',
    'Each option can be set in the environment too: DRAINIT_GRACE=25s, DRAINIT_ALL=1',
  );
  return `${lines.join('\n')}\n`;
}
