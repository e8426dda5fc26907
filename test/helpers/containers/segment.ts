import { type ChildProcess, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { until } from '../world.ts';
import { type Done, podman, run, runWell, storeOptions } from './tools.ts';

const namespaceOf = (pid: number | 'self'): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
};

/**
 * A network namespace in which podman sets up its bridge, and from which clients come: the machine's own network is
 * neither seen nor changed. It goes with the process that holds it.
 */
export class Segment {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async make(): Promise<Segment> {
    const words = ['--net', 'setpriv', '--pdeathsig', 'KILL', 'sleep', 'infinity'];
    const segment = new Segment(spawn('unshare', words, { stdio: 'ignore' }));
    const pid = segment.#holder.pid ?? 0;
    await until('a network namespace', () => !['', namespaceOf('self')].includes(namespaceOf(pid)));
    await runWell('nsenter', [...segment.#words, 'ip', 'link', 'set', 'lo', 'up']);
    return segment;
  }

  get #words(): readonly string[] {
    return [`--net=/proc/${this.#holder.pid}/ns/net`, '--'];
  }

  async run(command: string, args: readonly string[]): Promise<Done> {
    return run('nsenter', [...this.#words, command, ...args]);
  }

  async podman(...args: readonly string[]): Promise<string> {
    return runWell('nsenter', [...this.#words, 'podman', ...storeOptions(), ...args]);
  }

  /** Why podman does not run a container with these words; undefined: it does. */
  async refusal(...words: readonly string[]): Promise<string | undefined> {
    const { status, stderr } = await this.run('podman', [...storeOptions(), 'run', '--rm', ...words]);
    return status === 0 ? undefined : stderr.trim().split('\n').at(-1);
  }

  async play(manifest: string): Promise<Done> {
    return this.run('podman', [...storeOptions(), 'kube', 'play', manifest]);
  }

  /** A pod has its address by the container that keeps its network. */
  async addressOfPod(name: string): Promise<string> {
    const infra = await this.podman('pod', 'inspect', '--format', '{{.InfraContainerID}}', name);
    return this.podman('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', infra);
  }

  /** An HTTP request from outside of the containers: what it was answered, or the number of curl's error. */
  async request(url: string, options: readonly string[] = []): Promise<string> {
    const { status, stdout } = await this.run('curl', ['--silent', '--fail', '--max-time', '40', ...options, url]);
    return status === 0 ? stdout : `curl: error ${status}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await podman(['pod', 'rm', '--all', '--force', '--time', '0']);
    await podman(['rm', '--all', '--force', '--time', '0']);
    this.#holder.kill('SIGKILL');
  }
}
