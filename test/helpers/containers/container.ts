import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { type Stat, statOf } from '../process.ts';
import { until } from '../world.ts';
import type { Segment } from './segment.ts';
import { type Done, storeOptions } from './tools.ts';

let count = 0;

const linkOf = (file: string): string => {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
};

export interface Stopped {
  /** From the call to its end. */
  readonly seconds: number;
  /** Of the container. */
  readonly status: number;
  readonly logs: string;
}

/** The state in /proc/net/tcp of a connection that is open. */
const ESTABLISHED = '01';

/** A container that podman runs. */
export class Container {
  readonly name: string;
  readonly #segment: Segment;

  /** One that is there already: a pod's, or Compose's. */
  constructor(segment: Segment, name: string) {
    this.#segment = segment;
    this.name = name;
  }

  /** `podman run --detach`, with words for podman and words for the container. */
  static async run(segment: Segment, image: string, options: readonly string[] = [], command: readonly string[] = []) {
    count += 1;
    const container = new Container(segment, `test-${process.pid}-${count}`);
    await segment.podman('run', '--detach', '--name', container.name, ...options, image, ...command);
    return container;
  }

  async inspect(format: string): Promise<string> {
    return this.#segment.podman('inspect', '--format', format, this.name);
  }

  /** Of its PID 1, in our own namespace. */
  async pid(): Promise<number> {
    return Number(await this.inspect('{{.State.Pid}}'));
  }

  async logs(): Promise<string> {
    const { stdout, stderr } = await this.#segment.run('podman', [...storeOptions(), 'logs', this.name]);
    return stdout + stderr;
  }

  async untilLogs(text: string): Promise<void> {
    let logs = '';
    await until(
      `'${text}' in the log`,
      async () => (logs = await this.logs()).includes(text),
      () => logs,
    );
  }

  async request(port: number, path: string, options: readonly string[] = []): Promise<string> {
    const address = await this.inspect('{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}');
    return this.#segment.request(`http://${address}:${port}${path}`, options);
  }

  async untilAnswers(port: number, path = '/'): Promise<void> {
    let answer = '';
    await until(
      `an answer on port ${port}`,
      async () => !(answer = await this.request(port, path)).startsWith('curl:'),
      () => answer,
    );
  }

  /** Has the health check of its image done until that says yes. */
  async untilHealthy(): Promise<void> {
    let done: Done = { status: 1, stdout: '', stderr: '' };
    await until(
      'the health check says yes',
      async () =>
        (done = await this.#segment.run('podman', [...storeOptions(), 'healthcheck', 'run', this.name])).status === 0,
      () => done.stdout + done.stderr,
    );
  }

  /** Waits until each of these ports has a client. */
  async untilConnected(ports: readonly number[]): Promise<void> {
    const pid = await this.pid();
    await until('the clients are connected', () => ports.every((port) => countClients(pid, port) > 0));
  }

  async exec(...words: readonly string[]): Promise<Done> {
    return this.#segment.run('podman', [...storeOptions(), 'exec', this.name, ...words]);
  }

  async kill(signal: string): Promise<void> {
    await this.#segment.podman('kill', '--signal', signal, this.name);
  }

  async stop(seconds: number): Promise<Stopped> {
    const begin = performance.now();
    await this.#segment.podman('stop', '--time', String(seconds), this.name);
    return this.ended(begin);
  }

  /** What it ended with, once it has. */
  async ended(begin = performance.now()): Promise<Stopped> {
    await this.#segment.podman('wait', this.name);
    const seconds = (performance.now() - begin) / 1_000;
    return { seconds, status: Number(await this.inspect('{{.State.ExitCode}}')), logs: await this.logs() };
  }

  /** All that runs in it, also what came by `podman exec`. */
  async processes(): Promise<readonly Process[]> {
    return processesWith(await this.pid());
  }

  async init(): Promise<Process | undefined> {
    return (await this.processes()).find(({ pid }) => pid === 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#segment.podman('rm', '--force', '--time', '0', this.name);
  }
}

export interface Process extends Stat {
  readonly name: string;
  readonly program: string;
  /** In the container. */
  readonly pid: number;
  readonly user: number;
}

function describe(pid: number): Process {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): readonly string[] =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split('\t') ?? [];
  const program = linkOf(`/proc/${pid}/exe`);
  const [name = ''] = field('Name');
  return { ...statOf(pid), name, program, pid: Number(field('NSpid').at(-1)), user: Number(field('Uid')[0]) };
}

function processesWith(init: number): readonly Process[] {
  const namespace = linkOf(`/proc/${init}/ns/pid`);
  const found: Process[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (linkOf(`/proc/${pid}/ns/pid`) === namespace && namespace !== '') found.push(describe(Number(pid)));
    } catch {
      // It has gone meanwhile.
    }
  }
  return found;
}

/** In the network of a process. */
function countClients(pid: number, port: number): number {
  const lines = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8').split('\n'));
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields.filter(([, address = '', , state]) => address.endsWith(local) && state === ESTABLISHED).length;
}
