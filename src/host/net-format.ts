export interface Listener {
  readonly port: number;
  readonly inode: number;
}

/**
 * The ports of those listening sockets that one of the processes has open.
 *
 * @param inodesOf the sockets of a process; null where they are hidden from us
 * @returns null where a socket is left that may be that of a process which hides its own
 */
export function ownedPorts<Id>(
  sockets: readonly Listener[],
  pids: readonly Id[],
  inodesOf: (pid: Id) => readonly number[] | null,
): readonly number[] | null {
  const waiting = new Map(sockets.map(({ inode, port }) => [inode, port]));
  const ports: number[] = [];
  let isHidden = false;
  for (const pid of pids) {
    if (waiting.size === 0) break;
    const inodes = inodesOf(pid);
    if (inodes === null) isHidden = true;
    for (const inode of inodes ?? []) {
      const port = waiting.get(inode);
      if (port === undefined) continue;
      ports.push(port);
      waiting.delete(inode);
    }
  }
  return isHidden && waiting.size > 0 ? null : ports;
}

/** `Tcp: PassiveOpens` of /proc/net/snmp: a line of names and a line of numbers. */
export function parsePassiveOpens(text: string): number | undefined {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  const value = Number(values[names.indexOf('PassiveOpens')]);
  return Number.isFinite(value) ? value : undefined;
}
