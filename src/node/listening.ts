import { readlinkSync, writeSync } from 'node:fs';

/** The first that sockets are passed in: sd_listen_fds(3). */
const FIRST = 3;

/** Whether LISTEN_FDS counts descriptors that were passed to us. */
export const isListening = (): boolean =>
  process.env['LISTEN_PID'] === String(process.pid) && /^0*[1-9]\d*$/.test(process.env['LISTEN_FDS'] ?? '');

/** Node's own begin with one for epoll(7), in the first place that was free. */
function isGiven(fd: number): boolean {
  try {
    return !readlinkSync(`/proc/self/fd/${fd}`).startsWith('anon_inode:');
  } catch {
    return false;
  }
}

/** The descriptors that LISTEN_FDS counts, as far as they are there: it may say any number. */
export function findListening(): readonly number[] {
  const end = FIRST + Number(process.env['LISTEN_FDS']);
  const found: number[] = [];
  for (let fd = FIRST; fd < end && isGiven(fd); fd += 1) found.push(fd);
  return found;
}

/** Nobody is to take descriptors for sockets that Node will have closed. */
export function giveUpListening(): void {
  writeSync(2, `drainit: LISTEN_FDS is left out: Node ${process.versions.node} cannot pass descriptors on\n`);
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name];
}
