import { spawnSync } from 'node:child_process';
import { type Socket, connect } from 'node:net';

const run = (...words: readonly string[]): void => {
  const [file = '', ...args] = words;
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
};

let count = 0;

/** Networks of four addresses from 10.200.0.0 to 10.249.255.255: test files that run at the same time share none. */
const PLACES = (50 * 256 * 256) / 4;
const PER_PROCESS = 20;

const addressesOf = (place: number): readonly [ours: string, theirs: string] => {
  const high = `10.${200 + (place >> 14)}.${(place >> 6) & 255}`;
  const low = (place & 63) * 4;
  return [`${high}.${low + 1}`, `${high}.${low + 2}`];
};

/**
 * A network namespace of its own with one cable to ours: clients of this process come to a program in it from elsewhere,
 * as those of a pod do.
 */
export class Network {
  readonly name: string;
  /** Of what runs inside. */
  readonly address: string;
  private readonly sockets: Socket[] = [];

  constructor() {
    count += 1;
    const id = `${process.pid}x${count}`;
    const [ours, theirs] = addressesOf((process.pid * PER_PROCESS + count) % PLACES);
    this.name = `drainit${id}`;
    this.address = theirs;
    run('ip', 'netns', 'add', this.name);
    run('ip', 'link', 'add', `da${id}`, 'type', 'veth', 'peer', 'name', `db${id}`, 'netns', this.name);
    run('ip', 'addr', 'add', `${ours}/30`, 'dev', `da${id}`);
    run('ip', 'link', 'set', `da${id}`, 'up');
    run('ip', '-n', this.name, 'addr', 'add', `${this.address}/30`, 'dev', `db${id}`);
    run('ip', '-n', this.name, 'link', 'set', `db${id}`, 'up');
    run('ip', '-n', this.name, 'link', 'set', 'lo', 'up');
  }

  /** What to put in front of an init so that it runs inside. */
  get before(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** A client from outside, once it is connected. */
  async connect(port: number): Promise<Socket> {
    const socket = connect(port, this.address);
    this.sockets.push(socket);
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
    return promise;
  }

  /** Whether somebody listens. */
  async canConnect(port: number): Promise<boolean> {
    try {
      (await this.connect(port)).destroy();
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.destroy();
    // The cable goes with the namespace.
    run('ip', 'netns', 'del', this.name);
  }
}
