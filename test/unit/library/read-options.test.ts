/** Wrong options get the messages of the command line, since the same code reads them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from '../../../src/cli/parse.ts';
import { renderProblem } from '../../../src/cli/render-problem.ts';
import { readAsked } from '../../../src/library/read-options.ts';
import type { SuperviseOptions } from '../../../src/library/types.ts';

const read = (options: SuperviseOptions) => readAsked(['true'], options);

function complaintsOf(options: unknown, command: string | readonly string[] = ['true']): readonly string[] {
  try {
    readAsked(command, options as SuperviseOptions);
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return error.message.split('\n');
  }
  return [];
}

function complaintsOnCommandLine(args: readonly string[]): readonly string[] {
  const command = parseCommand(['drainit', ...args, 'true'], new Map());
  return command.type === 'invalid' ? command.problems.map(renderProblem) : [];
}

const same: readonly (readonly [options: SuperviseOptions, args: readonly string[]])[] = [
  [{}, []],
  [{ singleChild: true }, ['-c']],
  [{ group: true, all: false }, ['-g']],
  [{ all: true }, ['-a']],
  [{ rewrite: { TERM: 'QUIT', SIGHUP: null } }, ['-r', 'TERM:QUIT', '-r', 'HUP:0']],
  [{ drain: '5s..20s', drainSignal: 'USR2' }, ['-d', '5s..20s', '--drain-signal', 'USR2']],
  [{ preStop: 'sleep 1', preStopTimeout: '2s' }, ['--pre-stop', 'sleep 1', '--pre-stop-timeout', '2s']],
  [{ grace: '500ms' }, ['-t', '500ms']],
  [{ grace: 'none' }, ['-t', 'none']],
  [{ remapExit: 143 }, ['-e', '143']],
  [{ remapExit: [1, 2] }, ['-e', '1', '-e', '2']],
  [{ report: true }, ['--report']],
];
for (const [options, args] of same) {
  test(`${JSON.stringify(options)} is ${args.join(' ') || 'no option'}`, () => {
    const command = parseCommand(['drainit', ...args, 'true'], new Map());
    assert.ok(command.type === 'run');
    assert.deepEqual(read(options).options, { ...command.options, reportsReaping: true });
  });
}

const wrong: readonly (readonly [options: unknown, args: readonly string[]])[] = [
  [{ grace: 'soon' }, ['--grace', 'soon']],
  [{ drain: '2s..1s' }, ['--drain', '2s..1s']],
  [{ drainSignal: 'TREM' }, ['--drain-signal', 'TREM']],
  [{ drainSignal: 'KILL' }, ['--drain-signal', 'KILL']],
  [{ preStop: "'" }, ['--pre-stop', "'"]],
  [{ preStopTimeout: '1y' }, ['--pre-stop-timeout', '1y']],
  [{ remapExit: 256 }, ['--remap-exit', '256']],
  [{ rewrite: { KILL: 'TERM' } }, ['--rewrite', 'KILL:TERM']],
  [{ group: true, all: true }, ['--group', '--all']],
];
for (const [options, args] of wrong) {
  test(`${JSON.stringify(options)} is refused as ${args.join(' ')} is`, () => {
    const names = Object.keys(options as object);
    const asOptions = complaintsOnCommandLine(args).map((line) =>
      names.reduce((text, name) => text.replaceAll(`--${toKebab(name)}`, name), line),
    );
    assert.equal(asOptions.length, 1);
    assert.deepEqual(complaintsOf(options), asOptions);
  });
}

const toKebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

test('a number is no duration: nobody could say of what', () => {
  assert.match(complaintsOf({ grace: 25 })[0] ?? '', /^grace: '25' is not a duration: write a duration such as 30s/);
});

test('a duration has a unit', () => {
  assert.equal(complaintsOf({ grace: '5' }).length, 1);
  assert.equal(complaintsOf({ drain: '5..20s' }).length, 1);
});

test('a time for a hook that is not there is no option', () => {
  assert.deepEqual(complaintsOf({ preStopTimeout: '1s' }), [
    'preStopTimeout is for a hook, and there is none: give preStop as well',
  ]);
});

test('an unknown option is named with the nearest known one', () => {
  assert.deepEqual(complaintsOf({ drian: '1s' }), ['unknown option drian: did you mean drain?']);
  assert.match(complaintsOf({ frobnicate: 1 })[0] ?? '', /^unknown option frobnicate: write one of singleChild, group/);
});

test('only signals that Node can catch are taken from the process', () => {
  assert.deepEqual(read({ signals: true }).signals, [15, 2, 3, 1]);
  assert.deepEqual(read({ signals: ['TERM', 'SIGUSR2'] }).signals, [15, 12]);
  assert.deepEqual(read({ signals: false }).signals, []);
  assert.match(complaintsOf({ signals: ['KILL'] })[0] ?? '', /'KILL' can be caught by no program: write one that can/);
  assert.match(complaintsOf({ signals: ['RTMIN'] })[0] ?? '', /^signals: 'RTMIN' is not a signal/);
});

test('a command is a list, or a text that is split into words', () => {
  assert.deepEqual(readAsked(['a b', 'c'], {}).words, ['a b', 'c']);
  assert.deepEqual(readAsked(`node 'my app.js' --port 80`, {}).words, ['node', 'my app.js', '--port', '80']);
  assert.deepEqual(readAsked('a | b', {}).words, ['/bin/sh', '-c', 'a | b']);
  assert.match(complaintsOf({}, `'`)[0] ?? '', /^command: ''' is not a command/);
});

test('all that is wrong is said at once', () => {
  assert.equal(complaintsOf({ grace: 'x', drain: 'y', remapExit: -1, nope: true }, []).length, 5);
});

test('a hook that cannot be run is refused before anything is started', () => {
  assert.match(complaintsOf({ preStop: '/no/such' })[0] ?? '', /'\/no\/such' cannot be run: No such file or directory/);
});
