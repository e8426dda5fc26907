import { packedExample } from './packed.ts';

export interface Example {
  readonly name: string;
  /** How to build it where that is not `docker build` alone. */
  readonly build?: () => Promise<string>;
  /** Of `docker run`. */
  readonly options?: readonly string[];
  /** That it answers on when it is ready, where there are no such requests. */
  readonly port?: number;
  /** The requests that are in flight at the stop, and what they are answered. */
  readonly requests?: readonly (readonly [port: number, path: string, answer: string])[];
  /** In the log once it is ready. */
  readonly ready?: readonly string[];
  /** PID 1's program; it is /drainit where nothing is said. */
  readonly init?: string;
  /** The programs that run, by name. */
  readonly programs: readonly string[];
  /** In the log after the stop, in this order. */
  readonly logs?: readonly RegExp[];
  /** The longest that the stop may take: `docker stop --time`. */
  readonly limit: number;
  readonly status?: number;
  readonly isKilled?: boolean;
  readonly hasNoShell?: boolean;
  readonly hasHealthCheck?: boolean;
}

const SLOW = '/slow';

/** Every example that is one container. */
export const examples: readonly Example[] = [
  {
    name: 'start-script',
    programs: ['start.sh', 'gunicorn', 'node'],
    requests: [
      [8001, SLOW, 'api: done\n'],
      [8002, SLOW, 'web: done\n'],
    ],
    limit: 10,
    logs: [/web: SIGTERM, finishing what I have/],
  },
  {
    name: 'scratch',
    programs: ['server'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 25,
    logs: [/server: finished/],
    hasNoShell: true,
  },
  {
    name: 'node',
    build: packedExample,
    init: '/app/node_modules/drainit/dist/drainit',
    programs: ['node'],
    ready: ['server: ready'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 25,
    logs: [/server: the last connection has ended/],
    hasHealthCheck: true,
  },
  {
    name: 'nginx-php-fpm',
    programs: ['nginx', 'php-fpm8.2'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 25,
    logs: [/exiting, bye-bye!/],
  },
  {
    name: 'start-file',
    programs: ['postgres', 'python3'],
    ready: ['web: ready'],
    requests: [[8080, SLOW, 'visitor 2\n']],
    limit: 25,
    logs: [/^web +\| web: finished$/m, /^db +\|.* fast shutdown request$/m, /^db +\|.* database system is shut down$/m],
  },
  {
    name: 'procfile',
    programs: ['node'],
    ready: ['web    | ready', 'worker | job 1'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 10,
    logs: [/^worker \| job \d+ done$/m, /^web {4}\| finished$/m],
  },
  {
    name: 'tini-replacement',
    programs: ['start.sh', 'worker'],
    ready: ['one: ready', 'two: ready'],
    limit: 10,
    logs: [/told[^]*told/, /finished[^]*finished/],
  },
  {
    name: 'non-root-read-only',
    options: ['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
    programs: ['start.sh', 'node'],
    ready: ['web: ready, as user 1000', 'worker: EROFS'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 10,
    logs: [/^(web|worker): finished\n(web|worker): finished$/m],
  },
  {
    name: 'keep-alive',
    programs: ['node'],
    port: 8080,
    limit: 25,
  },
  {
    name: 'slow-stop',
    programs: ['start.sh', 'web', 'worker', 'sleep'],
    limit: 30,
    status: 137,
    isKilled: true,
    logs: [/worker \(\d+\) is still there after 5 s: it traps SIGTERM/, /killed worker/, /report: SIGTERM/],
  },
  {
    name: 'kubernetes',
    programs: ['node'],
    ready: ['ready'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 35,
    logs: [/answered \/slow/, /finished/],
  },
  {
    name: 'compose',
    programs: ['node'],
    ready: ['web: ready'],
    requests: [[8080, SLOW, 'hello\n']],
    limit: 35,
    logs: [/web: finished/],
  },
];
