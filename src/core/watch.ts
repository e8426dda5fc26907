import type { Action } from './action.ts';
import type { Clients } from './event.ts';
import { type Millis, addMillis, toMillis } from './ids.ts';
import type { Options } from './setup.ts';
import type { Drain, Watch } from './state.ts';

/** So long nobody may be connected, and nobody come, for a drain to end before its time. */
export const QUIET = toMillis(1_000);

/**
 * A single connection that comes no sooner after another is taken for a probe: the kubelet goes on with them while a pod
 * terminates, once a second at most ("Configure Liveness, Readiness and Startup Probes"). What does not do a request a
 * second is quiet between two of them anyway: the shortest time of the drain is for it.
 */
const PROBE_PERIOD = toMillis(800);

/**
 * Between two looks at the clients. The kernel walks through all its connections for one, which takes some milliseconds on
 * a big machine, and a tenth of a second with tens of thousands of clients: looking may take a twentieth of the time.
 */
const SHORTEST_PAUSE = toMillis(100);
const COST_FACTOR = 20;

/** As long as nothing hangs on it yet, a look is for the chart of the report: so many make one, at a tenth of the cost. */
const EARLY_LOOKS = 20;
const EARLY_COST_FACTOR = 200;

/** A host that has not answered by then is asked again. */
const LONGEST_LOOK = toMillis(5_000);

/** A drain is told of in so many parts at most. */
const PARTS = 100;

/** Whether the clients say when the drain ends. */
export const isAdaptive = ({ earliest, latest }: Pick<Drain, 'earliest' | 'latest'>): boolean => earliest < latest;

/** From then on the looks decide. */
const decisiveFrom = ({ earliest }: Pick<Drain, 'earliest'>): number => earliest - QUIET;

/** The clients are watched where they say when the drain ends; and from its begin on where a report is to show them. */
export function beginWatch(
  { drain: time, reportsStop }: Options,
  drain: Pick<Drain, 'began' | 'earliest' | 'latest'>,
): Watch | null {
  if (time === null || !(isAdaptive(drain) || reportsStop)) return null;
  const { began } = drain;
  const lookAt = reportsStop ? began : toMillis(Math.max(began, decisiveFrom(drain)));
  const unseen = { clients: null, notedAt: null, quietSince: null, cameAt: null, countedAt: null };
  return { ports: [], isOwnerless: false, listening: null, ...unseen, askedAt: began, lookAt };
}

function nextLook(drain: Drain, cost: number, at: Millis): Millis {
  const soon = at + Math.max(cost * COST_FACTOR, SHORTEST_PAUSE);
  const decisive = decisiveFrom(drain);
  if (soon >= decisive) return toMillis(soon);
  const pause = Math.max(cost * EARLY_COST_FACTOR, (drain.earliest - drain.began) / EARLY_LOOKS, SHORTEST_PAUSE);
  return toMillis(Math.min(at + pause, decisive));
}

/**
 * How many have come to our ports since the look before, at most. The kernel counts for the whole network namespace; what
 * is known to have gone elsewhere is left out: the health check of the container, and what its programs ask each other.
 */
function countNewcomers(before: Clients, { accepted, others }: Clients): number {
  const elsewhere = others.open - before.others.open + others.closed;
  return Math.max(0, accepted - before.accepted - Math.max(0, elsewhere));
}

/** Whether nobody is there, and nobody came since the look before but a probe. */
function isQuiet(watch: Watch, connected: number, came: number, at: Millis): boolean {
  if (came === 0) return connected === 0;
  return came === 1 && connected <= 1 && (watch.cameAt === null || at - watch.cameAt >= PROBE_PERIOD);
}

/** Their number has changed, or is known for the first time; that it comes and goes all the time is told of now and then. */
const isWorthALine = ({ began, latest }: Drain, { clients, notedAt }: Watch, connected: number, at: Millis): boolean =>
  notedAt === null || (clients?.connected !== connected && at - notedAt >= (latest - began) / PARTS);

/** What one look means: the watch after it, and whether somebody is to be told. */
export function seeClients(
  drain: Drain,
  watch: Watch,
  clients: Clients,
  at: Millis,
): { watch: Watch; isNews: boolean } {
  const came = watch.clients === null ? 0 : countNewcomers(watch.clients, clients);
  const isNews = isWorthALine(drain, watch, clients.connected, at);
  const next: Watch = {
    ...watch,
    // A server that begins to listen has clients from then on: whose port it is is asked before the next look.
    listening: watch.listening === clients.listening ? watch.listening : null,
    clients,
    notedAt: isNews ? at : watch.notedAt,
    quietSince: isQuiet(watch, clients.connected, came, at) ? (watch.quietSince ?? at) : null,
    cameAt: came > 0 ? at : watch.cameAt,
    lookAt: nextLook(drain, at - watch.askedAt, at),
  };
  return { watch: next, isNews };
}

/** Whether the load balancers have forgotten us: then the drain need not last its longest. */
export const isOver = (drain: Drain, { quietSince, clients }: Watch, at: Millis): boolean =>
  isAdaptive(drain) &&
  at >= drain.earliest &&
  drain.hook === null &&
  quietSince !== null &&
  at - quietSince >= QUIET &&
  // One that came just now may be a probe, or may stay.
  clients?.connected === 0;

/** Somebody came lately: it was no use to wait for the rest to go. */
export const hasNewcomers = ({ cameAt }: Watch, at: Millis): boolean => cameAt !== null && at - cameAt < QUIET;

/** Counts the clients, and what has ended since they were counted last. */
export function countClients(watch: Watch, at: Millis): { watch: Watch; action: Action } {
  const lookBack = toMillis(watch.countedAt === null ? 0 : at - watch.countedAt);
  return { watch: { ...watch, countedAt: at }, action: { type: 'countClients', ports: watch.ports, lookBack } };
}

/** Until the answer is there nothing more is asked; it says by its instant how long looking takes. */
export const asking = (watch: Watch, at: Millis): Watch => ({
  ...watch,
  askedAt: at,
  lookAt: addMillis(at, LONGEST_LOOK),
});
