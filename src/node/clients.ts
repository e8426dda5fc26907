import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { Event } from '../core/event.ts';
import type { Pid } from '../core/ids.ts';
import { type Socket, countSockets, ownedPorts, parsePassiveOpens, parseSockets } from '../host/net-format.ts';

const SOCKET = /^socket:\[(\d+)\]$/;

/** Both tables; undefined where neither can be read. A machine may have only one of the families. */
function readSockets(): readonly Socket[] | undefined {
  const sockets: Socket[] = [];
  let isMissing = true;
  for (const name of ['tcp', 'tcp6']) {
    try {
      sockets.push(...parseSockets(readFileSync(`/proc/self/net/${name}`, 'latin1')));
      isMissing = false;
    } catch {
      continue;
    }
  }
  return isMissing ? undefined : sockets;
}

function inodesOf(pid: Pid): readonly number[] | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const inode = SOCKET.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        return inode === undefined ? [] : [Number(inode)];
      } catch {
        return []; // It was closed meanwhile.
      }
    });
  } catch {
    return null;
  }
}

/** The ports on which these processes listen. */
export function findListeners(pids: readonly Pid[]): Event {
  const listening = readSockets()?.filter(({ isListening }) => isListening);
  return { type: 'listeners', ports: listening === undefined ? null : ownedPorts(listening, pids, inodesOf) };
}

/** The clients of these ports. */
export function countClients(ports: readonly number[] | null): Event {
  const sockets = readSockets();
  try {
    const accepted = parsePassiveOpens(readFileSync('/proc/self/net/snmp', 'latin1'));
    if (sockets === undefined || accepted === undefined) return { type: 'clients', clients: null };
    return { type: 'clients', clients: { ...countSockets(sockets, ports), accepted } };
  } catch {
    return { type: 'clients', clients: null };
  }
}
