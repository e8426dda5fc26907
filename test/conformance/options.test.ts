/** The command line and the environment: what is understood, and what is said where something is not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { subjects } from '../helpers/subjects.ts';

/** Options, and the one line that they lead to. */
const wrong: readonly (readonly [options: readonly string[], message: RegExp])[] = [
  [['-t', '5q'], /^-t: '5q' is not a duration: write .*500ms/],
  [['--grace', ''], /^--grace: '' is not a duration: write /],
  [['--grace=-1'], /^--grace: '-1' is not a duration: write /],
  [['-e', '256'], /^-e: '256' is not an exit status: write a number from 0 to 255$/],
  [['-e', ''], /^-e: '' is not an exit status: write /],
  [['--remap-exit=1.5'], /^--remap-exit: '1\.5' is not an exit status: write /],
  [['-r', '15'], /^-r: '15' is not FROM:TO: write two signals, such as TERM:QUIT$/],
  [['-r', 'TERM:QUIT:INT'], /^-r: 'TERM:QUIT:INT' is not FROM:TO: write /],
  [['-r', 'TREM:QUIT'], /^-r: 'TREM' is not a signal: did you mean TERM\?$/],
  [['--rewrite', 'TERM:SIGQIUT'], /^--rewrite: 'SIGQIUT' is not a signal: did you mean QUIT\?$/],
  [['-r', '65:TERM'], /^-r: '65' is not a signal: write a name such as TERM or a number from 1 to 64$/],
  [['-r', '0:TERM'], /^-r: '0' is not a signal: write /],
  [['-r', 'KILL:TERM'], /^-r: 'KILL' cannot be rewritten: no process can catch KILL or STOP$/],
  [['-p', 'SIGFOO'], /^-p: 'SIGFOO' is not a signal: write /],
  [['--log-format', 'xml'], /^--log-format: 'xml' is not a format: write text or json$/],
  [['--verbose=3'], /^--verbose takes no value, but was given '3': write --verbose$/],
  [['-c', '-g'], /^-c and -g exclude each other: give one of them$/],
  [['--all', '-c'], /^--all and -c exclude each other: give one of them$/],
  [['--grcae', '5'], /^unknown option --grcae: did you mean --grace\?$/],
  [['--verbos'], /^unknown option --verbos: did you mean --verbose\?$/],
  [['--remap-exti=3'], /^unknown option --remap-exti: did you mean --remap-exit\?$/],
  [['--xyzzy'], /^unknown option --xyzzy: see drainit --help$/],
  [['-Z'], /^unknown option -Z: see drainit --help$/],
  [['-vZg'], /^unknown option -Z in -vZg: see drainit --help$/],
];

/** Variables of the environment, and the one line that they lead to. */
const wrongVariables: readonly (readonly [variables: Record<string, string>, message: RegExp])[] = [
  [{ DRAINIT_GRACE: '5q' }, /^DRAINIT_GRACE: '5q' is not a duration: write /],
  [{ DRAINIT_REWRITE: 'TERM:QUIT,15' }, /^DRAINIT_REWRITE: '15' is not FROM:TO: write /],
  [{ DRAINIT_REMAP_EXIT: '1,x' }, /^DRAINIT_REMAP_EXIT: 'x' is not an exit status: write /],
  [{ DRAINIT_PARENT_DEATH: 'TREM' }, /^DRAINIT_PARENT_DEATH: 'TREM' is not a signal: did you mean TERM\?$/],
  [{ DRAINIT_LOG_FORMAT: 'xml' }, /^DRAINIT_LOG_FORMAT: 'xml' is not a format: write text or json$/],
  [{ DRAINIT_GROUP: 'maybe' }, /^DRAINIT_GROUP is 'maybe': write 1 or 0$/],
  [{ DRAINIT_VERBOSE: 'loud' }, /^DRAINIT_VERBOSE is 'loud': write a number from 0 to 9$/],
  [{ DRAINIT_GROUP: '1', DRAINIT_ALL: '1' }, /^DRAINIT_\w+ and DRAINIT_\w+ exclude each other: give one of them$/],
  [{ TINI_VERBOSITY: '-1' }, /^TINI_VERBOSITY is '-1': write a number from 0 to 9$/],
];

for (const { name, command, env, host } of subjects) {
  const run = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) => {
    const [file = '', ...words] = command;
    return spawnSync(file, [...words, ...args], { encoding: 'utf8', env: { ...process.env, ...env, ...variables } });
  };

  /** Whether a program after these options would be started: it would make a file. */
  const refuses = (
    options: readonly string[],
    variables: Record<string, string>,
    messages: readonly RegExp[],
  ): void => {
    const folder = mkdtempSync(path.join(tmpdir(), 'drainit-test-'));
    const file = path.join(folder, 'started');
    try {
      const { status, stdout, stderr } = run([...options, 'touch', file], variables);
      const lines = stderr.split('\n');
      assert.equal(lines.length, messages.length + 1, stderr);
      for (const [index, message] of messages.entries()) {
        assert.match(lines[index] ?? '', /^drainit: /);
        assert.match(lines[index]?.slice('drainit: '.length) ?? '', message);
      }
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.ok(!existsSync(file), 'nothing is started');
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  for (const [options, message] of wrong) {
    test(`${name}: ${options.join(' ')} is refused`, () => refuses(options, {}, [message]));
  }

  for (const [variables, message] of wrongVariables) {
    const text = Object.entries(variables).map(([variable, value]) => `${variable}=${value}`);
    test(`${name}: ${text.join(' ')} is refused`, () => refuses([], variables, [message]));
  }

  // The native binary is the native host, whatever anybody writes.
  if (host !== undefined) {
    test(`${name}: DRAINIT_HOST=deno is refused`, () => {
      refuses([], { DRAINIT_HOST: 'deno' }, [/^DRAINIT_HOST is 'deno': write native or node$/]);
    });
  }

  if (host === 'pkg') {
    test(`${name}: DRAINIT_HOST=native is refused`, () => {
      refuses([], { DRAINIT_HOST: 'native' }, [/^DRAINIT_HOST is 'native', but there is no native binary here /]);
      assert.equal(run(['echo', 'hello'], { DRAINIT_HOST: 'node' }).stdout, 'hello\n');
    });
  }

  test(`${name}: everything that is wrong is said at once`, () => {
    const expected = [/^unknown option -Z:/, /^DRAINIT_GRACE: 'x'/, /^-e: '999'/, /^--rewrite: 'A' /];
    refuses(['-Z', '-e', '999', '--rewrite', 'A'], { DRAINIT_GRACE: 'x' }, expected);
  });

  for (const args of [[], ['--'], ['-v'], ['-g', '--']]) {
    test(`${name}: no program after '${args.join(' ')}'`, () => {
      const { status, stdout, stderr } = run(args);
      assert.match(stderr, /^drainit: no program given: write drainit \[options\] .* see drainit --help\n$/);
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
    });
  }

  for (const option of ['--grace', '-t', '-e', '-r', '-p', '--log-format']) {
    test(`${name}: ${option} without a value`, () => {
      const { status, stderr } = run(['-v', option]);
      assert.match(stderr, new RegExp(`^drainit: ${option} needs a value: ${option} \\S+\\n`));
      assert.equal(status, 1);
    });
  }

  for (const args of [['--help'], ['-h'], ['-v', '-h'], ['-g', '--help', 'touch', '/nowhere/at/all']]) {
    test(`${name}: ${args.join(' ')} fits one screen`, () => {
      const { status, stdout, stderr } = run(args);
      const lines = stdout.trimEnd().split('\n');
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.ok(lines.length <= 24, `${lines.length} lines`);
      for (const line of lines) assert.ok(line.length <= 80, line);
      const groups = lines.filter((line) => /^\S.*:$/.test(line));
      assert.ok(groups.length >= 3, stdout);
      for (const option of ['-c', '-g', '-a', '-r', '-t', '-e', '-p', '-v', '-w', '--log-format', '-l', '-V', '-h']) {
        assert.ok(stdout.includes(`  ${option},`) || stdout.includes(` ${option} `), `${option} is explained`);
      }
    });
  }

  for (const [option, expected] of [
    ['--version', /^drainit version \d+\.\d+\.\d+\n$/],
    ['-V', /^drainit version \d+\.\d+\.\d+\n$/],
    ['--license', /^MIT License\n[^]*WITHOUT WARRANTY[^]*\n$/],
    ['-l', /^MIT License\n[^]*WITHOUT WARRANTY[^]*\n$/],
  ] as const) {
    test(`${name}: ${option}`, () => {
      const { status, stdout, stderr } = run([option, 'touch', '/nowhere/at/all']);
      assert.match(stdout, expected);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    });
  }

  test(`${name}: nothing else is printed on standard output, however loud it is`, () => {
    const { status, stdout, stderr } = run(['-vvvvw', 'sh', '-c', '(: &); echo mine; exit 3']);
    assert.deepEqual({ status, stdout }, { status: 3, stdout: 'mine\n' });
    for (const line of stderr.trimEnd().split('\n')) assert.match(line, /^drainit: /);
  });

  test(`${name}: silent unless asked`, () => {
    assert.equal(run(['sh', '-c', '(: &); exit 3']).stderr, '');
  });

  test(`${name}: --log-format json writes a JSON object a line`, () => {
    const { stderr } = run(['--log-format', 'json', '-vv', '--', 'sh', '-c', 'exit 3']);
    const records = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(records.length >= 2, stderr);
    for (const record of records) {
      assert.equal(record['source'], 'drainit');
      for (const key of ['level', 'type', 'message']) assert.equal(typeof record[key], 'string', stderr);
    }
  });

  test(`${name}: the options end where the program begins`, () => {
    assert.equal(run(['-v', 'echo', '--help', '-Z', '--']).stdout, '--help -Z --\n');
    assert.equal(run(['--', 'echo', '-g']).stdout, '-g\n');
    assert.equal(run(['echo', '--', '-g']).stdout, '-- -g\n');
  });
}
