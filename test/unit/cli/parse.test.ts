import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Command } from '../../../src/cli/command.ts';
import { parseCommand } from '../../../src/cli/parse.ts';
import { parsePlain } from '../../../src/cli/plain.ts';
import { renderProblem } from '../../../src/cli/render-problem.ts';
import { defaultOptions } from '../../helpers/core.ts';

const parse = (args: readonly string[], env: Record<string, string> = {}, name = 'drainit'): Command =>
  parseCommand([name, ...args], new Map(Object.entries(env)));

function run(args: readonly string[], env: Record<string, string> = {}, name?: string) {
  const command = parse(args, env, name);
  if (command.type !== 'run') assert.fail(JSON.stringify(command));
  return command;
}

function problems(args: readonly string[], env: Record<string, string> = {}): readonly string[] {
  const command = parse(args, env);
  if (command.type !== 'invalid') assert.fail(JSON.stringify(command));
  return command.problems.map(renderProblem);
}

test('a program alone runs with the defaults', () => {
  assert.deepEqual(run(['app']), {
    type: 'run',
    options: defaultOptions,
    output: { verbosity: 0, format: 'text' },
    hook: '',
    program: 1,
  });
});

test('the first operand ends the options: what follows is the program’s', () => {
  assert.equal(run(['-g', 'app', '-v', '--grace=x']).program, 2);
  assert.equal(run(['-g', '--', '-v']).program, 3);
  assert.equal(run(['-']).program, 1);
  assert.equal(run(['']).program, 1);
});

test('tini’s and dumb-init’s command lines', () => {
  assert.equal(run(['-s', '-g', '-vvv', '-w', '--', 'app']).options.audience, 'group');
  assert.equal(run(['-vvg', 'app']).output.verbosity, 2);
  assert.equal(run(['-p', 'SIGTERM', 'app']).options.parentDeathSignal, 15);
  assert.equal(run(['-pKILL', 'app']).options.parentDeathSignal, 9);
  assert.deepEqual([...run(['-e', '143', '-e130', 'app']).options.remapped], [143, 130]);
  assert.deepEqual(
    [...run(['-r', '15:3', '--rewrite', '1:0', 'app']).options.rewrites],
    [
      [15, 3],
      [1, null],
    ],
  );
  assert.equal(run(['--single-child', 'app']).options.audience, 'main');
  assert.equal(run(['-w', 'app']).options.reportsReaping, true);
  for (const [flag, type] of [
    ['-h', 'help'],
    ['--help', 'help'],
    ['-V', 'version'],
    ['--version', 'version'],
    ['-l', 'license'],
  ] as const) {
    assert.equal(parse([flag]).type, type);
    assert.equal(parse(['-v', flag, 'app']).type, type);
  }
});

test('started as dumb-init: a session of its own and its group; DUMB_INIT_SETSID=0 and -c change that', () => {
  const pick = ({ options }: ReturnType<typeof run>) => [options.audience, options.newSession];
  assert.deepEqual(pick(run(['app'], {}, '/usr/bin/dumb-init')), ['group', true]);
  assert.deepEqual(pick(run(['app'], { DUMB_INIT_SETSID: '0' }, 'dumb-init')), ['programs', false]);
  assert.deepEqual(pick(run(['-c', 'app'], {}, 'dumb-init')), ['main', false]);
  assert.deepEqual(pick(run(['app'], {}, '/usr/bin/tini')), ['programs', false]);
});

test('the environment, and the command line over it', () => {
  const env = {
    DRAINIT_GRACE: '5s',
    DRAINIT_REWRITE: 'TERM:QUIT, HUP:0',
    DRAINIT_REMAP_EXIT: '143,1',
    DRAINIT_VERBOSE: '2',
    DRAINIT_ALL: 'yes',
  };
  const { options, output } = run(['app'], env);
  assert.equal(options.grace, 5_000);
  assert.equal(options.audience, 'all');
  assert.equal(output.verbosity, 2);
  assert.deepEqual(
    [...options.rewrites],
    [
      [15, 3],
      [1, null],
    ],
  );
  assert.deepEqual([...options.remapped], [143, 1]);
  assert.equal(run(['-t', 'none', '-c', 'app'], env).options.grace, 'none');
  assert.equal(run(['-t', 'none', '-c', 'app'], env).options.audience, 'main');
  assert.equal(run(['app'], { DRAINIT_GROUP: '0' }).options.audience, 'programs');
  assert.equal(run(['app'], { TINI_KILL_PROCESS_GROUP: '' }).options.audience, 'group');
  assert.equal(run(['app'], { TINI_VERBOSITY: '3' }).output.verbosity, 2);
  assert.equal(run(['app'], { TINI_SUBREAPER: '1' }).options.audience, 'programs');
});

const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
  [[], 'no program given: write drainit [options] [--] program [arguments], or see drainit --help'],
  [['--'], 'no program given: write drainit [options] [--] program [arguments], or see drainit --help'],
  [['--gruce', 'app'], 'unknown option --gruce: did you mean --grace?'],
  [['--xyzzy', 'app'], 'unknown option --xyzzy: see drainit --help'],
  [['-q', 'app'], 'unknown option -q: see drainit --help'],
  [['-vq', 'app'], 'unknown option -q in -vq: see drainit --help'],
  [['--grace'], '--grace needs a value: --grace TIME|none'],
  [['-t'], '-t needs a value: -t TIME|none'],
  [
    ['-d', '3s', '--drain-signal', 'TERM', 'app'],
    "--drain-signal: 'TERM' stops programs, which it is to hold back from: write another, such as USR2",
  ],
  [
    ['--pre-stop-timeout', '5s', 'app'],
    '--pre-stop-timeout is for a hook, and there is none: write --pre-stop-timeout with --pre-stop COMMAND',
  ],
  [
    ['--pre-stop', 'true', '--pre-stop-timeout', '0', 'app'],
    "--pre-stop-timeout: '0' is not a duration above 0: write a duration such as 30s, 1m30s or 500ms",
  ],
  [['-t', 'fast', 'app'], "-t: 'fast' is not a duration: write a duration such as 30s, 1m30s or 500ms, or none"],
  [['--grace=-5s', 'app'], "--grace: '-5s' is not a duration: write a duration such as 30s, 1m30s or 500ms, or none"],
  [['--verbose=3', 'app'], "--verbose takes no value, but was given '3': write --verbose"],
  [['-e', '256', 'app'], "-e: '256' is not an exit status: write a number from 0 to 255"],
  [['-e', '', 'app'], "-e: '' is not an exit status: write a number from 0 to 255"],
  [['-e', 'x', 'app'], "-e: 'x' is not an exit status: write a number from 0 to 255"],
  [['-p', 'TREM', 'app'], "-p: 'TREM' is not a signal: did you mean TERM?"],
  [['-p', '99', 'app'], "-p: '99' is not a signal: write a name such as TERM or a number from 1 to 64"],
  [['-r', 'TERM', 'app'], "-r: 'TERM' is not FROM:TO: write two signals, such as TERM:QUIT"],
  [['-r', 'TERM:QIUT', 'app'], "-r: 'QIUT' is not a signal: did you mean QUIT?"],
  [['-r', 'KILL:TERM', 'app'], "-r: 'KILL' cannot be rewritten: no process can catch KILL or STOP"],
  [['--log-format=xml', 'app'], "--log-format: 'xml' is not a format: write text or json"],
  [['-c', '-g', 'app'], '-c and -g exclude each other: give one of them'],
];
for (const [args, message] of wrong) {
  test(`drainit ${args.join(' ')}: ${message}`, () => assert.deepEqual(problems(args), [message]));
}

test('all problems come at once', () => {
  assert.equal(problems(['-e', 'x', '-t', 'y', '-q']).length, 3);
});

test('a wrong variable names itself, its value and the fix', () => {
  assert.deepEqual(problems(['app'], { DRAINIT_GRACE: 'soon' }), [
    "DRAINIT_GRACE: 'soon' is not a duration: write a duration such as 30s, 1m30s or 500ms, or none",
  ]);
  assert.deepEqual(problems(['app'], { DRAINIT_ALL: 'maybe' }), ["DRAINIT_ALL is 'maybe': write 1 or 0"]);
  assert.deepEqual(problems(['app'], { DRAINIT_VERBOSE: 'much' }), [
    "DRAINIT_VERBOSE is 'much': write a number from 0 to 9",
  ]);
});

test('any words and variables give a command, never an exception', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('-e', '-r', '--grace', '--', '-vg', '--rewrite=1:', '-t', '--=', '-'),
  );
  const variable = fc.constantFrom('DRAINIT_GRACE', 'DRAINIT_ALL', 'DRAINIT_VERBOSE', 'DRAINIT_PORT', 'TINI_VERBOSITY');
  fc.assert(
    fc.property(fc.array(word), fc.array(fc.tuple(variable, fc.string())), (args, variables) => {
      const command = parseCommand(['drainit', ...args], new Map(variables));
      if (command.type === 'run') assert.ok(command.program <= args.length);
    }),
    { numRuns: 2_000 },
  );
});

test('a command line without options is read to the same end by the short way', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('-v', '--', 'app', '-'));
  const variables = fc.constantFrom<readonly (readonly [string, string])[]>([], [['DUMB_INIT_SETSID', '0']]);
  fc.assert(
    fc.property(fc.constantFrom('drainit', '/usr/bin/dumb-init'), fc.array(word), variables, (name, args, env) => {
      const plain = parsePlain([name, ...args], new Map(env));
      if (plain !== null) assert.deepEqual(plain, parseCommand([name, ...args], new Map(env)));
      else assert.ok(env.length > 0 || args.length === 0 || args[0]?.startsWith('-') === true);
    }),
  );
});
