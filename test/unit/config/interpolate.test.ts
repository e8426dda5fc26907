import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type InterpolationProblem, interpolate } from '../../../src/config/interpolate.ts';

const variables = new Map([
  ['NAME', 'value'],
  ['EMPTY', ''],
  ['_1', 'one'],
]);

const put = (text: string, missed: (name: string) => void = () => undefined) =>
  interpolate(text, (name) => variables.get(name), missed);

const texts: readonly (readonly [text: string, result: string])[] = [
  ['', ''],
  ['no variables', 'no variables'],
  ['$NAME', 'value'],
  ['${NAME}', 'value'],
  ['a${NAME}b$_1.c', 'avaluebone.c'],
  ['$$NAME', '$NAME'],
  ['$${NAME}', '${NAME}'],
  ['$$$NAME', '$value'],
  ['${NONE}', ''],
  ['$NONE!', '!'],
  ['${NAME:-other}', 'value'],
  ['${EMPTY:-other}', 'other'],
  ['${NONE:-other}', 'other'],
  ['${EMPTY-other}', ''],
  ['${NONE-other}', 'other'],
  ['${NONE-}', ''],
  ['${NONE:-a:-b}', 'a:-b'],
  ['${NONE:-${EMPTY:-${NAME}}}!', 'value!'],
  ['${NONE:-$NAME}', 'value'],
  ['${NONE:-$$}', '$'],
  ['${NAME:?no}', 'value'],
  ['${EMPTY?no}', ''],
  ['${NAME:+other}', 'other'],
  ['${EMPTY:+other}', ''],
  ['${EMPTY+other}', 'other'],
  ['${NONE+other}', ''],
  ['${NAME:+${_1}}', 'one'],
  // What is not needed is not looked at.
  ['${NAME:-${}}', 'value'],
];
for (const [text, result] of texts)
  test(`'${text}' is '${result}'`, () => assert.deepEqual(put(text), { text: result }));

const notOne = (text: string): InterpolationProblem => ({ type: 'notAVariable', text });

const problems: readonly (readonly [text: string, problem: InterpolationProblem])[] = [
  ['$', notOne('$')],
  ['costs $5', notOne('$5')],
  ['a $ b', notOne('$ ')],
  ['${}', notOne('${}')],
  ['${1}', notOne('${1}')],
  ['${NAME', notOne('${NAME')],
  ['a ${NONE:-${NAME}', notOne('${NONE:-${NAME}')],
  ['${NAME NAME}', notOne('${NAME NAME}')],
  ['${NAME/a/b}', notOne('${NAME/a/b}')],
  ['${NONE:?set it}', { type: 'variableNeeded', name: 'NONE', message: 'set it' }],
  ['${EMPTY:?set $NAME}', { type: 'variableNeeded', name: 'EMPTY', message: 'set value' }],
  ['${NONE?}', { type: 'variableNeeded', name: 'NONE', message: '' }],
  ['${NONE:?${}}', notOne('${}')],
  [`${'${A:-'.repeat(18)}${'}'.repeat(18)}`, notOne('${A:-}')],
];
for (const [text, problem] of problems) test(`'${text}' is refused`, () => assert.deepEqual(put(text), { problem }));

test('what is not set and has no fallback is told', () => {
  const missed: string[] = [];
  put('$NONE ${NAME} ${OTHER:-x} ${OTHER} ${EMPTY}', (name) => missed.push(name));
  assert.deepEqual(missed, ['NONE', 'OTHER']);
});

test('any text is interpolated or refused', () => {
  const piece = fc.constantFrom('$', '{', '}', 'NAME', 'NONE', ':-', '-', '?', '+', ':', ' ', '1');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const read = put(pieces.join(''));
      if (!pieces.includes('$')) assert.deepEqual(read, { text: pieces.join('') });
    }),
  );
});

test('doubled dollar signs bring any text through', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'a') }), (text) =>
      assert.deepEqual(put(text.split('$').join('$$')), { text }),
    ),
  );
});
