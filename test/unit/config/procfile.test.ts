import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderFileProblem } from '../../../src/cli/render-file-problem.ts';
import { readStartFile } from '../../../src/config/start-file.ts';

const world = {
  readText: () => null,
  variables: new Map<string, string>(),
  whyNotRunnable: () => undefined,
  hasByteStrings: false,
};

const read = (text: string) => readStartFile('Procfile', text, 'stragglers', world);

/** Names and words, or the messages. */
const summarize = (text: string): readonly string[] => {
  const file = read(text);
  return file.type === 'services'
    ? file.services.map(({ name, words }) => [name, ...words].join('|'))
    : file.problems.map(renderFileProblem);
};

const cases: readonly (readonly [what: string, text: string, result: readonly string[]])[] = [
  [
    'names and commands',
    'web: node server.js --port 80\nworker: ./work\n',
    ['web|node|server.js|--port|80', 'worker|./work'],
  ],
  ['comments, blank lines, spaces', '# a comment\n\n  web:   app  \n   # another\n', ['web|app']],
  ['no space behind the colon', 'web:app', ['web|app']],
  ['colons in the command', 'web: app http://x:80', ['web|app|http://x:80']],
  ['names with - and _', 'web-1_a: app', ['web-1_a|app']],
  ['the line ends of Windows, and a byte order mark', '\ufeffweb: app\r\nworker: work\r\n', ['web|app', 'worker|work']],
  ['a byte order mark in bytes', '\u00ef\u00bb\u00bfweb: app', ['web|app']],
  ['what needs a shell', 'web: PORT=80 app && echo done', ['web|/bin/sh|-c|PORT=80 app && echo done']],
  ['variables', 'web: app $PORT', ['web|/bin/sh|-c|app $PORT']],
  ['quotes', `web: app 'a b' "c d"`, ['web|app|a b|c d']],
  [
    'a line that is no entry',
    'web: app\nworker',
    ["Procfile:2: 'worker' is not an entry: write name: command, or # in front of a comment"],
  ],
  ['a name that is none', 'my web: app', ["Procfile:1: 'my web' is not a name: use letters, digits, _ and -"]],
  ['no name', ': app', ["Procfile:1: '' is not a name: use letters, digits, _ and -"]],
  ['a space before the colon', 'web : app', ["Procfile:1: 'web ' is not a name: use letters, digits, _ and -"]],
  [
    'a name twice',
    'web: a\n\nweb: b',
    ["Procfile:3: 'web' is there already, in line 1: give one of them another name"],
  ],
  ['no command', 'web:', ["Procfile:1: 'web' has no command: write it behind the colon"]],
  ['an open quote', "web: app 'x", ["Procfile:1: 'app 'x' has a quote that is not closed"]],
  ['nothing', '# nothing\n', ['Procfile: nothing to start: write a line name: command for each program']],
  [
    'everything that is wrong',
    'a\nb:\nc d: e',
    [
      "Procfile:1: 'a' is not an entry: write name: command, or # in front of a comment",
      "Procfile:2: 'b' has no command: write it behind the colon",
      "Procfile:3: 'c d' is not a name: use letters, digits, _ and -",
    ],
  ],
];
for (const [what, text, result] of cases) test(what, () => assert.deepEqual(summarize(text), result));
