/** Keep-alive clients through a stop: of the plain server of docker-examples/keep-alive, and of one with a WebSocket. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Network } from '../helpers/network.ts';
import { type Subject, subjects } from '../helpers/subjects.ts';
import { World } from '../helpers/world.ts';

const PORT = 8080;
const CLIENTS = 8;
/** So long after the stop a load balancer goes on sending requests here. */
const LAG = 1_500;

const repository = path.dirname(path.dirname(import.meta.dirname));

/** Servers that say `Connection: close` in the drain: one does it by hand, the other leaves it to the library. */
const servers = {
  'docker-examples/keep-alive': readFileSync(path.join(repository, 'docker-examples/keep-alive/server.mjs'), 'utf8'),
  'drainable()': `
    import { createServer } from 'node:http';
    import { drainable } from '${path.join(repository, 'src/library/drainable.ts')}';
    const server = createServer((request, response) => response.end('hello\\n'));
    drainable(server);
    server.listen(${PORT});
  `,
};

/** Clients that send one request after the other, over connections that they keep as long as the server lets them. */
class Load {
  readonly failures: string[] = [];
  answers = 0;
  closing = 0;
  private isOver = false;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  private readonly url: string;
  private readonly workers: readonly Promise<void>[];

  constructor(address: string) {
    this.url = `http://${address}:${PORT}/`;
    this.workers = Array.from({ length: CLIENTS }, async () => this.work());
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.workers);
    this.agent.destroy();
  }

  private async work(): Promise<void> {
    while (!this.isOver) await this.request();
  }

  private async request(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fail = (error: Error): void => {
      this.failures.push(error.message);
      resolve();
    };
    get(this.url, { agent: this.agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('error', fail);
      response.on('end', () => {
        this.answers += 1;
        if (response.headers.connection === 'close') this.closing += 1;
        if (response.statusCode !== 200 || body !== 'hello\n') this.failures.push(`${response.statusCode} ${body}`);
        resolve();
      });
    }).on('error', fail);
    return promise;
  }
}

/** Answers 101 and keeps the connection, as a WebSocket server does. */
const webSockets = `
import { createServer } from 'node:http';
const server = createServer();
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n');
  process.on('SIGTERM', () => socket.destroy());
});
process.on('SIGTERM', () => server.close());
server.listen(${PORT}, () => console.log('listening'));
`;

/** Sends requests through a stop, which are all answered, and all end before the drain has to. */
async function loseNothing(subject: Subject, source: string): Promise<void> {
  using network = new Network();
  await using world = new World(subject, {
    before: network.before,
    files: { 'server.mjs': source },
    run: [process.execPath, 'server.mjs'],
    options: ['-v', '--drain', '4s..20s', '--drain-signal', 'USR2'],
  });
  await world.until('the server accepts', async () => network.canConnect(PORT));
  const load = new Load(network.address);
  await world.until('requests are answered', () => load.answers > 100);
  assert.equal(load.closing, 0);
  world.signal('SIGTERM');
  await world.until('the drain shows', () => load.closing > CLIENTS);
  const before = load.answers;
  const lagEnd = performance.now() + LAG;
  await world.until(
    'the load balancer has heard of it',
    () => performance.now() >= lagEnd && load.answers - before > 100,
  );
  await load.end();
  const { status, seconds } = await world.end();

  assert.deepEqual(load.failures, []);
  assert.equal(status, 0, world.describe());
  assert.match(world.stderr, /the drain is over after .*: nobody is connected/);
  assert.ok(seconds < 20, `${seconds} s`);
}

for (const subject of subjects) {
  describe(`${subject.name}: keep-alive clients`, { concurrency: 2 }, () => {
    for (const [name, source] of Object.entries(servers)) {
      test(`lose no request while the server is drained and stopped: ${name}`, async () =>
        loseNothing(subject, source));
    }

    test('of a WebSocket are waited for until the maximum', async () => {
      using network = new Network();
      await using world = new World(subject, {
        before: network.before,
        files: { 'server.mjs': webSockets },
        run: [process.execPath, 'server.mjs'],
        options: ['-v', '--drain', '100ms..2s'],
      });
      await world.until('the server listens', () => world.stdout.includes('listening'));
      const socket = await network.connect(PORT);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      await world.until('the upgrade', () => socket.bytesRead > 0);
      world.signal('SIGTERM');
      const { status, seconds } = await world.end();
      assert.equal(status, 0, world.describe());
      assert.ok(seconds >= 2, `${seconds} s`);
      assert.match(world.stderr, /the drain is over after [2-9](\.\d)? s: it may last no longer; clients connected: 1/);
    });
  });
}
