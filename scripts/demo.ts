/**
 * Shows the difference on real servers: the start script of docker-examples/start-script is stopped as PID 1 of a new PID
 * namespace, with a request in flight at each of its servers, under tini and under drainit.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import { REQUEST_BEFORE_STOP, type Result, drawDifference } from './draw-difference.ts';

const root = path.dirname(import.meta.dirname);
const script = path.join(root, 'docker-examples/start-script/start.sh');
const drainit = path.join(root, 'dist/drainit');

const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (isColoured ? `\u001B[${code}m${text}\u001B[0m` : text);
const good = (text: string): string => paint(32, text);
const bad = (text: string): string => paint(31, text);
const faint = (text: string): string => paint(2, text);

const sleep = async (millis: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, millis);
  return promise;
};

async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await sleep(20)) if (await isTrue()) return;
  throw new Error(`waited 15 s in vain: ${what}`);
}

function findProgram(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}

/** The body of the answer, or what went wrong. */
async function request(port: number, target: string): Promise<{ body?: string; error?: string }> {
  const { promise, resolve } = Promise.withResolvers<{ body?: string; error?: string }>();
  get({ host: '127.0.0.1', port, path: target, agent: false }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (body += chunk));
    response.on('end', () => resolve(response.complete ? { body } : { error: 'cut off' }));
    response.on('error', () => resolve({ error: 'cut off' }));
  }).on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
  return promise;
}

const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

interface Server {
  readonly name: string;
  readonly port: number;
  /** What it writes to its log when it gets SIGTERM. */
  readonly sign: string;
}

async function stopUnder(init: readonly string[]): Promise<Result> {
  const [apiPort, webPort] = [await freePort(), await freePort()];
  const servers: Server[] = [
    { name: 'gunicorn', port: apiPort, sign: 'Handling signal: term' },
    { name: 'node', port: webPort, sign: 'web: SIGTERM' },
  ];
  const isRoot = process.getuid?.() === 0;
  const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child', ...(isRoot ? [] : ['--user', '--map-root-user'])];
  const namespace: ChildProcess = spawn('unshare', [...unshare, ...init, script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOST: '127.0.0.1', API_PORT: String(apiPort), WEB_PORT: String(webPort) },
  });
  let log = '';
  namespace.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  namespace.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = Promise.withResolvers<number | null>();
  let isOver = false;
  namespace.on('close', (code) => {
    isOver = true;
    ended.resolve(code);
  });
  try {
    for (const { name, port } of servers) {
      await until(`${name} to answer; its log:\n${log}`, async () => {
        if (isOver) throw new Error(`the start script ended before ${name} answered; its log:\n${log}`);
        return (await request(port, '/')).body !== undefined;
      });
    }
    let started = performance.now();
    const answers = servers.map(async ({ port }) => {
      const answer = await request(port, '/slow');
      return { ...answer, end: (performance.now() - started) / 1_000 };
    });
    await sleep(REQUEST_BEFORE_STOP * 1_000);

    started = performance.now();
    const init1 = childrenOf(namespace.pid ?? 0)[0];
    if (init1 === undefined) throw new Error('cannot find PID 1 of the new namespace');
    process.kill(init1, 'SIGTERM');
    const code = await ended.promise;
    const seconds = (performance.now() - started) / 1_000;
    const results = await Promise.all(answers);
    return {
      servers: servers.map(({ name, sign }, index) => ({
        name,
        isTold: log.includes(sign),
        error: results[index]?.error,
        end: results[index]?.end ?? seconds,
      })),
      status: String(code),
      seconds,
    };
  } finally {
    if (!isOver) namespace.kill('SIGKILL');
  }
}

function show(label: string, { servers, status, seconds }: Result): void {
  const row = (name: string, text: string): void => console.log(`  ${name.padEnd(26)}${text}`);
  console.log(`\n${paint(1, label)}`);
  for (const { name, isTold } of servers) row(`${name} got SIGTERM`, isTold ? good('yes') : bad('no'));
  for (const { name, error } of servers) {
    row(`its request (${name})`, error === undefined ? good('finished') : bad(`lost (${error})`));
  }
  row('exit status', status === '0' ? good(status) : bad(status));
  row('time', `${seconds.toFixed(2)} s`);
}

/** One line on what is missing, or undefined where the demo can run. */
function findObstacle(): string | undefined {
  if (!existsSync(drainit)) return 'dist/drainit is missing: run npm run build';
  for (const program of ['unshare', 'bash', 'gunicorn']) {
    if (findProgram(program) === undefined)
      return `${program} is missing: install it (Debian package ${program === 'unshare' ? 'util-linux' : program})`;
  }
  const isRoot = process.getuid?.() === 0;
  const probe = spawnSync('unshare', [
    '--pid',
    '--fork',
    '--mount-proc',
    ...(isRoot ? [] : ['--user', '--map-root-user']),
    'true',
  ]);
  return probe.status === 0 ? undefined : `cannot make a PID namespace here: ${probe.stderr.toString().trim()}`;
}

const obstacle = findObstacle();
if (obstacle !== undefined) {
  console.error(`demo: ${obstacle}`);
  process.exit(1);
}
console.log('docker-examples/start-script/start.sh starts two servers, gunicorn and node, and waits.');
console.log('Each is answering a request that takes 2 s when PID 1 gets SIGTERM, as from docker stop.');
console.log(faint('Two requests, about three seconds each time.'));
const results: { label: string; result: Result }[] = [];
for (const [label, init] of [
  ['tini', findProgram('tini')],
  ['drainit', drainit],
] as const) {
  if (init === undefined) {
    console.log(`\n${label} is not installed: it is left out.`);
    continue;
  }
  const result = await stopUnder([init, '--']);
  show(label, result);
  results.push({ label, result });
}
const picture = process.argv.indexOf('--svg');
const file = process.argv[picture + 1];
if (picture > 0 && file !== undefined) writeFileSync(file, drawDifference(results));
