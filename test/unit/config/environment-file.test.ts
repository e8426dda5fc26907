import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type EnvironmentFileProblem,
  type Variable,
  parseEnvironmentFile,
  parseRawEnvironmentFile,
} from '../../../src/config/environment-file.ts';

const ours = new Map([['OURS', 'ours']]);
const read = (text: string, missed: (name: string) => void = () => undefined) =>
  parseEnvironmentFile(text, (name) => ours.get(name), missed);

/** Most are the examples of Compose, "Set environment variables within your container's environment". */
const cases: readonly (readonly [text: string, variables: readonly Variable[]])[] = [
  ['', []],
  ['# VAR=VAL\n\n   # another\n', []],
  ['VAR=VAL', [['VAR', 'VAL']]],
  ['VAR="VAL"', [['VAR', 'VAL']]],
  ["VAR='VAL'", [['VAR', 'VAL']]],
  ['VAR=', [['VAR', '']]],
  ['VAR=""', [['VAR', '']]],
  ['VAR', [['VAR', null]]],
  ['VAR # ours', [['VAR', null]]],
  [
    'A=1\r\nB=2\r\n',
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  ['  VAR = VAL  ', [['VAR', 'VAL']]],
  ['export VAR=VAL', [['VAR', 'VAL']]],
  ['VAR: VAL', [['VAR', 'VAL']]],
  ['VAR=a=b', [['VAR', 'a=b']]],
  ['VAR=VAL # comment', [['VAR', 'VAL']]],
  ['VAR=VAL# not a comment', [['VAR', 'VAL# not a comment']]],
  ['VAR="VAL # not a comment"', [['VAR', 'VAL # not a comment']]],
  ['VAR="VAL" # comment', [['VAR', 'VAL']]],
  ['VAR=$OURS-${OURS}', [['VAR', 'ours-ours']]],
  ['VAR="$OURS"', [['VAR', 'ours']]],
  ["VAR='$OURS'", [['VAR', '$OURS']]],
  ['VAR="\\$OURS"', [['VAR', '$OURS']]],
  ['VAR=${NONE:-other}', [['VAR', 'other']]],
  [
    'OURS=theirs\nVAR=$OURS',
    [
      ['OURS', 'theirs'],
      ['VAR', 'theirs'],
    ],
  ],
  ["VAR='Let\\'s go!'", [['VAR', "Let's go!"]]],
  ['VAR="{\\"hello\\": \\"json\\"}"', [['VAR', '{"hello": "json"}']]],
  ['VAR="some\\tvalue\\n\\\\"', [['VAR', 'some\tvalue\n\\']]],
  ["VAR='some\\tvalue'", [['VAR', 'some\\tvalue']]],
  ['VAR=some\\tvalue', [['VAR', 'some\\tvalue']]],
  [
    "VAR='two\nlines'\nB=2",
    [
      ['VAR', 'two\nlines'],
      ['B', '2'],
    ],
  ],
];
for (const [text, variables] of cases) {
  test(`${JSON.stringify(text)} in an env_file`, () => {
    const file = read(text);
    assert.deepEqual([file.variables, file.problems], [variables, []]);
  });
}

const problems: readonly (readonly [text: string, problems: readonly EnvironmentFileProblem[]])[] = [
  ['not one', [{ line: 1, problem: { type: 'notAnAssignment', text: 'not one' } }]],
  ['=x', [{ line: 1, problem: { type: 'notAnAssignment', text: '=x' } }]],
  ['A=1\n\nB="open\nC=2', [{ line: 3, problem: { type: 'quoteNotClosed', text: 'B' } }]],
  ['A="x" y', [{ line: 1, problem: { type: 'textBehindQuote', text: 'y' } }]],
  ['A="two\nlines"\nB=${}', [{ line: 3, problem: { type: 'notAVariable', text: '${}' } }]],
  ['A=${B:?b}', [{ line: 1, problem: { type: 'variableNeeded', name: 'B', message: 'b' } }]],
];
for (const [text, expected] of problems)
  test(`${JSON.stringify(text)} is refused`, () => assert.deepEqual(read(text).problems, expected));

test('what is not set is told', () => {
  const missed: string[] = [];
  read('A=$NONE$OURS\nB=${OTHER:-b}', (name) => missed.push(name));
  assert.deepEqual(missed, ['NONE']);
});

test('a raw file is taken as it is', () => {
  const { variables, problems: wrong } = parseRawEnvironmentFile('# no\nA="$X" # y \r\n\nB\nC=\nnot one\n');
  assert.deepEqual(variables, [
    ['A', '"$X" # y '],
    ['B', null],
    ['C', ''],
  ]);
  assert.deepEqual(wrong, [{ line: 6, problem: { type: 'notAnAssignment', text: 'not one' } }]);
});

test('any text gives variables or problems', () => {
  const piece = fc.constantFrom('A', '=', '"', "'", '\\', '\n', ' ', '#', '$', '{', '}', 'export ', ':', '\r');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const { variables, problems: wrong } = read(text);
      const hasContent = text.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('#'));
      assert.equal(variables.length + wrong.length > 0, hasContent);
    }),
  );
});

test('a value in single quotes comes through', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      fc.pre(!value.includes("\\'") && !value.endsWith('\\'));
      const text = `A='${value.split("'").join("\\'")}'`;
      assert.deepEqual(read(text).variables, [['A', value]]);
    }),
  );
});
