import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesOf, readYaml } from '../../helpers/start-file.ts';

/** Keys of a service that something is wrong with; what is said about them begins with line and column. */
const cases: readonly (readonly [keys: string, ...messages: string[]])[] = [
  ['healthcheck: probe', "3:18: healthcheck: 'probe' is not a healthcheck: write test: [CMD, program] below it"],
  ['healthcheck: {}', '3:18: healthcheck: test is missing: write test: [CMD, program] below it'],
  [
    'healthcheck: {test: ""}',
    "3:25: test: '' is not a test: write a command, [CMD, program, argument], [CMD-SHELL, command] or [NONE]",
  ],
  [
    'healthcheck: {test: []}',
    '3:25: test: a list is not a test: write a command, [CMD, program, argument], [CMD-SHELL, command] or [NONE]',
  ],
  [
    'healthcheck: {test: [probe]}',
    '3:25: test: a list is not a test: write a command, [CMD, program, argument], [CMD-SHELL, command] or [NONE]',
  ],
  [
    'healthcheck: {test: [CMD]}',
    '3:25: test: a list is not a test: write a command, [CMD, program, argument], [CMD-SHELL, command] or [NONE]',
  ],
  [
    'healthcheck: {test: {}}',
    '3:25: test: a map is not a test: write a command, [CMD, program, argument], [CMD-SHELL, command] or [NONE]',
  ],
  [
    'healthcheck: {test: a, interval: 0s}',
    "3:38: interval: '0s' is not a duration above 0: write a duration such as 30s, 1m30s or 500ms",
  ],
  [
    'healthcheck: {test: a, timeout: long}',
    "3:37: timeout: 'long' is not a duration above 0: write a duration such as 30s, 1m30s or 500ms",
  ],
  ['healthcheck: {test: a, retries: 0}', "3:37: retries: '0' is not a count: write a number from 1 on"],
  ['healthcheck: {test: a, retries: -1}', "3:37: retries: '-1' is not a count: write a number from 1 on"],
  [
    'healthcheck: {test: a, start_period: long}',
    "3:42: start_period: 'long' is not a duration: write a duration such as 30s, 1m30s or 500ms",
  ],
  ['healthcheck: {test: a, disable: maybe}', "3:37: disable: 'maybe' is not true or false: write one of them"],
  ['healthcheck: {test: a, intervall: 5s}', "3:28: 'intervall' is not a key of a healthcheck: did you mean interval?"],
  [
    'depends_on: db',
    "3:17: depends_on: 'db' is not a list of services: write [db, cache], or a map with a condition for each",
  ],
  [
    'depends_on: [[db]]',
    '3:18: depends_on: a list is not a list of services: write [db, cache], or a map with a condition for each',
  ],
  ['depends_on: [other]', "3:18: depends_on: 'other' is not a service: add it, or write required: false"],
  ['depends_on: [ap]', "3:18: depends_on: 'ap' is not a service: did you mean app?"],
  ['depends_on: [app]', '3:18: depends_on: services wait for each other, app -> app: leave one of these out'],
  [
    'depends_on: {app: }',
    '3:18: depends_on: app: an empty value is not a dependency: write condition: service_started below it',
    '3:18: depends_on: services wait for each other, app -> app: leave one of these out',
  ],
  ['depends_on: {b: {}}', '3:18: depends_on: b: condition is missing: write condition: service_started below it'],
  [
    'depends_on: {b: {condition: healthy}}',
    "3:33: condition: 'healthy' is not a condition: write service_started, service_healthy or service_completed_successfully",
  ],
  [
    'depends_on: {b: {condition: service_started, requird: false}}',
    "3:50: 'requird' is not a key of a dependency: did you mean required?",
  ],
  [
    'depends_on: {b: {condition: service_healthy}}',
    "3:18: depends_on: 'b' has no healthcheck, so it is never healthy: give it one, or write service_started",
  ],
  [
    'depends_on: {b: {condition: service_completed_successfully}}',
    "3:18: depends_on: 'b' always restarts, so it never completes: let it restart on-failure, or write service_started",
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
