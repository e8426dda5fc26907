import { constants } from 'node:os';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';

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
  /** Aborted when the drain begins: from now on each answer says `Connection: close`. */
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

function checkServer(server: unknown): void {
  const isServer =
    typeof server === 'object' && server !== null && 'closeIdleConnections' in server && 'prependListener' in server;
  if (!isServer) {
    throw new TypeError(`drainable: '${String(server)}' is not a server of node:http or node:https`);
  }
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
  for (const signal of signals) {
    if (Object.hasOwn(constants.signals, signal) && !UNCATCHABLE.has(signal)) continue;
    throw new TypeError(`drainable: ${name} '${signal}' is not a signal that can be caught; give one such as SIGUSR2`);
  }
}

/** Puts the handler of some signals into place; what comes back takes it away. */
function listen(signals: readonly NodeJS.Signals[], handler: () => void): () => void {
  for (const signal of signals) process.on(signal, handler);
  return () => {
    for (const signal of signals) process.removeListener(signal, handler);
  };
}

/** The answers that are on their way, by connection, in the order of their requests. */
class Answers {
  private readonly bySocket = new Map<Socket, ServerResponse[]>();

  /** @returns the answer before this one on the same connection, where the client has not waited for that: pipelining */
  add(socket: Socket, response: ServerResponse): ServerResponse | undefined {
    const known = this.bySocket.get(socket);
    if (known === undefined) this.bySocket.set(socket, [response]);
    else known.push(response);
    return known?.at(-2);
  }

  remove(socket: Socket, response: ServerResponse): void {
    const rest = (this.bySocket.get(socket) ?? []).filter((other) => other !== response);
    if (rest.length === 0) this.bySocket.delete(socket);
    else this.bySocket.set(socket, rest);
  }

  /** The last of each connection. */
  get last(): readonly ServerResponse[] {
    return [...this.bySocket.values()].flatMap((responses) => responses.at(-1) ?? []);
  }
}

/** The client then sends nothing more on this connection: RFC 9112, 9.6. */
function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** Another answer follows on this connection after all. */
function withdrawClose(response: ServerResponse): void {
  if (!response.headersSent) response.removeHeader('Connection');
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
  const { drainSignal = 'SIGUSR2', stopSignals = ['SIGTERM', 'SIGINT'], timeout = TIMEOUT } = options;
  checkServer(server);
  checkTimeout(timeout);
  const drainSignals = drainSignal === null ? [] : [drainSignal];
  checkSignals('drainSignal', drainSignals);
  checkSignals('stopSignals', stopSignals);

  const draining = new AbortController();
  const stopping = new AbortController();
  const answers = new Answers();
  const connections = new Set<Socket>();

  const drain = (): void => {
    if (draining.signal.aborted) return;
    draining.abort();
    for (const response of answers.last) announceClose(response);
  };
  const cut = (): void => {
    // Those that were there before us too; upgraded ones are no connections of the server any more.
    server.closeAllConnections();
    for (const socket of connections) socket.destroy();
  };
  const close = (): void => {
    server.close();
    server.closeIdleConnections();
    if (timeout <= LONGEST_TIMER) setTimeout(cut, timeout).unref();
  };
  const stop = (): void => {
    if (stopping.signal.aborted) {
      cut();
      return;
    }
    drain();
    stopping.abort();
    // An application that is told to stop while it starts has its server stopped as soon as that listens.
    if (server.listening) close();
    else server.once('listening', close);
  };

  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  // Before the handlers of the application, which may answer at once.
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const previous = answers.add(socket, response);
    response.once('close', () => {
      answers.remove(socket, response);
      // An answer that had begun before the drain has left its connection open. Node calls it idle a turn later.
      if (stopping.signal.aborted) setImmediate(() => server.closeIdleConnections());
    });
    if (!draining.signal.aborted) return;
    if (previous !== undefined) withdrawClose(previous);
    announceClose(response);
  });

  const removals = [listen(drainSignals, drain), listen(stopSignals, stop)];
  const closed = new Promise<void>((resolve) => {
    server.once('close', () => {
      for (const remove of removals) remove();
      resolve();
    });
  });
  return { draining: draining.signal, stopping: stopping.signal, closed, drain, stop };
}
