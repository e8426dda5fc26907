/** The clients, in a thread of their own: what the bench does meanwhile does not delay them. */
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { Stream } from './load.ts';
import { type Kind, type Outcome, PATIENCE, kindOfError, kindOfStatus, now } from './score.ts';

export interface Task {
  readonly address: string;
  readonly streams: readonly Stream[];
  /** At least so many are sent, however early they are told to stop. */
  readonly requests: number;
}

const { address, streams, requests } = workerData as Task;
const port = parentPort;
const outcomes: Outcome[] = [];
let sent = 0;
let isToldToStop = false;

function send({ path }: Stream, agent: Agent, due: number): void {
  const number = sent;
  sent += 1;
  let isOver = false;
  const end = (failure: Kind | null): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    outcomes.push({ number, isTransaction: path === '/slow', due, end: now(), failure });
    report();
  };
  const request = get({ host: address, port: 80, path: `${path}?n=${number}`, agent }, (response) => {
    response.resume();
    response.once('end', () => end(kindOfStatus(response.statusCode ?? 0)));
    response.once('error', (error) => end(kindOfError(error, true)));
  });
  request.once('error', (error) => end(kindOfError(error, false)));
  // A request that waits for a free connection waits within its time as well.
  const deadline = setTimeout(
    () => {
      end('timed out');
      request.destroy();
    },
    due + PATIENCE - now(),
  );
}

const isDone = (): boolean => isToldToStop && sent >= requests;

function report(): void {
  if (isDone() && outcomes.length === sent) port?.postMessage(outcomes);
}

/** Sends what is due, at its own rate whatever becomes of the requests before. */
function run(stream: Stream): void {
  const { connections, rate } = stream;
  const agent = new Agent(connections === null ? {} : { keepAlive: true, maxSockets: connections });
  let due = now();
  const tick = (): void => {
    for (; due <= now() && !isDone(); due += 1_000 / rate) send(stream, agent, due);
    if (isDone()) report();
    else setTimeout(tick, 1);
  };
  tick();
}

port?.once('message', () => (isToldToStop = true));
for (const stream of streams) run(stream);
