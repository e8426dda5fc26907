import { service } from './core.ts';
import { toMillis } from '../../src/core/ids.ts';
import {
  type HealthCheck,
  type Service,
  type Surroundings,
  sameSurroundings,
} from '../../src/core/services/service.ts';
import type { HookCommand } from '../../src/core/setup.ts';
import { TERM, USR2, parseSignal } from '../../src/core/signal.ts';

/** Indents a service's keys and puts them below `app`. */
export const inService = (keys: string): string =>
  `services:\n  app:\n${keys
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('')}`;

/** What is read from a command alone. */
export const app = service('app');

const health = (more: Partial<HealthCheck> = {}): HealthCheck => ({
  words: ['probe', '-q'],
  interval: toMillis(30_000),
  timeout: toMillis(30_000),
  retries: 3,
  startPeriod: toMillis(0),
  startInterval: toMillis(5_000),
  ...more,
});

/** The variables that we have with another home, and more. */
const inHome = (home: string, ...more: string[]): Surroundings => ({
  ...sameSurroundings,
  environment: [`HOME=${home}`, 'PORT=8080', 'EMPTY=', ...more],
});

const hook = (words: readonly string[], surroundings = sameSurroundings): HookCommand => ({ words, surroundings });

const environment = (...more: string[]): Partial<Service> => ({
  surroundings: inHome('/root', ...more),
});

const user = (id: number, group: number, ...groups: number[]): Partial<Service> => ({
  surroundings: { ...inHome('/home/app'), user: { user: id, group, groups } },
});

export const COMMAND = 'command: app\n';
const CHECK = `${COMMAND}healthcheck: `;

/** Keys of one service, and what they make of it. */
export const composeCases: readonly (readonly [keys: string, service: Partial<Service>])[] = [
  ['command: app', {}],
  ['command: app -c \'a b\' "c"', { words: ['app', '-c', 'a b', 'c'] }],
  ['command: app && echo *.txt | cat', { words: ['app', '&&', 'echo', '*.txt', '|', 'cat'] }],
  ['command: [app, "a b", 80, true, "$$x"]', { words: ['app', 'a b', '80', 'true', '$x'] }],
  ['command: >\n  app\n  --flag', { words: ['app', '--flag'] }],
  ['entrypoint: tool -v\ncommand: [run, it]', { words: ['tool', '-v', 'run', 'it'] }],
  ['entrypoint: [tool]\ncommand:', { words: ['tool'] }],
  ['entrypoint: ""\ncommand: app', {}],
  [`${COMMAND}working_dir: /srv`, { surroundings: { ...sameSurroundings, folder: '/srv' } }],
  [`${COMMAND}user: app`, user(1000, 1001, 50, 60)],
  [`${COMMAND}user: 1000`, user(1000, 1001, 50, 60)],
  [`${COMMAND}user: "1000:50"`, user(1000, 50)],
  [`${COMMAND}user: app:logs`, user(1000, 60)],
  [`${COMMAND}user: 4000`, { surroundings: { ...inHome('/'), user: { user: 4000, group: 0, groups: [] } } }],
  [
    `${COMMAND}user: app\nenvironment: [HOME=/srv]`,
    { surroundings: { ...inHome('/srv'), user: { user: 1000, group: 1001, groups: [50, 60] } } },
  ],
  [`${COMMAND}environment:\n  A: text\n  B: 1.50\n  C: true\n  D: ""`, environment('A=text', 'B=1.50', 'C=true', 'D=')],
  [`${COMMAND}environment: [A=1, "B=a=b", C=]`, environment('A=1', 'B=a=b', 'C=')],
  [`${COMMAND}environment: [HOME, NONE]`, environment()],
  [`${COMMAND}environment: {A: "$PORT", B: "\${NONE:-b}"}`, environment('A=8080', 'B=b')],
  [`${COMMAND}environment:`, {}],
  [`${COMMAND}env_file: app.env`, environment('A=from file', 'B=8080')],
  [`${COMMAND}env_file: [app.env, /srv/app.env]`, environment('A=from /srv', 'B=8080')],
  [`${COMMAND}env_file: app.env\nenvironment: [A=own]`, environment('A=own', 'B=8080')],
  [`${COMMAND}env_file: {path: none.env, required: false}`, environment()],
  [`${COMMAND}env_file:\n  - {path: app.env, format: raw}`, environment('A=from file', 'B="${PORT}"')],
  [`${COMMAND}restart: "no"`, {}],
  [`${COMMAND}restart: no`, {}],
  [`${COMMAND}restart: always`, { restart: { when: 'always', limit: null } }],
  [`${COMMAND}restart: unless-stopped`, { restart: { when: 'always', limit: null } }],
  [`${COMMAND}restart: on-failure`, { restart: { when: 'onFailure', limit: null } }],
  [`${COMMAND}restart: on-failure:5`, { restart: { when: 'onFailure', limit: 5 } }],
  [`${COMMAND}restart: on-failure:0`, { restart: { when: 'onFailure', limit: null } }],
  [`${COMMAND}stop_signal: SIGUSR2`, { stopSignal: USR2 }],
  [`${COMMAND}stop_signal: 15`, { stopSignal: TERM }],
  [`${COMMAND}stop_signal: RTMIN+3`, { stopSignal: parseSignal('RTMIN+3') ?? null }],
  [`${COMMAND}stop_grace_period: 1m30s`, { grace: toMillis(90_000) }],
  [`${COMMAND}stop_grace_period: 5`, { grace: toMillis(5_000) }],
  [`${COMMAND}pre_stop: [{command: ./drain 5}]`, { preStop: [hook(['./drain', '5'])] }],
  [`${COMMAND}pre_stop: {command: [./drain, a b]}`, { preStop: [hook(['./drain', 'a b'])] }],
  [`${COMMAND}pre_stop: []`, {}],
  [`${COMMAND}pre_stop: [{command: one}, {command: two}]`, { preStop: [hook(['one']), hook(['two'])] }],
  [`${COMMAND}post_start: [{command: ./warm}, {command: two}]`, { postStart: [hook(['./warm']), hook(['two'])] }],
  [`${COMMAND}post_start: {command: ./warm}`, { postStart: [hook(['./warm'])] }],
  [
    `${COMMAND}user: 1000:50\nworking_dir: /srv\nenvironment: [A=1]\npost_start: [{command: one}]`,
    {
      surroundings: { ...inHome('/home/app', 'A=1'), folder: '/srv', user: { user: 1000, group: 50, groups: [] } },
      postStart: [
        hook(['one'], { ...inHome('/home/app', 'A=1'), folder: '/srv', user: { user: 1000, group: 50, groups: [] } }),
      ],
    },
  ],
  [
    `${COMMAND}environment: [A=1, B=b]\nworking_dir: /srv\npost_start: [{command: one, user: app, working_dir: /tmp, environment: {A: 2}}]`,
    {
      surroundings: { ...inHome('/root', 'A=1', 'B=b'), folder: '/srv' },
      postStart: [
        hook(['one'], {
          ...inHome('/home/app', 'A=2', 'B=b'),
          folder: '/tmp',
          user: { user: 1000, group: 1001, groups: [50, 60] },
        }),
      ],
    },
  ],
  [`${CHECK}{test: probe -q && true}`, { healthCheck: health({ words: ['/bin/sh', '-c', 'probe -q && true'] }) }],
  [`${CHECK}{test: [CMD, probe, -q]}`, { healthCheck: health() }],
  [
    `${CHECK}{test: [CMD-SHELL, probe || exit 1]}`,
    { healthCheck: health({ words: ['/bin/sh', '-c', 'probe || exit 1'] }) },
  ],
  [`${CHECK}{test: [NONE]}`, {}],
  [`${CHECK}{disable: true}`, {}],
  [`${CHECK}{test: [CMD, probe], disable: true}`, {}],
  [
    `${CHECK}{test: [CMD, probe, -q], interval: 5s, timeout: 500ms, retries: 10, start_period: 1m, start_interval: 1s}`,
    {
      healthCheck: health({
        interval: toMillis(5_000),
        timeout: toMillis(500),
        retries: 10,
        startPeriod: toMillis(60_000),
        startInterval: toMillis(1_000),
      }),
    },
  ],
  [`${COMMAND}x-mine: {anything: [at, all]}`, {}],
];
