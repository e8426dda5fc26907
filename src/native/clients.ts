import type { Clients, Event } from '../core/event.ts';
import type { Pid } from '../core/ids.ts';
import { ownedPorts, parsePassiveOpens } from '../host/net-format.ts';

const SNMP_LIMIT = 16_384;

/** The ports on which these processes listen. */
export function findListeners(pids: readonly Pid[]): Event {
  const scan = sys.scanSockets([]);
  if (typeof scan === 'number') return { type: 'listeners', ports: null };
  const sockets = scan[2].flatMap((port, index, flat) =>
    index % 2 === 0 ? [{ port, inode: flat[index + 1] ?? 0 }] : [],
  );
  const ports = ownedPorts(sockets, pids, (pid) => {
    const inodes = sys.listSockets(pid);
    return typeof inodes === 'number' ? null : inodes;
  });
  return { type: 'listeners', ports };
}

/** The clients of these ports. */
export function countClients(ports: readonly number[] | null): Event {
  const scan = sys.scanSockets(ports);
  const snmp = sys.readFile('/proc/self/net/snmp', SNMP_LIMIT);
  const accepted = typeof snmp === 'string' ? parsePassiveOpens(snmp) : undefined;
  if (typeof scan === 'number' || accepted === undefined) return { type: 'clients', clients: null };
  const [connected, example] = scan;
  const clients: Clients = { connected, example: example === '' ? null : example, accepted };
  return { type: 'clients', clients };
}
