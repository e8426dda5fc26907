import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesOf, readYaml } from '../../helpers/start-file.ts';

/** What is wrong with a file as such, and with `x-drainit`; what is said about it begins with line and column. */
const cases: readonly (readonly [text: string, ...messages: string[]])[] = [
  ['', ' nothing to start: write services: and below it name: with a command for each program'],
  ['services:', '1:1: services: an empty value is not a map: write name: for each service below services:'],
  ['services: {}', ' nothing to start: write services: and below it name: with a command for each program'],
  ['- a', '1:1: the file: a list is not a map: write services: and the services below it'],
  ['text', "1:1: the file: 'text' is not a map: write services: and the services below it"],
  ['services: [a]', '1:11: services: a list is not a map: write name: for each service below services:'],
  ['services: {app: }', '1:12: app: an empty value is not a service: write its keys below it, such as command: ./app'],
  ['services: {app: run}', "1:17: app: 'run' is not a service: write its keys below it, such as command: ./app"],
  ['sevices: {}', "1:1: 'sevices' is not a key of a start file: did you mean services?"],
  [
    'foo: 1\nservices: {app: {command: app}}',
    "1:1: 'foo' is not a key of a start file: write one of name, services, version, x-drainit",
  ],
  ['include: [a.yaml]', "1:1: 'include' is not supported: write its services into this file"],
  ['services: {"my app": {command: a}}', "1:12: 'my app' is not a name: use letters, digits, ., _ and -"],
  ['a: [', '1:5: this is not YAML: unexpected end of the stream within a flow collection'],
  ['a: 1\n b: 2', '2:3: this is not YAML: bad indentation of a mapping entry'],
  [
    'a: 1\na: 2',
    "1:1: 'a' is not a key of a start file: write one of name, services, version, x-drainit",
    "2:1: 'a' is there already, in line 1: leave one of them out",
  ],
  [': x', '1:1: a key is missing, or is a list or a map: write a text'],
  ['<<: 1', '1:5: <<: only maps can be merged: write *name of a map that has &name'],
  [
    'a: 1\n---\nb: 2',
    "1:1: 'a' is not a key of a start file: write one of name, services, version, x-drainit",
    '3:1: a second document begins here: leave out what is behind ---',
  ],
  [
    'a: *b',
    "1:1: 'a' is not a key of a start file: write one of name, services, version, x-drainit",
    "1:4: '*b' has no anchor: write &b in front of a value above",
  ],
  [
    'a: &b [*b]',
    "1:1: 'a' is not a key of a start file: write one of name, services, version, x-drainit",
    "1:8: '*b' is within the value that it stands for: leave it out",
  ],
  [
    'a: !reset []',
    "1:1: 'a' is not a key of a start file: write one of name, services, version, x-drainit",
    "1:4: '!reset' is not a tag that is known here: leave it out",
  ],
  [
    'a: !!int x',
    "1:1: 'a' is not a key of a start file: write one of name, services, version, x-drainit",
    "1:10: 'x' is not what !!int says: leave out the tag",
  ],
  [
    'services: {web: {command: w}}\nx-drainit: 5',
    "2:12: x-drainit: '5' is not a map: write its keys below it, such as drain: 10s",
  ],
  ['x-drainit: {drian: 5s}', "1:13: 'drian' is not a key of x-drainit: did you mean drain?"],
  [
    'x-drainit: {drain: long}',
    "1:20: drain: 'long' is not a time to hold back: write a duration such as 30s, 1m30s or 500ms, or two such as 5s..20s",
  ],
  ['x-drainit: {drain: 20s..5s}', "1:20: drain: '20s..5s' ends before it begins: write the shorter time first"],
  ...['TERM', 'SIGINT', '9'].map(
    (signal) =>
      [
        `x-drainit: {drain_signal: ${signal}}`,
        `1:27: drain_signal: '${signal}' stops programs, which it is to hold back from: write another, such as USR2`,
      ] as const,
  ),
  [
    'x-drainit: {pre_stop: ./missing now}',
    "1:23: pre_stop: './missing' cannot be run: No such file or directory: check the path, PATH and the execute permission",
  ],
  ['x-drainit: {drain_signal: TREM}', "1:27: drain_signal: 'TREM' is not a signal: did you mean TERM?"],
  [
    'x-drainit: {grace: never}',
    "1:20: grace: 'never' is not a duration: write a duration such as 30s, 1m30s or 500ms, or none",
  ],
  ['x-drainit: {pre_stop: "a \'b"}', "1:23: pre_stop: 'a 'b' is not a command: write one, and close its quotes"],
  ['x-drainit: {pre_stop: [[a]]}', '1:24: pre_stop: a list is not a word: write a text for each word'],
  [
    'x-drainit: {pre_stop_timeout: long}',
    "1:31: pre_stop_timeout: 'long' is not a duration above 0: write a duration such as 30s, 1m30s or 500ms",
  ],
];
for (const [text, ...messages] of cases) {
  test(text.split('\n').join(' | '), () =>
    assert.deepEqual(
      messagesOf(readYaml(text)),
      messages.map((message) => `drainit.yaml:${message}`),
    ),
  );
}

test('aliases that stand for too much', () => {
  const tens = (item: string): string => Array.from({ length: 10 }, () => item).join(', ');
  const lines = ['b', 'c', 'd', 'e', 'f'].map((name, index) => `x-${name}: &${name} [${tens(`*${'abcde'[index]}`)}]`);
  assert.deepEqual(
    messagesOf(readYaml(`x-a: &a [${tens('x')}]\n${lines.join('\n')}\nservices: {app: {command: app}}`)),
    ['drainit.yaml:5:22: aliases repeat more than 50000 values: write fewer of them'],
  );
});
