import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { until } from '../../test/helpers/world.ts';
import type { Balancer, Trouble } from './balancer.ts';
import { FOLDER, HOME } from './enclosure.ts';

/** One slot for each pod that may ever be in a run. */
const SLOTS = 60;

const configuration = (socket: string): string => `
global
  stats socket ${socket} mode 600 level admin
  log stderr format raw local0
  maxconn 8000
defaults
  mode http
  log global
  option dontlog-normal
  log-format "%ST %ts %s %Ta %r"
  retries 0
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  timeout http-request 50s
  timeout http-keep-alive 50s
frontend clients
  bind ${HOME}:80
  default_backend pods
backend pods
  balance roundrobin
  http-reuse safe
  server-template pod 1-${SLOTS} ${HOME}:8080 disabled
`;

/** Who ended a session and when, by the two letters of its state: section 8.5 of HAProxy's manual. */
const reasons: Readonly<Record<string, string>> = {
  SC: 'the pod refused the connection, or was unreachable',
  sC: 'the pod did not answer the connection in 5 s',
  SH: 'the pod closed the connection before it answered',
  SD: 'the pod closed the connection in the middle of its answer',
  sH: 'the pod did not answer in 50 s',
  CC: 'the client gave up while the balancer waited for the connection to the pod',
  CH: 'the client gave up while the pod had the request',
  CD: 'the client left in the middle of the answer',
};

function readLine(line: string): readonly (readonly [number, Trouble])[] {
  const [, status, state, server, took, number] = /^(\S+) (\S+) (\S+) (\S+) .*[?]n=(\d+)/.exec(line) ?? [];
  if (state === undefined || number === undefined) return [];
  const address = server?.startsWith('pod') === true ? `10.210.1.${server.slice('pod'.length)}` : null;
  const none = address === null ? 'the balancer had no pod left' : undefined;
  const reason = none ?? reasons[state] ?? `${status} ${state} in the balancer's log`;
  return [[Number(number), { address, reason, took: Math.max(0, Number(took)) }]];
}

export const readTroubles = (log: string): ReadonlyMap<number, Trouble> => new Map(log.split('\n').flatMap(readLine));

/** Says something to the runtime API, and gives its answer. */
async function say(socket: string, text: string): Promise<string> {
  const connection = connect(socket);
  let answer = '';
  connection.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  connection.write(`${text}\n`);
  await once(connection, 'close');
  return answer.trim();
}

/** HAProxy, told of each change by its runtime API. */
export async function startHaproxy(): Promise<Balancer> {
  const socket = path.join(FOLDER, 'haproxy.sock');
  const file = path.join(FOLDER, 'haproxy.cfg');
  writeFileSync(file, configuration(socket));
  const server = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const isUp = (): boolean => existsSync(socket) && server.exitCode === null;
  await until('haproxy runs', isUp, () => log);
  return {
    add: async ({ name, address }) => {
      const answer = await say(socket, `set server pods/${name} addr ${address} port 8080`);
      if (!answer.includes('IP changed')) throw new Error(`haproxy: ${answer}`);
      await say(socket, `set server pods/${name} state ready`);
    },
    remove: async ({ name }) => void (await say(socket, `set server pods/${name} state maint`)),
    // As it wants the client to send the request again: abort_keep_alive in its src/http_ana.c.
    silence: {
      reason: 'the pod closed a connection that was used again, and the balancer that of the client',
      isItsOwn: false,
    },
    readTroubles: () => readTroubles(log),
    close: async () => {
      const end = once(server, 'exit');
      server.kill('SIGKILL');
      await end;
    },
  };
}
