import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { childrenOf } from '../../test/helpers/world.ts';
import { addNetwork, removeNetwork } from './enclosure.ts';
import { now } from './score.ts';
import type { Subject } from './subjects.ts';

/** The pod's `terminationGracePeriodSeconds`, Kubernetes' default. */
const GRACE = 30;
/** Seconds between two probes of a pod that is not ready: Kubernetes' least. */
const STARTUP_PERIOD = 1;
const PROBE_TIMEOUT = 1_000;

const app = path.join(import.meta.dirname, 'app');

/** What happened to a pod, in milliseconds of {@link now}; what has not happened is null. */
export interface Life {
  readonly name: string;
  readonly address: string;
  /** When it was told to stop: SIGTERM, or the beginning of its hook. */
  stop: number | null;
  isKilled: boolean;
  end: number | null;
  /** When the balancer had it no longer. */
  removal: number | null;
}

/** One container with PID and network namespaces of its own, run as the kubelet runs it. */
export class Pod {
  readonly life: Life;
  readonly #process: ChildProcess;
  readonly #subject: Subject;
  readonly #end: Promise<unknown>;
  #said = '';

  constructor(subject: Subject, number: number) {
    const name = `pod${number}`;
    this.life = { name, address: `10.210.1.${number}`, stop: null, isKilled: false, end: null, removal: null };
    this.#subject = subject;
    addNetwork(name, this.life.address);
    const namespaces = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', 'setsid'];
    const words = [`--net=/run/netns/${name}`, ...namespaces, ...subject.init, path.join(app, subject.script)];
    const env = { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}` };
    this.#process = spawn('nsenter', words, { cwd: app, env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
    this.#end = once(this.#process, 'exit').then(() => this.#leave());
  }

  /** What it wrote to standard error. */
  get said(): string {
    return this.#said;
  }

  get #init(): number | undefined {
    return childrenOf(this.#process.pid ?? 0)[0];
  }

  #leave(): void {
    this.life.end = now();
    removeNetwork(this.life.name);
  }

  #signal(signal: NodeJS.Signals): void {
    const init = this.#init;
    if (init !== undefined) process.kill(init, signal);
  }

  /** An HTTP probe, with a connection of its own as the kubelet's are. */
  async #probe(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const request = get({ host: this.life.address, port: 8080, path: '/ready', agent: false, timeout: PROBE_TIMEOUT });
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('close', () => resolve(false));
    request.once('error', () => resolve(false));
    return promise;
  }

  async becomeReady(): Promise<void> {
    for (let attempt = 0; !(await this.#probe()); attempt += 1) {
      if (attempt === GRACE || this.life.end !== null)
        throw new Error(`${this.life.name} never became ready\n${this.#said}`);
      await wait(STARTUP_PERIOD * 1_000);
    }
  }

  /** Probes go on while a pod stops, as the kubelet's do; the endpoints of these pods change by their stops alone. */
  async keepProbing(period: number): Promise<void> {
    for (;;) {
      await wait(period * 1_000);
      if (this.life.end !== null) return;
      await this.#probe();
    }
  }

  /** The hook runs inside, and has no more than the grace period. */
  async #runHook(): Promise<void> {
    const { preStop } = this.#subject;
    if (preStop === 0) return;
    const hook = spawn('nsenter', [`--target=${this.#init}`, '--pid', '--net', 'sleep', String(preStop)]);
    await once(hook, 'exit');
  }

  /** Stops it, waits until it is gone, and kills it when its grace period is over. */
  async stop(): Promise<void> {
    this.life.stop = now();
    const clock = setTimeout(() => {
      this.life.isKilled = true;
      this.#signal('SIGKILL');
    }, GRACE * 1_000);
    await this.#runHook();
    this.#signal('SIGTERM');
    await this.#end;
    clearTimeout(clock);
  }

  /** For what is left at the end of a run. */
  async remove(): Promise<void> {
    if (this.life.end === null) this.#signal('SIGKILL');
    await this.#end;
  }
}
