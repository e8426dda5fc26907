import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { findPlaces } from '../../../src/config/places.ts';
import type { Node, YamlProblem } from '../../../src/config/yaml-node.ts';
import { parseYaml } from '../../../src/config/yaml-tree.ts';

/** The tree in JavaScript's values. */
function toValue(node: Node): unknown {
  if (node.type === 'list') return node.items.map(toValue);
  if (node.type === 'mapping') return Object.fromEntries(node.entries.map(({ key, value }) => [key, toValue(value)]));
  if (node.kind === 'null') return null;
  if (node.kind === 'boolean') return node.text.toLowerCase() === 'true';
  return node.kind === 'number' ? load(node.text) : node.text;
}

function read(text: string): unknown {
  const { root, problems } = parseYaml(text, false);
  assert.deepEqual(problems, []);
  return root === null ? null : toValue(root);
}

const values: readonly (readonly [text: string, value: unknown])[] = [
  ['', null],
  ['# a comment\n', null],
  ['~', null],
  ['a: null\nb:\nc: ~\nd: ""', { a: null, b: null, c: null, d: '' }],
  ['[true, False, "true", yes, no]', [true, false, 'true', 'yes', 'no']],
  [
    '[1, -2, 0x10, 0o17, 1.5, 1e3, .5, "1", 1_000, 01:30, 1.2.3]',
    [1, -2, 16, 15, 1.5, 1000, 0.5, '1', '1_000', '01:30', '1.2.3'],
  ],
  ['[!!str 1, ! 2, !!int "3", !!bool "true", !!null ""]', ['1', '2', 3, true, null]],
  ["a: 'it''s'\nb: \"tab\\t\\u20ac\"", { a: "it's", b: 'tab\t€' }],
  ['a: |\n  two\n  lines\nb: >-\n  one\n  line\n', { a: 'two\nlines\n', b: 'one line' }],
  ['- a: 1\n  b: [2, {c: 3}]\n-\n', [{ a: 1, b: [2, { c: 3 }] }, null]],
  ['!!map {a: !!seq [1]}', { a: [1] }],
  ['a: &x 1\nb: *x', { a: 1, b: 1 }],
  ['a: &x [1]\nb: &x {c: 2}\nc: *x', { a: [1], b: { c: 2 }, c: { c: 2 } }],
  ['a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3, e: 4}', { a: { b: 1, c: 2 }, d: { b: 1, c: 3, e: 4 } }],
  ['a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}', { a: { b: 1 }, c: { b: 2, d: 3 }, e: { b: 1, d: 3 } }],
  ['a: {"<<": 1}', { a: { '<<': 1 } }],
  ['{"a": 1, "b" : 2}', { a: 1, b: 2 }],
  ['--- \na: 1\n...\n', { a: 1 }],
  [
    '__proto__: 1\nconstructor: 2',
    Object.fromEntries([
      ['__proto__', 1],
      ['constructor', 2],
    ]),
  ],
];
for (const [text, value] of values) test(JSON.stringify(text), () => assert.deepEqual(read(text), value));

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi'].map((pair) => pair.split('')))
  bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`);

const problems: readonly (readonly [text: string, place: string, problem: YamlProblem])[] = [
  ['a: [1', '1:6', { type: 'syntax', reason: 'unexpected end of the stream within a flow collection' }],
  ['a: 1\n b: 2', '2:3', { type: 'syntax', reason: 'bad indentation of a mapping entry' }],
  ['a:\n\t- b', '2:1', { type: 'syntax', reason: 'tab characters must not be used in indentation' }],
  ['a: "\\q"', '1:6', { type: 'syntax', reason: 'unknown escape sequence' }],
  ['a: \0', '1:4', { type: 'syntax', reason: 'null byte is not allowed in input' }],
  ['['.repeat(40), '1:32', { type: 'syntax', reason: 'nesting exceeded maxDepth (32)' }],
  ['a: 1\nb: 2\na: 3', '3:1', { type: 'duplicateKey', key: 'a', firstAt: 0 }],
  ['? [a]\n: 1', '1:3', { type: 'notAKey' }],
  ['{a: 1}: 2', '1:1', { type: 'notAKey' }],
  [': 2', '1:1', { type: 'notAKey' }],
  ['a: *b', '1:4', { type: 'unknownAlias', name: 'b' }],
  ['a: &b [*b]', '1:8', { type: 'aliasWithinItself', name: 'b' }],
  ['a: &b {c: *b}', '1:11', { type: 'aliasWithinItself', name: 'b' }],
  ['<<: 1', '1:5', { type: 'notMergeable' }],
  ['<<: [{a: 1}, b]', '1:14', { type: 'notMergeable' }],
  ['a: 1\n---\nb: 2', '3:1', { type: 'severalDocuments' }],
  ['a: !!binary x', '1:13', { type: 'unsupportedTag', tag: '!!binary' }],
  ['a: !reset []', '1:4', { type: 'unsupportedTag', tag: '!reset' }],
  ['a: !!int x', '1:10', { type: 'notOfItsTag', tag: '!!int', text: 'x' }],
  [bomb.join('\n'), '5:20', { type: 'tooManyAliases' }],
];
for (const [text, place, problem] of problems) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused`, () => {
    const all = parseYaml(text, false).problems;
    const at = all[0]?.at ?? 0;
    const { line, column } = findPlaces(text, [at]).get(at) ?? { line: 0, column: 0 };
    assert.deepEqual([all.length, `${line}:${column}`, all[0]?.problem], [1, place, problem]);
  });
}

test('each key and value knows where it is', () => {
  const text = 'a: 1\r\n"b" : "two"\nc: &x [d, *x2]\ne:\nf: {g: \'h\'}\n';
  const { root } = parseYaml(text, false);
  const marks: string[] = [];
  const mark = (node: Node): void => {
    marks.push(text.slice(node.at, node.at + 3));
    if (node.type === 'list') node.items.forEach(mark);
    if (node.type === 'mapping')
      for (const { at, value } of node.entries) {
        marks.push(text.slice(at, at + 1));
        mark(value);
      }
  };
  if (root !== null) mark(root);
  assert.deepEqual(marks, [
    'a: ',
    'a',
    '1\r\n',
    '"',
    '"tw',
    'c',
    '[d,',
    'd, ',
    '*x2',
    'e',
    'e:\n',
    'f',
    '{g:',
    'g',
    "'h'",
  ]);
});

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

test('bytes of UTF-8 come through, and escapes become them', () => {
  const { root, problems: wrong } = parseYaml(bytes('Äa: [Ä€😀, "Ä\\u20ac\\U0001F600\\xe9", plain]'), true);
  assert.deepEqual(wrong, []);
  assert.deepEqual(root === null ? null : toValue(root), {
    [bytes('Äa')]: [bytes('Ä€😀'), bytes('Ä€😀é'), 'plain'],
  });
});

test('bytes of UTF-8 are there again in what is said about them', () => {
  const said = ['*ä', '!ä []'].flatMap((text) => parseYaml(bytes(text), true).problems.map(({ problem }) => problem));
  const reason = bytes('tag name cannot contain such characters: ä');
  assert.deepEqual(said, [
    { type: 'unknownAlias', name: bytes('ä') },
    { type: 'syntax', reason },
  ]);
});

/** What JavaScript calls as keys what they are called in the file. */
const scalar = fc.constantFrom('a', '1', 'true', '"q"', "'s'", '*x', '1.5', '', '!!str 1', '<<');
const piece = fc.constantFrom(
  ': ',
  '\n',
  '  ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '&x ',
  '# ',
  '? ',
  '|\n',
  '>\n',
  '---\n',
);
const text = fc.array(fc.oneof(scalar, piece), { maxLength: 25 }).map((pieces) => pieces.join(''));

test('a text that is read without a problem means what the parser makes of it', () => {
  const schema = CORE_SCHEMA.withTags(mergeTag);
  fc.assert(
    fc.property(text, (source) => {
      const { root, problems: wrong } = parseYaml(source, false);
      if (wrong.length > 0 || root === null) return;
      assert.deepEqual(toValue(root), load(source, { schema }));
    }),
    { numRuns: 3_000 },
  );
});
