import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { childrenOf, read, until } from '../../test/helpers/world.ts';
import type { Balancer, Endpoint, Trouble } from './balancer.ts';
import { FOLDER, HOME } from './enclosure.ts';

const WORKERS = 2;

const configuration = (folder: string): string => `
daemon off;
worker_processes ${WORKERS};
pid ${folder}/pid;
error_log ${folder}/error.log error;
user root;
events { worker_connections 4096; }
http {
  map $status $is_trouble { ~^(5|499) 1; default 0; }
  log_format trouble '$status [$upstream_addr] $request_time $request';
  access_log ${folder}/access.log trouble if=$is_trouble;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  keepalive_requests 1000000;
  upstream pods {
    include ${folder}/pods;
    keepalive 64;
    keepalive_requests 1000000;
  }
  server {
    listen ${HOME}:80 backlog=4096;
    location / {
      proxy_pass http://pods;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
      proxy_connect_timeout 5s;
    }
  }
}
`;

/** In the words of its error log; the first that fits. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/No route to host/, 'the pod is gone from the network'],
  [/connect\(\) failed/, 'the pod refused the connection'],
  [/timed out.*while connecting/, 'the pod did not answer the connection in 5 s'],
  [
    /(prematurely closed|reset by peer).*while reading response header/,
    'the pod closed the connection before it answered',
  ],
  [
    /(prematurely closed|reset by peer).*while reading upstream/,
    'the pod closed the connection in the middle of its answer',
  ],
];

function readTroubles(folder: string): ReadonlyMap<number, Trouble> {
  const explained = new Map<string, string>();
  for (const line of readFileSync(path.join(folder, 'error.log'), 'utf8').split('\n')) {
    const number = /[?]n=(\d+) HTTP/.exec(line)?.[1];
    const reason = reasons.find(([pattern]) => pattern.test(line))?.[1];
    if (number !== undefined && reason !== undefined) explained.set(number, reason);
  }
  const troubles = new Map<number, Trouble>();
  for (const line of readFileSync(path.join(folder, 'access.log'), 'utf8').split('\n')) {
    const [, status = '', upstream = '', took, number] = /^(\d+) \[(.*)\] (\S+) .*[?]n=(\d+)/.exec(line) ?? [];
    if (number === undefined) continue;
    const address = /^[\d.]+/.exec(upstream)?.[0] ?? null;
    const given = status === '499' ? 'the client gave up' : `${status} in the balancer's log`;
    troubles.set(Number(number), { address, reason: explained.get(number) ?? given, took: Number(took) * 1_000 });
  }
  return troubles;
}

/** nginx, whose list of endpoints is rewritten and which is told to reload at each change. */
export async function startNginx(): Promise<Balancer> {
  const folder = path.join(FOLDER, 'nginx');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const file = path.join(folder, 'nginx.conf');
  const endpoints = new Map<string, Endpoint>();
  // No passive health check: it is the endpoints that say who serves, as in Kubernetes.
  const line = ({ address }: { readonly address: string }): string => `server ${address}:8080 max_fails=0;\n`;
  const write = (): void => {
    const all = [...endpoints.values()];
    writeFileSync(path.join(folder, 'pods'), all.length === 0 ? 'server 127.0.0.1:9 down;\n' : all.map(line).join(''));
  };
  write();
  writeFileSync(file, configuration(folder));
  const server = spawn('nginx', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const workers = (): readonly number[] =>
    childrenOf(server.pid ?? 0).filter((pid) => read(`/proc/${pid}/cmdline`).startsWith('nginx: worker process\0'));
  await until(
    'nginx runs',
    () => workers().length === WORKERS,
    () => said,
  );
  /** Until no worker accepts that does not know of the change. */
  const reload = async (): Promise<void> => {
    const before = workers();
    write();
    server.kill('SIGHUP');
    const isOver = (): boolean => workers().length === WORKERS && !workers().some((pid) => before.includes(pid));
    await until('nginx has reloaded', isOver, () => said);
  };
  return {
    add: async (endpoint) => {
      endpoints.set(endpoint.name, endpoint);
      await reload();
    },
    remove: async ({ name }) => {
      endpoints.delete(name);
      await reload();
    },
    // A pod's failure it answers with 502 or 504.
    silence: { reason: 'nginx closed its connections to clients at a reload', isItsOwn: true },
    readTroubles: () => readTroubles(folder),
    close: async () => {
      const end = once(server, 'exit');
      server.kill('SIGTERM');
      await end;
    },
  };
}
