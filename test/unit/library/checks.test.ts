/** Arguments that the types refuse, from those who have not asked them: each is named with its value and the fix. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { readAsked } from '../../../src/library/read-options.ts';
import { supervise } from '../../../src/library/supervise.ts';
import type { SuperviseOptions } from '../../../src/library/types.ts';

type Line = string | readonly string[];

function assertRefused(command: unknown, options: unknown, lines: Line): void {
  assert.throws(() => supervise(command as string, options as SuperviseOptions), {
    name: 'TypeError',
    message: [lines].flat().join('\n'),
  });
}

const signalsFix = `write true, or a list such as ['TERM', 'INT']`;
const abortFix = 'write the signal of an AbortController';
const stdioFix = `write 'inherit', 'ignore' or 'pipe', or a list of three of them`;
const folderFix = 'check the path and its permissions';
const variableFix = `write one such as '80', or undefined to take it out`;
const optionsFix = `write one such as { grace: '25s' }, or leave it out`;
const hookFix = 'check the path, PATH and the execute permission';
const streams = 'what standard input, output and error can be';

/** every() and map() pass over them. */
const holes = Object.assign([], { length: 3 });

const wrongOptions: readonly (readonly [options: unknown, lines: Line])[] = [
  [null, `options: null is not an object: ${optionsFix}`],
  [5, `options: 5 is not an object: ${optionsFix}`],
  [['5s'], `options: [ '5s' ] is not an object: ${optionsFix}`],
  [{ report: 1 }, 'report: 1 is not a switch: write true or false'],
  [{ signals: 'TERM' }, `signals: 'TERM' is not true, false or a list: ${signalsFix}`],
  [{ signals: 0 }, `signals: 0 is not true, false or a list: ${signalsFix}`],
  [{ signals: [{}] }, `signals: '{}' is not a signal: write a name such as TERM or a number from 1 to 64`],
  [{ abortSignal: {} }, `abortSignal: {} is not an AbortSignal: ${abortFix}`],
  [{ abortSignal: 5 }, `abortSignal: 5 is not an AbortSignal: ${abortFix}`],
  [{ abortSignal: null }, `abortSignal: null is not an AbortSignal: ${abortFix}`],
  [{ rewrite: 'TERM:QUIT' }, `rewrite: 'TERM:QUIT' is not an object: write one such as { TERM: 'QUIT' }`],
  [{ rewrite: { TERM: {} } }, `rewrite: '{}' is not a signal: write a name such as TERM or a number from 1 to 64`],
  [
    { rewrite: new Map([['TERM', 'QUIT']]) },
    `rewrite: Map(1) { 'TERM' => 'QUIT' } is not an object: write one such as { TERM: 'QUIT' }`,
  ],
  [{ env: new Map([['A', 'a']]) }, `env: Map(1) { 'A' => 'a' } is not an object: write one such as { PORT: '80' }`],
  [{ stdio: 'x' }, `stdio: 'x' is not ${streams}: ${stdioFix}`],
  [{ stdio: holes }, `stdio: [ <3 empty items> ] is not ${streams}: ${stdioFix}`],
  [{ signals: holes }, `signals: [ <3 empty items> ] is not true, false or a list: ${signalsFix}`],
  [{ stdio: ['pipe'] }, `stdio: [ 'pipe' ] is not ${streams}: ${stdioFix}`],
  [{ cwd: 5 }, `cwd: 5 is not the path of a folder: write one such as '/app'`],
  [{ cwd: '' }, `cwd: the folder '' cannot be entered: No such file or directory: ${folderFix}`],
  [{ cwd: '/nonexist' }, `cwd: the folder '/nonexist' cannot be entered: No such file or directory: ${folderFix}`],
  [{ cwd: '/etc/passwd' }, `cwd: the folder '/etc/passwd' cannot be entered: Not a directory: ${folderFix}`],
  [{ env: { A: 1, B: 'b', C: undefined } }, `env: A is 1, not a text: ${variableFix}`],
  [
    { env: { A: 1, B: null } },
    [`env: A is 1, not a text: ${variableFix}`, `env: B is null, not a text: ${variableFix}`],
  ],
  [{ env: 'A=1' }, `env: 'A=1' is not an object: write one such as { PORT: '80' }`],
  [{ env: ['A=1'] }, `env: [ 'A=1' ] is not an object: write one such as { PORT: '80' }`],
  [
    { env: { '': 'a', 'B=C': 'b', 'D\0': 'd' } },
    [
      `env: '' is not a name: write one such as PORT, without = or NUL`,
      `env: 'B=C' is not a name: write one such as PORT, without = or NUL`,
      String.raw`env: 'D\x00' is not a name: write one such as PORT, without = or NUL`,
    ],
  ],
  [{ env: { A: 'a\0b' } }, String.raw`env: A is 'a\x00b', which has a NUL in it: take that out`],
  [{ preStop: 'true a\0b' }, String.raw`preStop: 'a\x00b' has a NUL in it: take that out`],
  [{ preStop: '"" a' }, `preStop: the program is '': write its name or its path`],
  [{ preStop: ['a', 'b'] }, `preStop: [ 'a', 'b' ] is not a text: write the command as one, such as 'sleep 5'`],
  [{ preStop: 'nosuch' }, `preStop: 'nosuch' cannot be run: No such file or directory: ${hookFix}`],
  [
    { drain: '60s..5s', preStop: 'nosuch' },
    [
      `drain: '60s..5s' ends before it begins: write the shorter time first`,
      `preStop: 'nosuch' cannot be run: No such file or directory: ${hookFix}`,
    ],
  ],
  [
    { signals: 0, cwd: 5, gracee: '1s', grace: {} },
    [
      `signals: 0 is not true, false or a list: ${signalsFix}`,
      `cwd: 5 is not the path of a folder: write one such as '/app'`,
      'unknown option gracee: did you mean grace?',
      `grace: '{}' is not a duration: write a duration such as 30s, 1m30s or 500ms, or none`,
    ],
  ],
];
for (const [options, lines] of wrongOptions) {
  test(`${inspect(options)} is refused`, () => assertRefused(['true'], options, lines));
}

const commandFix = `write a list of texts such as ['node', 'app.js'], or one text`;
const wrongCommands: readonly (readonly [command: unknown, line: string])[] = [
  [[1], `command: [ 1 ] is not a command: ${commandFix}`],
  [Object.assign(['a'], { 2: 'b' }), `command: [ 'a', <1 empty item>, 'b' ] is not a command: ${commandFix}`],
  [[], `command: [] is not a command: ${commandFix}`],
  [5, `command: 5 is not a command: ${commandFix}`],
  [undefined, `command: undefined is not a command: ${commandFix}`],
  ['', `command: '' is not a command: write one, and close its quotes`],
  [['', 'a'], `command: the program is '': write its name or its path`],
  ['"" a', `command: the program is '': write its name or its path`],
  [['true', 'a\0b'], String.raw`command: 'a\x00b' has a NUL in it: take that out`],
];
for (const [command, line] of wrongCommands) {
  test(`the command ${inspect(command)} is refused, and with it what else is wrong`, () => {
    assertRefused(command, {}, line);
    const other = `options: null is not an object: ${optionsFix}`;
    const isShapeless = line.endsWith(commandFix);
    assertRefused(command, null, isShapeless ? [line, other] : [other, line]);
  });
}

test('what is undefined has not been given', () => {
  const nothing = {
    rewrite: { TERM: undefined },
    signals: undefined,
    cwd: undefined,
    env: undefined,
    stdio: undefined,
  };
  assert.deepEqual(readAsked(['true'], nothing as unknown as SuperviseOptions), readAsked(['true'], {}));
});

test('a hook is looked for where it will run', () => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'drainit-test-'));
  try {
    writeFileSync(path.join(cwd, 'hook'), '#!/bin/sh\n', { mode: 0o755 });
    assert.deepEqual(readAsked(['true'], { cwd, preStop: './hook' }).options.preStop?.commands[0]?.words, ['./hook']);
    const options = { env: { PATH: cwd }, preStop: 'hook' };
    assert.deepEqual(readAsked(['true'], options).options.preStop?.commands[0]?.words, ['hook']);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
