import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesOf, readYaml } from '../../helpers/start-file.ts';

/** Keys of a service that something is wrong with; what is said about them begins with line and column. */
const cases: readonly (readonly [keys: string, ...messages: string[]])[] = [
  ['environment: text', "3:18: environment: 'text' is not a list or a map of variables: write NAME: value below it"],
  [
    'environment: [=a]',
    "3:19: environment: '=a' is not a variable: write NAME=value, or NAME for the one that drainit has",
  ],
  [
    'environment: [[a]]',
    '3:19: environment: a list is not a variable: write NAME=value, or NAME for the one that drainit has',
  ],
  ['environment: {"A=B": c}', "3:19: environment: 'A=B' is not the name of a variable: write it without ="],
  ['environment: {A: [b]}', '3:22: A: a list is not a text: write one value'],
  ['environment: {A: "cost $5"}', "3:22: '$5' is not a variable: write ${NAME}, or $$ for a dollar sign"],
  ['environment: {A: "${NAME"}', "3:22: '${NAME' is not a variable: write ${NAME}, or $$ for a dollar sign"],
  ['environment: {A: "${NONE:?say which}"}', '3:22: the variable NONE is needed: say which'],
  ['environment: {A: "${NONE?}"}', '3:22: the variable NONE is needed: set it'],
  ['env_file: none.env', "3:15: env_file: 'none.env' cannot be read: check the path, or write required: false"],
  [
    'env_file: bad.env',
    "3:15: env_file: bad.env:2: 'not one' is not a variable: write NAME=value, or # in front of a comment",
    "3:15: env_file: bad.env:3: 'y' is behind the closing quote: put it inside, or # in front of it",
    "3:15: env_file: bad.env:4: '${}' is not a variable: write ${NAME}, or $$ for a dollar sign",
    "3:15: env_file: bad.env:5: 'B' has a quote that is not closed",
  ],
  ['env_file: [[a]]', '3:16: env_file: a list is not a file: write its path, or path: and required: below it'],
  ['env_file: {required: false}', '3:15: env_file: path is missing: write path: ./app.env below it'],
  [
    'env_file: {path: a, required: perhaps}',
    "3:15: env_file: 'a' cannot be read: check the path, or write required: false",
    "3:35: required: 'perhaps' is not true or false: write one of them",
  ],
  ['env_file: {path: app.env, format: json}', "3:39: format: 'json' is not a format: write raw, or leave it out"],
  [
    'env_file: {paht: a}',
    '3:15: env_file: path is missing: write path: ./app.env below it',
    "3:16: 'paht' is not a key of an env_file: did you mean path?",
  ],
];
for (const [keys, ...messages] of cases) {
  const text = `services:\n  app:\n    ${keys.split('\n').join('\n    ')}\n    command: app\n  b: {command: b, restart: always}\n`;
  test(keys.split('\n').join(' | '), () =>
    assert.deepEqual(
      messagesOf(readYaml(text)),
      messages.map((message) => `drainit.yaml:${message}`),
    ),
  );
}
