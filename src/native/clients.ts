import type { Clients, Event } from '../core/event.ts';
import type { Millis, Pid } from '../core/ids.ts';
import { ownedPorts, parsePassiveOpens } from '../host/net-format.ts';
import { MILLIS_PER_TICK } from '../host/tick.ts';

const SNMP_LIMIT = 16_384;

/** The ports on which these processes listen. */
export function findListeners(pids: readonly Pid[]): Event {
  const scan = sys.scanSockets([], 0);
  if (typeof scan === 'number') return { type: 'listeners', ports: null, listening: 0 };
  const [, , , , listening, flat] = scan;
  if (flat === null) return { type: 'listeners', ports: null, listening };
  const sockets = flat.flatMap((port, index) => (index % 2 === 0 ? [{ port, inode: flat[index + 1] ?? 0 }] : []));
  const ports = ownedPorts(sockets, pids, (pid) => {
    const inodes = sys.listSockets(pid);
    return typeof inodes === 'number' ? null : inodes;
  });
  return { type: 'listeners', ports, listening };
}

/** The clients of these ports. */
export function countClients(ports: readonly number[] | null, lookBack: Millis): Event {
  const scan = sys.scanSockets(ports, Math.ceil(lookBack / MILLIS_PER_TICK));
  const snmp = sys.readFile('/proc/self/net/snmp', SNMP_LIMIT);
  const accepted = typeof snmp === 'string' ? parsePassiveOpens(snmp) : undefined;
  if (typeof scan === 'number' || accepted === undefined) return { type: 'clients', clients: null };
  const [connected, example, open, closed, listening] = scan;
  const others = { open, closed };
  const clients: Clients = { connected, example: example === '' ? null : example, accepted, others, listening };
  return { type: 'clients', clients };
}
