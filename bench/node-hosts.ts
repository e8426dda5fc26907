import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from '../test/helpers/subjects.ts';

/** Something that Node is part of, and what it is compared with. */
export interface NodeHost {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it runs at the start, and what to wait with. */
  readonly runsNothing: readonly string[];
  readonly waits: readonly string[];
}

const onDrainit = { runsNothing: ['--', '/bin/true'], waits: ['--', 'sleep', '1000'] };
const launcher = [process.execPath, path.join(root, 'bin/drainit.js')];

export const plainNode: NodeHost = {
  name: 'node alone',
  command: [process.execPath],
  runsNothing: ['-e', '0'],
  waits: ['-e', 'setTimeout(() => {}, 1e9)'],
};

/** dist/drainit-node. */
export const packed: NodeHost = { name: 'packed file', command: [path.join(root, 'dist/drainit-node')], ...onDrainit };

export const nodeHosts: readonly NodeHost[] = [
  plainNode,
  // It becomes the native binary.
  { name: 'command', command: launcher, ...onDrainit },
  packed,
  { name: 'command on Node', command: launcher, env: { DRAINIT_HOST: 'node' }, ...onDrainit },
];

/** A host at work on something that waits, for as long as `look` takes. */
export async function whileWaiting<T>(host: NodeHost, look: (pid: number) => T | Promise<T>): Promise<T> {
  const [file = '', ...args] = [...host.command, ...host.waits];
  const child = spawn(file, args, { stdio: 'ignore', detached: true, env: { ...process.env, ...host.env } });
  try {
    // spawn() comes back when the exec has succeeded.
    return await look(child.pid ?? 0);
  } finally {
    // It leads a session: the program goes with it.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  }
}
