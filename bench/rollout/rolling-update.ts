import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Balancer, type Silence, type Trouble, startBalancer } from './balancer.ts';
import { HOME } from './enclosure.ts';
import type { Task } from './generator.ts';
import { streamsOf } from './load.ts';
import type { Plan } from './options.ts';
import { type Life, Pod } from './pod.ts';
import { type Outcome, now } from './score.ts';

/** Seconds of load before the rolling update, and after its last pod has gone. */
const BEFORE = 3;
const AFTER = 2;

/** What happened in a run. Times are milliseconds of {@link now}. */
export interface Run {
  readonly begin: number;
  readonly end: number;
  readonly outcomes: readonly Outcome[];
  readonly troubles: ReadonlyMap<number, Trouble>;
  readonly silence: Silence;
  /** All pods. */
  readonly lives: readonly Life[];
  /** Those that were replaced. */
  readonly old: readonly Life[];
  /** What the old pods wrote to standard error. */
  readonly said: readonly string[];
}

/** A Deployment with `maxSurge: 1` and `maxUnavailable: 0`, its kubelet, and a balancer that hears of changes late. */
class Deployment {
  readonly #pods: Pod[] = [];
  readonly #probes: Promise<void>[] = [];
  readonly #plan: Plan;
  readonly #balancer: Balancer;

  constructor(plan: Plan, balancer: Balancer) {
    this.#plan = plan;
    this.#balancer = balancer;
  }

  async #startPod(): Promise<Pod> {
    const pod = new Pod(this.#plan.subject, this.#pods.length + 1);
    this.#pods.push(pod);
    await pod.becomeReady();
    this.#probes.push(pod.keepProbing(this.#plan.probePeriod));
    return pod;
  }

  async start(): Promise<readonly Pod[]> {
    const pods = await Promise.all(Array.from({ length: this.#plan.replicas }, async () => this.#startPod()));
    for (const { life } of pods) await this.#balancer.add(life);
    return pods;
  }

  get lives(): readonly Life[] {
    return this.#pods.map(({ life }) => life);
  }

  async #addLate({ life }: Pod): Promise<void> {
    await wait(this.#plan.lag * 1_000);
    await this.#balancer.add(life);
  }

  async #removeLate({ life }: Pod): Promise<void> {
    await wait(this.#plan.lag * 1_000);
    await this.#balancer.remove(life);
    life.removal = now();
  }

  /** As Kubernetes does it: the next pod is started when the one before is ready, not when the old one has gone. */
  async rollOut(old: readonly Pod[]): Promise<void> {
    const pending: Promise<void>[] = [];
    for (const pod of old) {
      const fresh = await this.#startPod();
      pending.push(this.#addLate(fresh), pod.stop(), this.#removeLate(pod));
    }
    await Promise.all(pending);
  }

  async remove(): Promise<void> {
    await Promise.all(this.#pods.map(async (pod) => pod.remove()));
    await Promise.all(this.#probes);
  }
}

function startClients(plan: Plan): Worker {
  const task: Task = { address: HOME, streams: streamsOf[plan.load], requests: plan.requests };
  return new Worker(new URL('generator.ts', import.meta.url), { workerData: task });
}

/** Runs one rolling update under load, and leaves nothing behind. */
export async function measure(plan: Plan): Promise<Run> {
  const balancer = await startBalancer(plan.balancer);
  const deployment = new Deployment(plan, balancer);
  const old = await deployment.start();
  const clients = startClients(plan);
  const answers = once(clients, 'message') as Promise<[readonly Outcome[]]>;
  await wait(BEFORE * 1_000);
  const begin = now();
  await deployment.rollOut(old);
  const end = now();
  await wait(AFTER * 1_000);
  clients.postMessage('stop', []);
  const [outcomes] = await answers;
  await clients.terminate();
  const run = {
    begin,
    end,
    outcomes,
    troubles: balancer.readTroubles(),
    silence: balancer.silence,
    lives: deployment.lives,
    old: old.map(({ life }) => life),
    said: old.map(({ said }) => said),
  };
  await deployment.remove();
  await balancer.close();
  return run;
}
