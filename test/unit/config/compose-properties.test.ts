import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SERVICE_KEYS } from '../../../src/config/compose-keys.ts';
import { sortIntoLevels } from '../../../src/core/services/order.ts';
import { messagesOf, readYaml } from '../../helpers/start-file.ts';

/** Services without a problem, or problems in the order of their places, each of one line. */
function check(text: string): void {
  const file = readYaml(text);
  if (file.type === 'services') {
    assert.notEqual(file.services.length, 0);
    for (const { words } of file.services) assert.notEqual(words.length, 0);
    return assert.ok('levels' in sortIntoLevels(file.services));
  }
  assert.notEqual(file.problems.length, 0);
  for (const message of messagesOf(file)) assert.ok(message.startsWith('drainit.yaml:') && !message.includes('\n'));
  const places = file.problems.flatMap((problem) =>
    problem.type === 'place' ? [{ line: problem.line, column: problem.column }] : [],
  );
  for (const { line, column } of places) assert.ok(line >= 1 && column >= 1 && line <= text.split(/\r\n?|\n/).length);
  const sorted = places.toSorted((one, other) => one.line - other.line || one.column - other.column);
  assert.deepEqual(places, sorted);
}

test('any text gives services or problems', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), check), { numRuns: 1_000 });
});

const word = fc.constantFrom(
  'services',
  'app',
  'command',
  'a b',
  '"',
  "'",
  '$',
  '${X:-',
  '}',
  '*a',
  '<<',
  '\0',
  '~',
  '5s',
);
const mark = fc.constantFrom(': ', '\n', '\n  ', '\n    ', '- ', '{', '}', '[', ']', ', ', '&a ', '|\n', '!!int ', '#');

test('any text in the letters of YAML gives services or problems', () => {
  const text = fc.array(fc.oneof(word, mark), { maxLength: 40 }).map((pieces) => pieces.join(''));
  fc.assert(fc.property(text, check), { numRuns: 2_000 });
});

const key = fc.constantFrom(...SERVICE_KEYS, 'test', 'condition', 'path', 'db', 'app', 'x-any', 'image', 'nonsense');
const scalar = fc.constantFrom(
  'app',
  'db',
  5,
  0,
  true,
  null,
  '',
  '10s',
  'no',
  'CMD',
  'service_healthy',
  '$HOME',
  "'",
  'TERM',
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));

test('any values of any keys give services or problems', () => {
  const service = fc.dictionary(key, value, { maxKeys: 5 });
  const file = fc.dictionary(fc.constantFrom('app', 'db', 'web'), fc.oneof(service, value), { maxKeys: 3 });
  fc.assert(
    fc.property(file, value, (services, settings) => check(JSON.stringify({ services, 'x-drainit': settings }))),
    { numRuns: 1_000 },
  );
});

test('a graph of services is put in order or refused by its cycles', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const edges = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 8 });
  fc.assert(
    fc.property(edges, (pairs) => {
      const services = Object.fromEntries(
        names.map((name) => [
          name,
          { command: name, depends_on: [...new Set(pairs.filter(([from]) => from === name).map(([, to]) => to))] },
        ]),
      );
      const file = readYaml(JSON.stringify({ services }));
      const isOrdered = file.type === 'services';
      const reach = new Set(pairs.map(([from, to]) => from + to));
      for (const middle of names)
        for (const from of names)
          for (const to of names) if (reach.has(from + middle) && reach.has(middle + to)) reach.add(from + to);
      assert.equal(isOrdered, !names.some((name) => reach.has(name + name)));
      if (!isOrdered)
        for (const message of messagesOf(file))
          assert.match(message, /services wait for each other, (\w)( -> \w)* -> \1:/);
    }),
  );
});
