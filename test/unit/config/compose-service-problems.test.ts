import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesOf, readYaml } from '../../helpers/start-file.ts';

/** Keys of a service that something is wrong with; what is said about them begins with line and column. */
const cases: readonly (readonly [keys: string, ...messages: string[]])[] = [
  ['enviroment: {}', "3:5: 'enviroment' is not a key of a service: did you mean environment?"],
  [
    'colour: red',
    "3:5: 'colour' is not a key of a service: write one of command, depends_on, entrypoint, env_file, environment, healthcheck, post_start, pre_stop, restart, stop_grace_period, stop_signal, user, working_dir",
  ],
  ['extends: other', "3:5: 'extends' is not supported: use a YAML anchor and <<"],
  ['group_add: [a]', "3:5: 'group_add' is not supported: name the groups in /etc/group"],
  ['profiles: [a]', "3:5: 'profiles' is not supported: leave out the services that are not wanted"],
  ['provider: {}', "3:5: 'provider' is not supported: leave out the service"],
  ['scale: 3', "3:5: 'scale' is not supported: write a service for each"],
  ['command: {a: b}', '3:14: command: a map is not a command: write one line, or a list of words'],
  ['command: "a \'b"', "3:14: command: 'a 'b' has a quote that is not closed"],
  ['command: [a, [b]]', '3:18: command: a list is not a word: write a text for each word'],
  [
    'command: |\n  #!/bin/sh\n  echo "a rather long script that has\n  more than one line',
    "3:14: command: '#!/bin/sh\\necho \"a rather long script that has\\nmore than o...' has a quote that is not closed",
  ],
  [
    'command: &x >\n  a "b\nworking_dir: {}',
    "3:17: command: 'a \"b\\n' has a quote that is not closed",
    '5:18: working_dir: a map is not a text: write one value',
  ],
  ['command: [a, ]\nentrypoint: [a, null]', "4:21: entrypoint: 'null' is not a word: write a text for each word"],
  [
    'command: [a, "b\\0"]',
    "3:18: command: 'b\\u0000' has a NUL character, which no program can be given: leave it out",
  ],
  ['entrypoint: []', "2:3: 'app' has no command: write command or entrypoint below it"],
  ['working_dir: ', '3:5: working_dir: an empty value is not a text: write one value'],
  ['working_dir: ""', "3:18: working_dir: '' is not a text: write one value"],
  ['user: nobody', "3:11: user: 'nobody' is not in /etc/passwd: add it there, or write a number"],
  ['user: app:nogroup', "3:11: user: 'nogroup' is not in /etc/group: add it there, or write a number"],
  ['user: [app]', '3:11: user: a list is not a text: write one value'],
  [
    'restart: sometimes',
    "3:14: restart: 'sometimes' is not a restart policy: write no, always, on-failure, on-failure:5 or unless-stopped",
  ],
  [
    'restart: on-failure:x',
    "3:14: restart: 'on-failure:x' is not a restart policy: write no, always, on-failure, on-failure:5 or unless-stopped",
  ],
  [
    'restart: false',
    "3:14: restart: 'false' is not a restart policy: write no, always, on-failure, on-failure:5 or unless-stopped",
  ],
  ['stop_signal: TREM', "3:18: stop_signal: 'TREM' is not a signal: did you mean TERM?"],
  ['stop_signal: 99', "3:18: stop_signal: '99' is not a signal: write a name such as TERM or a number from 1 to 64"],
  ['stop_signal: []', '3:18: stop_signal: a list is not a signal: write a name such as TERM or a number from 1 to 64'],
  [
    'stop_grace_period: long',
    "3:24: stop_grace_period: 'long' is not a duration: write a duration such as 30s, 1m30s or 500ms",
  ],
  [
    'stop_grace_period: ',
    '3:5: stop_grace_period: an empty value is not a duration: write a duration such as 30s, 1m30s or 500ms',
  ],
  ['pre_stop: ./drain', "3:15: pre_stop: './drain' is not a list of hooks: write - command: ./hook below it"],
  ['pre_stop: [./drain]', "3:16: pre_stop: './drain' is not a hook: write command: ./hook"],
  ...(['post_start', 'pre_stop'] as const).map(
    (key) =>
      [
        `working_dir: /srv\n${key}: [{command: [sh, a]}, {command: bin/missing}]`,
        `4:${key.length + 38}: ${key}: '/srv/bin/missing' cannot be run: No such file or directory: check the path, PATH and the execute permission`,
      ] as const,
  ),
  ['pre_stop: [{}]', '3:16: pre_stop: command is missing: write command: ./hook below it'],
  ['post_start: [{}]', '3:18: post_start: command is missing: write command: ./hook below it'],
  ['post_start: 5', "3:17: post_start: '5' is not a list of hooks: write - command: ./hook below it"],
  [
    'pre_stop: [{command: a, user: nobody-here}]',
    "3:35: user: 'nobody-here' is not in /etc/passwd: add it there, or write a number",
  ],
  [
    'post_start: [{command: a}, {command: b, privileged: true}]',
    "3:45: 'privileged' is not supported: a container cannot give itself privileges, leave it out",
  ],
  [
    'pre_stop: [{comand: a}]',
    '3:16: pre_stop: command is missing: write command: ./hook below it',
    "3:17: 'comand' is not a key of a hook: did you mean command?",
  ],
];
for (const [keys, ...messages] of cases) {
  const isCommand = keys.startsWith('command') || keys.startsWith('entrypoint');
  const text = `services:\n  app:\n    ${keys.split('\n').join('\n    ')}\n${isCommand ? '' : '    command: app\n'}  b: {command: b, restart: always}\n`;
  test(keys.split('\n').join(' | '), () =>
    assert.deepEqual(
      messagesOf(readYaml(text)),
      messages.map((message) => `drainit.yaml:${message}`),
    ),
  );
}
