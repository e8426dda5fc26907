import assert from 'node:assert/strict';
import { constants } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { locate, requirePrograms } from '../helpers/require-programs.ts';
import { assertTold } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

/** A program that starts workers and looks after them. */
interface Manager {
  readonly name: string;
  readonly command: string;
  /** What the script does first. */
  readonly before?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What it writes to standard error or to the log when it has its workers. */
  readonly isReady: RegExp;
  /** What it writes when it has stopped its workers by itself. */
  readonly hasStopped: RegExp;
  /** What it writes when it has followed a HUP. */
  readonly reloads?: RegExp;
}

const postgres = locate('postgres') ?? '';
const asPostgres = 'setpriv --reuid=postgres --regid=postgres --clear-groups';

const managers: readonly Manager[] = [
  {
    name: 'nginx',
    command: `${locate('nginx')} -p . -c nginx.conf -e stderr`,
    files: {
      'nginx.conf': `daemon off; worker_processes 2; pid nginx.pid; error_log stderr notice; events {}
        http { access_log off; server { listen unix:nginx.sock; } }`,
    },
    isReady: /(start worker process \d+[^]*){2}/,
    reloads: /signal 1 \(SIGHUP\) received from 1, reconfiguring[^]*(start worker process \d+[^]*){2}/,
    hasStopped: /signal 15 \(SIGTERM\) received from 1, exiting[^]*worker process \d+ exited with code 0[^]*exit\n/,
  },
  {
    name: 'gunicorn',
    command: 'gunicorn --workers 2 --bind unix:app.sock app:application',
    // Loaded when a worker has its handlers: before that, a TERM from its master is lost.
    files: {
      'app.py': `import os
os.write(os.open(os.environ['LOG'], os.O_WRONLY | os.O_APPEND), b'worker ready\\n')
def application(environ, start): return []
`,
    },
    isReady: /(worker ready\n?){2}/,
    reloads: /Handling signal: hup[^]*(worker ready\n?){4}/,
    hasStopped: /Handling signal: term[^]*(Worker exiting \(pid: \d+\)[^]*){2}Shutting down: Master/,
  },
  {
    name: 'php-fpm',
    command: `${locate('php-fpm')} --nodaemonize --fpm-config php-fpm.conf`,
    files: {
      'php-fpm.conf': `[global]
error_log = \${LOG}
[www]
user = nobody
listen = php.sock
pm = static
pm.max_children = 2
`,
    },
    isReady: /ready to handle connections/,
    hasStopped: /Terminating \.\.\.[^]*exiting, bye-bye!/,
  },
  {
    name: 'postgres',
    before: `${asPostgres} ${path.dirname(postgres)}/initdb --no-sync -D data -A trust > /dev/null`,
    command: `${asPostgres} ${postgres} -D data -k . -h ''`,
    isReady: /database system is ready to accept connections/,
    reloads: /received SIGHUP, reloading configuration files/,
    hasStopped: /received smart shutdown request[^]*database system is shut down/,
  },
  {
    name: 'supervisord',
    command: 'supervisord --configuration supervisord.conf',
    files: {
      'supervisord.conf': `[supervisord]
nodaemon = true
user = root
logfile = %(ENV_LOG)s
logfile_maxbytes = 0
pidfile = supervisord.pid
childlogdir = %(here)s
[program:one]
command = program one
`,
    },
    isReady: /one ready/,
    hasStopped: /stopped: one \(exit status 0\)/,
  },
];

const outputOf = (world: World): string => `${world.stderr}${world.lines.join('\n')}`;

/** Whom drainit says that it sent a signal to, by name. */
const toldBy = (stderr: string, signal: string): readonly string[] =>
  [...stderr.matchAll(new RegExp(`drainit: sent ${signal} to (.+) \\(\\d+\\)`, 'g'))].map(([, name = '']) => name);

for (const subject of subjects) {
  describe(`${subject.name}: a manager in a start script (managers)`, { concurrency: 2 }, () => {
    for (const { name, before = '', command, files = {}, isReady, hasStopped, reloads } of managers) {
      test(`${name} is told, and stops its own workers`, { skip: requirePrograms(name) }, async () => {
        await using world = new World(subject, { run: `${before}\n${command}\n:`, files, options: ['-v'] });
        await world.until('its workers', () => isReady.test(outputOf(world)));
        if (reloads !== undefined) {
          world.signal('SIGHUP');
          const isSaid = (): boolean => toldBy(world.stderr, 'SIGHUP').length > 0;
          await world.until('its reload', () => reloads.test(outputOf(world)) && isSaid());
          assert.equal(toldBy(world.stderr, 'SIGHUP').length, 1, world.describe());
        }
        world.signal('SIGTERM');
        assert.equal((await world.end()).status, 0, world.describe());
        assert.match(outputOf(world), hasStopped);
        assert.deepEqual(toldBy(world.stderr, 'SIGTERM').length, 2, `bash and ${name}\n${world.describe()}`);
        if (world.count('one ready') > 0) assertTold(world, ['one'], constants.signals.SIGTERM, 'script');
      });
    }
  });
}
