import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type RequestListener, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Drainable, type DrainableOptions, drainable } from '../../../src/library/drainable.ts';

/** A client that speaks HTTP by hand, so that a test sees each byte and the end of the connection. */
class Client {
  readonly socket: Socket;
  text = '';
  isClosed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text: string) => (this.text += text));
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('error', () => undefined);
  }

  send(...targets: readonly string[]): void {
    this.socket.write(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  }

  async has(text: string): Promise<void> {
    while (!this.text.includes(text)) await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await once(this.socket, 'close');
  }

  count(text: string): number {
    return this.text.split(text).length - 1;
  }
}

/** A server whose answers a test gives, one by one, by their targets. */
class Scene {
  readonly server: Server;
  readonly drainable: Drainable;
  readonly clients: Client[] = [];
  /** The server's ends of the connections. */
  readonly sockets: Socket[] = [];
  private readonly waiting = new Map<string, () => void>();

  constructor(options: DrainableOptions = {}) {
    const answer: RequestListener = ({ url = '' }, response) => {
      if (url.startsWith('/begun')) response.flushHeaders();
      if (url.startsWith('/now')) response.end(`answer to ${url}`);
      else this.waiting.set(url, () => response.end(`answer to ${url}`));
      this.server.emit('seen');
    };
    this.server = createServer(answer);
    this.server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
    });
    this.server.on('connection', (socket: Socket) => this.sockets.push(socket));
    this.drainable = drainable(this.server, { stopSignals: [], drainSignal: null, ...options });
  }

  async client(): Promise<Client> {
    if (!this.server.listening) await once(this.server.listen(0, '127.0.0.1'), 'listening');
    const client = new Client((this.server.address() as AddressInfo).port);
    this.clients.push(client);
    await once(this.server, 'connection');
    return client;
  }

  async seen(target: string): Promise<void> {
    while (!this.waiting.has(target)) await once(this.server, 'seen');
  }

  answer(target: string): void {
    this.waiting.get(target)?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.clients) socket.destroy();
    this.server.closeAllConnections();
    if (this.server.listening) this.server.close();
  }
}

test('before the drain a connection is kept', async () => {
  await using scene = new Scene();
  const client = await scene.client();
  client.send('/now1');
  await client.has('answer to /now1');
  assert.match(client.text, /Connection: keep-alive/);
  client.send('/now2');
  await client.has('answer to /now2');
});

test('in the drain each answer closes its connection, and new ones are accepted', async () => {
  await using scene = new Scene();
  const kept = await scene.client();
  kept.send('/now1');
  await kept.has('answer to /now1');
  scene.drainable.drain();
  assert.ok(scene.drainable.draining.aborted);
  assert.ok(!scene.drainable.stopping.aborted);
  for (const client of [kept, await scene.client()]) {
    client.send('/now2');
    await client.closed();
    assert.match(client.text, /Connection: close\r\n[^]*answer to \/now2$/);
  }
});

test('an answer that was still to come when the drain began closes its connection too', async () => {
  await using scene = new Scene();
  const client = await scene.client();
  client.send('/slow');
  await scene.seen('/slow');
  scene.drainable.drain();
  scene.answer('/slow');
  await client.closed();
  assert.match(client.text, /Connection: close\r\n[^]*answer to \/slow$/);
});

const keepAlive: readonly (readonly [how: string, answer: (response: ServerResponse) => void])[] = [
  ['setHeader()', (response) => response.setHeader('connection', 'keep-alive')],
  ['appendHeader()', (response) => response.appendHeader('Connection', 'keep-alive')],
  ['setHeaders()', (response) => response.setHeaders(new Map([['Connection', 'keep-alive']]))],
  ['writeHead() with an object', (response) => response.writeHead(200, { connection: 'keep-alive', 'x-own': '1' })],
  ['writeHead() with a list', (response) => response.writeHead(200, ['Connection', 'keep-alive', 'x-own', '1'])],
  [
    'writeHead() with pairs',
    (response) => response.writeHead(200, [['Connection', 'keep-alive']] as unknown as string[]),
  ],
  [
    'writeHead() with a message, after setHeader()',
    (response) => {
      response.setHeader('Connection', 'Keep-Alive');
      response.writeHead(200, 'Fine', { 'Keep-Alive': 'timeout=60', CONNECTION: 'keep-alive' });
    },
  ],
];
for (const [how, prepare] of keepAlive) {
  test(`Connection: keep-alive of the application's own by ${how} holds before the drain, and not in it`, async () => {
    await using scene = new Scene();
    scene.server.removeAllListeners('request');
    scene.server.on('request', (_request, response: ServerResponse) => {
      prepare(response);
      response.end('answered');
    });
    const client = await scene.client();
    client.send('/');
    await client.has('answered');
    assert.match(client.text, /connection: keep-alive\r\n/i);
    assert.doesNotMatch(client.text, /close/i);
    client.text = '';
    scene.drainable.drain();
    client.send('/');
    await client.closed();
    assert.match(client.text, /^Connection: close\r\n[^]*answered/m);
    assert.doesNotMatch(client.text, /keep-alive/i);
    assert.equal(/x-own: 1/.test(client.text), /writeHead\(\) with (?:an object|a list)/.test(how));
  });
}

for (const [event, expectation] of [
  ['checkContinue', '100-continue'],
  ['checkExpectation', 'something else'],
] as const) {
  test(`what is answered by a listener for ${event} closes its connection in the drain too`, async () => {
    await using scene = new Scene();
    scene.server.on(event, (_request, response: ServerResponse) => {
      response.setHeader('Connection', 'keep-alive');
      if (event === 'checkContinue') response.writeContinue();
      response.end('answered');
    });
    const client = await scene.client();
    scene.drainable.drain();
    client.socket.write(`GET / HTTP/1.1\r\nHost: x\r\nExpect: ${expectation}\r\n\r\n`);
    await client.closed();
    assert.match(client.text, /^Connection: close\r\n[^]*answered/m);
  });
}

test('pipelined requests are all answered, and the last answer closes', async () => {
  await using scene = new Scene();
  const client = await scene.client();
  client.send('/a', '/b');
  await scene.seen('/b');
  scene.drainable.drain();
  client.send('/c');
  await scene.seen('/c');
  for (const target of ['/c', '/b', '/a']) scene.answer(target);
  await client.closed();
  assert.match(client.text, /answer to \/a[^]*answer to \/b[^]*answer to \/c$/);
  assert.equal(client.count('Connection: close'), 1);
});

test('pipelined requests that are answered at once are all answered', async () => {
  await using scene = new Scene();
  const client = await scene.client();
  scene.drainable.drain();
  client.send('/now-a', '/now-b', '/now-c');
  await client.closed();
  assert.match(client.text, /answer to \/now-a[^]*answer to \/now-b[^]*answer to \/now-c$/);
  assert.equal(client.count('Connection: close'), 1);
});

test('at the stop idle connections are closed, and what runs comes to its end', async () => {
  await using scene = new Scene();
  const [idle, busy, begun] = [await scene.client(), await scene.client(), await scene.client()];
  busy.send('/slow');
  await scene.seen('/slow');
  begun.send('/begun');
  await begun.has('Connection: keep-alive');
  scene.drainable.stop();
  await idle.closed();
  assert.ok(scene.drainable.stopping.aborted);
  assert.ok(!busy.isClosed && !begun.isClosed);
  scene.answer('/slow');
  scene.answer('/begun');
  await Promise.all([busy.closed(), begun.closed(), scene.drainable.closed]);
  assert.match(busy.text, /answer to \/slow$/);
  assert.match(begun.text, /answer to \/begun/);
});

test('an answer without end is told by `stopping`', async () => {
  await using scene = new Scene({ timeout: Infinity });
  const client = await scene.client();
  client.send('/begun-events');
  await client.has('HTTP/1.1 200');
  scene.drainable.stopping.addEventListener('abort', () => scene.answer('/begun-events'));
  scene.drainable.stop();
  await Promise.all([client.closed(), scene.drainable.closed]);
  assert.match(client.text, /answer to \/begun-events/);
});

for (const [what, target] of [
  ['an answer without end', 'GET /begun-events HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an upgraded connection', 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n'],
  ['half a request', 'GET /half HTTP/1.1\r\nHo'],
] as const) {
  for (const how of ['after the time', 'at a second stop'] as const) {
    test(`${what} is cut ${how}`, async () => {
      await using scene = new Scene({ timeout: how === 'after the time' ? 50 : Infinity });
      const client = await scene.client();
      client.socket.write(target);
      if (what !== 'half a request') await client.has('HTTP/1.1');
      while (scene.sockets[0]?.bytesRead !== target.length) await setImmediate();
      scene.drainable.stop();
      if (how === 'at a second stop') scene.drainable.stop();
      await Promise.all([client.closed(), scene.drainable.closed]);
    });
  }
}

test('the signals do what the methods do, and the handlers go with the server', async () => {
  const before = (['SIGWINCH', 'SIGTERM', 'SIGHUP'] as const).map((signal) => process.listenerCount(signal));
  const counts = (): number[] =>
    (['SIGWINCH', 'SIGTERM', 'SIGHUP'] as const).map((signal) => process.listenerCount(signal));
  await using scene = new Scene({ drainSignal: 'SIGWINCH', stopSignals: ['SIGHUP'] });
  await scene.client();
  assert.deepEqual(counts(), [(before[0] ?? 0) + 1, before[1], (before[2] ?? 0) + 1]);
  process.kill(process.pid, 'SIGWINCH');
  await once(scene.drainable.draining, 'abort');
  assert.ok(!scene.drainable.stopping.aborted);
  process.kill(process.pid, 'SIGHUP');
  await scene.drainable.closed;
  assert.deepEqual(counts(), before);
});

test('a stop before the server listens stops it as soon as it does', async () => {
  await using scene = new Scene();
  scene.drainable.stop();
  scene.server.listen(0, '127.0.0.1');
  await scene.drainable.closed;
  assert.ok(!scene.server.listening);
});

for (const how of ['after the time', 'at a second stop'] as const) {
  test(`what is left of a server that the application has closed itself is cut ${how}`, async () => {
    await using scene = new Scene({ timeout: how === 'after the time' ? 50 : Infinity });
    const [busy, idle] = [await scene.client(), await scene.client()];
    busy.send('/slow');
    await scene.seen('/slow');
    scene.server.close();
    scene.drainable.stop();
    if (how === 'at a second stop') scene.drainable.stop();
    await Promise.all([busy.closed(), idle.closed(), scene.drainable.closed]);
  });
}

test('many servers listen to a signal by one handler', () => {
  const before = process.listenerCount('SIGHUP');
  const servers = Array.from({ length: 12 }, () => createServer());
  const drainables = servers.map((server) => drainable(server, { drainSignal: null, stopSignals: ['SIGHUP'] }));
  assert.equal(process.listenerCount('SIGHUP'), before + 1);
  process.emit('SIGHUP');
  assert.ok(drainables.every(({ stopping }) => stopping.aborted));
  for (const server of servers) server.emit('close');
  assert.equal(process.listenerCount('SIGHUP'), before);
});

for (const [options, message] of [
  [null, "drainable: options 'null' is not an object; give one such as { timeout: 5000 }"],
  [{ stopSignals: 'SIGTERM' }, "drainable: stopSignals 'SIGTERM' is not a list; give one such as ['SIGTERM']"],
  [
    { drainSignal: 'USR2' },
    "drainable: drainSignal 'USR2' is not a signal that can be caught; give one such as SIGUSR2",
  ],
  [
    { stopSignals: ['SIGTERM', 'SIGKILL'] },
    "drainable: stopSignals 'SIGKILL' is not a signal that can be caught; give one such as SIGUSR2",
  ],
  [{ timeout: -1 }, "drainable: timeout '-1' is not a time; give milliseconds, such as 5000, or Infinity"],
  [{ timeout: '5s' }, "drainable: timeout '5s' is not a time; give milliseconds, such as 5000, or Infinity"],
] as const) {
  test(message, () => {
    const server = createServer();
    const before = process.listenerCount('SIGTERM');
    assert.throws(() => drainable(server, options as unknown as DrainableOptions), new TypeError(message));
    assert.equal(process.listenerCount('SIGTERM'), before);
    assert.equal(server.listenerCount('request'), 0);
  });
}

test('what is no server is refused', () => {
  assert.throws(
    () => drainable({} as Server),
    /^TypeError: drainable: '\[object Object\]' is not a server of node:http/,
  );
  assert.throws(() => drainable(createHttp2Server() as unknown as Server), {
    name: 'TypeError',
    message: 'drainable: a server of node:http2 is not supported; give one of node:http or node:https',
  });
});
