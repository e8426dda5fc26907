/**
 * The bench runs in namespaces of its own: processes, network and mounts. Whatever it starts, links or mounts is gone
 * with the last of them, however it ends.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { BuildError, isProgram, run } from '../../scripts/run.ts';

const MARK = 'DRAINIT_ROLLOUT_ENCLOSED';

/** The balancer's own address, and where the pods reach it. */
export const HOME = '10.210.0.1';
const BRIDGE = 'pods';

/** For sockets and files of servers; in memory. */
export const FOLDER = '/run/rollout';

export const isEnclosed = (): boolean => process.env[MARK] !== undefined;

/** Runs this very program again inside, and ends as it does. */
export async function enclose(): Promise<void> {
  if (process.getuid?.() !== 0) throw new BuildError('a rollout needs root: its pods are namespaces');
  for (const name of ['ip', 'nsenter', 'unshare', 'setpriv', 'mount']) {
    if (!isProgram(name))
      throw new BuildError(`${name} is missing: its Debian packages are iproute2, util-linux, mount`);
  }
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const words = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, process.execPath, ...process.argv.slice(1)];
  const inside = spawn('setpriv', words, { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => inside.kill('SIGKILL'));
  const { promise, resolve } = Promise.withResolvers<void>();
  inside.once('exit', (code) => {
    process.exitCode = code ?? 130;
    resolve();
  });
  return promise;
}

/** Makes the network of the node: a bridge, and enough ports for many short connections. */
export function furnish(): void {
  run('mount', ['-t', 'tmpfs', 'none', '/run']);
  mkdirSync('/run/netns');
  mkdirSync(FOLDER);
  run('ip', ['link', 'set', 'lo', 'up']);
  run('ip', ['link', 'add', BRIDGE, 'type', 'bridge']);
  run('ip', ['addr', 'add', `${HOME}/16`, 'dev', BRIDGE]);
  run('ip', ['link', 'set', BRIDGE, 'up']);
  writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '1024 65535');
}

/** A network namespace with a cable to the bridge. */
export function addNetwork(name: string, address: string): void {
  run('ip', ['netns', 'add', name]);
  run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
  run('ip', ['link', 'set', name, 'master', BRIDGE, 'up']);
  run('ip', ['-n', name, 'addr', 'add', `${address}/16`, 'dev', 'eth0']);
  run('ip', ['-n', name, 'link', 'set', 'eth0', 'up']);
  run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
}

/** The cable would go with its namespace, but some time later, and its name may be wanted again at once. */
export function removeNetwork(name: string): void {
  run('ip', ['link', 'del', name]);
  run('ip', ['netns', 'del', name]);
}
