import { supervise } from '../../src/library/supervise.ts';
import type { SuperviseEvent, SuperviseOptions, Supervised } from '../../src/library/types.ts';
import { until } from './world.ts';

/** Says its name when it is ready, and ends with a status after TERM. */
export const app = (name: string, status: number): string =>
  `trap 'echo ${name} told; exit ${status}' TERM; echo ${name} ready; while :; do sleep 0.02; done`;

/** A supervised script, and what it and its programs have written so far. */
export class Scene {
  readonly supervised: Supervised;
  readonly events: SuperviseEvent[] = [];
  output = '';

  constructor(script: string, options: SuperviseOptions = {}) {
    this.supervised = supervise(['bash', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'], ...options });
    this.supervised.on('event', (event) => this.events.push(event));
    this.supervised.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  async says(...lines: readonly string[]): Promise<void> {
    const isThere = (): boolean => lines.every((line) => this.output.split('\n').includes(line));
    await until(`'${lines.join("', '")}' in the output`, isThere, () => this.output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.supervised.kill();
    await this.supervised.outcome;
  }
}
