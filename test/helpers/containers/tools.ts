/** podman and buildah, with a store of their own, so that the machine's own containers and images are untouched. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../staged.ts';

/** Base images, and layers of images once built. */
export const cache = path.join(root, 'build/containers');

/** Short, since it holds sockets, and the same for each run, since podman writes it down. */
const runFolder = `/run/drainit-containers-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;

const OVERLAYFS = 0x79_4c_76_30;

/** A rootfs cannot be an overlay on an overlay, as the folder of somebody who builds in a container is. */
const driver = (): string => (statfsSync(cache).type === OVERLAYFS ? 'vfs' : 'overlay');

const configuration = `
[containers]
# podman asks for more than a process without CAP_SYS_RESOURCE may have.
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${runFolder}/libpod"
[network]
network_config_dir = "${runFolder}/networks"
`;

const configurationFile = path.join(runFolder, 'containers.conf');

export interface Done {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Call {
  /** What standard input is. */
  readonly input?: NodeJS.ReadableStream;
  readonly cwd?: string;
}

export async function run(command: string, args: readonly string[], { input, cwd }: Call = {}): Promise<Done> {
  const child = spawn(command, args, {
    cwd: cwd ?? root,
    env: { ...process.env, CONTAINERS_CONF: configurationFile },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  if (input === undefined) child.stdin.end();
  else input.pipe(child.stdin);
  const { promise, resolve } = Promise.withResolvers<number>();
  child.on('error', (error) => {
    output.stderr += error.message;
    resolve(127);
  });
  child.on('close', (code) => resolve(code ?? 128));
  return { status: await promise, ...output };
}

/** What a program printed that ended well; an error with all that it said otherwise. */
export async function runWell(command: string, args: readonly string[], call: Call = {}): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, call);
  if (status !== 0) {
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-30).join('\n');
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${said}`);
  }
  return stdout.trim();
}

export const storeOptions = (): readonly string[] => [
  '--root',
  path.join(cache, 'store'),
  '--runroot',
  path.join(runFolder, 'storage'),
  '--storage-driver',
  driver(),
];

export const podman = async (args: readonly string[], call?: Call): Promise<string> =>
  runWell('podman', [...storeOptions(), ...args], call);

/** Removes a control group and those in it; one that has a process in it stays, as the kernel does not remove it. */
function removeControlGroup(folder: string): void {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of inner) removeControlGroup(path.join(folder, name));
    rmdirSync(folder);
  } catch {
    // Another podman's containers are in it, or it is not there.
  }
}

/** podman leaves its containers' groups behind in the hierarchies that have no controller. */
function removeControlGroups(): void {
  const top = '/sys/fs/cgroup';
  for (const name of ['.', ...readdirSync(top)]) removeControlGroup(path.join(top, name, 'libpod_parent'));
}

/** Takes away all but the cache. */
export async function clear(): Promise<void> {
  await podman(['pod', 'rm', '--all', '--force', '--time', '0']);
  await podman(['rm', '--all', '--force', '--time', '0']);
  await podman(['image', 'prune', '--force']);
  await run('buildah', [...storeOptions(), 'rm', '--all']);
  await run('umount', ['--recursive', path.join(cache, 'store', driver())]);
  rmSync(runFolder, { recursive: true, force: true });
  removeControlGroups();
}

/** What every call needs. The containers of a run that was broken off go first. */
export async function furnish(): Promise<void> {
  if (existsSync(configurationFile)) await clear();
  mkdirSync(path.join(runFolder, 'networks'), { recursive: true });
  mkdirSync(cache, { recursive: true });
  rmSync(path.join(cache, 'store/libpod'), { recursive: true, force: true });
  writeFileSync(configurationFile, configuration);
}
