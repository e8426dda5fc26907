import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { onSignal } from './process-signals.ts';

/** What {@link drainable} may be told. */
export interface DrainableOptions {
  /** The signal that begins the drain, as `drainit --drain-signal` sends it; null: none. Default `SIGUSR2`. */
  readonly drainSignal?: NodeJS.Signals | null;
  /** The signals that stop the server. Default `SIGTERM` and `SIGINT`. */
  readonly stopSignals?: readonly NodeJS.Signals[];
  /**
   * Milliseconds after the stop, in which requests and upgraded connections may come to their ends; what is left then is
   * cut. Default 8,000, below the 10 s of `docker stop`: drain and timeout together have to fit into the pod's
   * `terminationGracePeriodSeconds`. `Infinity`: nothing is cut.
   */
  readonly timeout?: number;
}

/** A server that can be drained, and how far it is. */
export interface Drainable {
  /** Aborted when the drain begins: from now on each answer says `Connection: close`, whatever the application would say. */
  readonly draining: AbortSignal;
  /** Aborted when the server stops: what answers without end (server-sent events, WebSockets) has to come to one. */
  readonly stopping: AbortSignal;
  /** Comes when the last connection has ended. */
  readonly closed: Promise<void>;
  /** Begins the drain, as the signal does. */
  readonly drain: () => void;
  /** Stops the server, as the signal does; a second time: cuts what is left. */
  readonly stop: () => void;
}

const TIMEOUT = 8_000;

/** setTimeout() takes no more, and would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Node tells of each request here before any handler has it, be it for `request`, `checkContinue` or `checkExpectation`. */
const REQUESTS = 'http.server.request.start';

interface RequestStart {
  readonly server: unknown;
  readonly socket: Socket;
  readonly response: ServerResponse;
}

function checkServer(server: unknown): void {
  const has = (name: string): boolean => typeof server === 'object' && server !== null && name in server;
  if (has('updateSettings')) {
    throw new TypeError('drainable: a server of node:http2 is not supported; give one of node:http or node:https');
  }
  if (!has('closeIdleConnections') || !has('prependListener')) {
    throw new TypeError(`drainable: '${String(server)}' is not a server of node:http or node:https`);
  }
}

function checkOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new TypeError(`drainable: options '${String(options)}' is not an object; give one such as { timeout: 5000 }`);
}

function checkTimeout(timeout: number): void {
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw new TypeError(
      `drainable: timeout '${String(timeout)}' is not a time; give milliseconds, such as 5000, or Infinity`,
    );
  }
}

/** Nobody can catch these: signal(7). */
const UNCATCHABLE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP']);

function checkSignals(name: string, signals: readonly string[]): void {
  if (!Array.isArray(signals)) {
    throw new TypeError(`drainable: ${name} '${String(signals)}' is not a list; give one such as ['SIGTERM']`);
  }
  for (const signal of signals) {
    if (Object.hasOwn(constants.signals, signal) && !UNCATCHABLE.has(signal)) continue;
    throw new TypeError(
      `drainable: ${name} '${String(signal)}' is not a signal that can be caught; give one such as SIGUSR2`,
    );
  }
}

type Headers = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];

/** What it says of the connection is not for a client that is to leave. */
const isOfConnection = (name: unknown): boolean => /^(?:connection|keep-alive)$/i.test(String(name));

function replaceConnection(headers: Headers): Headers {
  if (!Array.isArray(headers)) {
    const rest = Object.entries(headers).filter(([name]) => !isOfConnection(name));
    return { ...Object.fromEntries(rest), Connection: 'close' };
  }
  // Names and values in turns; Node takes pairs as well.
  if (Array.isArray(headers[0])) {
    const pairs = headers as readonly (readonly string[])[];
    return [...pairs.filter(([name]) => !isOfConnection(name)), ['Connection', 'close']] as unknown as Headers;
  }
  const rest = headers.filter((_, index) => !isOfConnection(headers[index - (index % 2)]));
  return [...rest, 'Connection', 'close'];
}

/**
 * Has an answer say `Connection: close` if that is so when its head is written, and the client sends nothing more on this
 * connection: RFC 9112, 9.6. Not earlier: an application sets headers until then, and a proxy copies those of others.
 */
function closeIf(response: ServerResponse, isLast: () => boolean): void {
  const writeHead = response.writeHead.bind(response) as (...args: readonly unknown[]) => ServerResponse;
  response.writeHead = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    // 101 leaves HTTP, and an answer that was sent cannot be changed: Node says so.
    if (status < 200 || response.headersSent || !isLast()) return writeHead(status, ...rest);
    const isHeaders = (value: unknown): value is Headers => typeof value === 'object' && value !== null;
    response.removeHeader('Keep-Alive');
    // Node does not take pairs where something has been set.
    if (!rest.some(isHeaders)) response.setHeader('Connection', 'close');
    return writeHead(status, ...rest.map((value) => (isHeaders(value) ? replaceConnection(value) : value)));
  };
}

/**
 * Makes an HTTP server stop without losing a request, together with `drainit --drain TIME --drain-signal USR2`.
 *
 * On the drain signal it goes on accepting, and each answer says `Connection: close`, so that keep-alive clients leave one
 * by one and their next requests find another server. On a stop signal it accepts no more, lets the requests that it has
 * come to their ends, closes idle connections, and cuts what is left after a time. Once nothing is left, Node ends by
 * itself unless something else keeps it.
 *
 * @param server before or after it listens
 * @throws TypeError naming the option, the value, and what it may be
 */
export function drainable(server: HttpServer | HttpsServer, options: DrainableOptions = {}): Drainable {
  checkServer(server);
  checkOptions(options);
  const { drainSignal = 'SIGUSR2', stopSignals = ['SIGTERM', 'SIGINT'], timeout = TIMEOUT } = options;
  checkTimeout(timeout);
  const drainSignals = drainSignal === null ? [] : [drainSignal];
  checkSignals('drainSignal', drainSignals);
  checkSignals('stopSignals', stopSignals);

  const draining = new AbortController();
  const stopping = new AbortController();
  const connections = new Set<Socket>();
  /** By connection: where the client has not waited for the answers before, only the last may close it (pipelining). */
  const last = new WeakMap<Socket, ServerResponse>();

  const drain = (): void => draining.abort();
  const cut = (): void => {
    // Those that were there before us too; upgraded ones are no connections of the server any more.
    server.closeAllConnections();
    for (const socket of connections) socket.destroy();
  };
  const stop = (): void => {
    if (stopping.signal.aborted) {
      cut();
      return;
    }
    drain();
    stopping.abort();
    if (server.listening) server.close();
    // It may be told to stop while it starts. Or the application has closed it, and it has connections nevertheless.
    else server.once('listening', () => server.close());
    server.closeIdleConnections();
    // Not idle to Node before 26.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    if (timeout <= LONGEST_TIMER) setTimeout(cut, timeout).unref();
  };

  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const onRequest = (message: unknown): void => {
    const { server: itsServer, socket, response } = message as RequestStart;
    if (itsServer !== server) return;
    last.set(socket, response);
    closeIf(response, () => draining.signal.aborted && last.get(socket) === response);
    response.once('close', () => {
      // An answer that had begun before the drain has left its connection open. Node calls it idle a turn later.
      if (stopping.signal.aborted) setImmediate(() => server.closeIdleConnections());
    });
  };
  subscribe(REQUESTS, onRequest);
  // A handler that answers at once would answer before Node has read what else has come with its request, and cut that off.
  const emit = server.emit.bind(server) as (event: string, ...args: readonly unknown[]) => boolean;
  server.emit = ((event: string, ...args: readonly unknown[]): boolean => {
    if (event !== 'request' || !draining.signal.aborted) return emit(event, ...args);
    process.nextTick(() => emit(event, ...args));
    return true;
  }) as typeof server.emit;

  const removals = [
    ...drainSignals.map((signal) => onSignal(signal, drain)),
    ...stopSignals.map((signal) => onSignal(signal, stop)),
  ];
  const closed = new Promise<void>((resolve) => {
    server.once('close', () => {
      for (const remove of removals) remove();
      unsubscribe(REQUESTS, onRequest);
      resolve();
    });
  });
  return { draining: draining.signal, stopping: stopping.signal, closed, drain, stop };
}
