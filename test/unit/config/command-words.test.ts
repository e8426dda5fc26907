import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitCommand } from '../../../src/config/command-words.ts';

const cases: readonly (readonly [text: string, words: readonly string[] | undefined])[] = [
  ['curl -s localhost/drain', ['curl', '-s', 'localhost/drain']],
  ['echo \'a b\' "c d" e\\ f', ['echo', 'a b', 'c d', 'e f']],
  ['a\'b\'"c"', ['abc']],
  ["''", ['']],
  ['"a \\"quoted\\" word"', ['a "quoted" word']],
  ['app --level=3', ['app', '--level=3']],
  ['LEVEL=3 app', ['/bin/sh', '-c', 'LEVEL=3 app']],
  ['sleep 5 && app', ['/bin/sh', '-c', 'sleep 5 && app']],
  ['echo $HOME', ['/bin/sh', '-c', 'echo $HOME']],
  ["echo '$HOME'", ['echo', '$HOME']],
  ['echo "$HOME"', ['/bin/sh', '-c', 'echo "$HOME"']],
  ['ls *.txt', ['/bin/sh', '-c', 'ls *.txt']],
  ['', undefined],
  ['   ', undefined],
  ["echo 'never closed", undefined],
];
for (const [text, words] of cases)
  test(`the words of ${JSON.stringify(text)}`, () => assert.deepEqual(splitCommand(text), words));

test('words without a shell are those that a shell makes', () => {
  const piece = fc.constantFrom('a', 'b c', ' ', "'", '"', '\\', 'x=y', '-', "'q r'", '"s t"', '\\ ');
  const command = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `p ${pieces.join('')}`);
  fc.assert(
    fc.property(command, (text) => {
      const words = splitCommand(text);
      if (words === undefined || words[0] === '/bin/sh') return;
      // A backslash at the very end is an ordinary one to a shell, and nothing follows it here.
      fc.pre(!text.endsWith('\\'));
      const script = `p() { for word; do printf '%s\\0' "$word"; done; }\n${text}`;
      const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
      assert.deepEqual(words.slice(1), stdout.split('\0').slice(0, -1));
    }),
    { numRuns: 200 },
  );
});
