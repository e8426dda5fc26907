import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import type { Event } from '../core/event.ts';
import type { Millis, Pid } from '../core/ids.ts';
import { MILLIS_PER_TICK } from '../host/tick.ts';
import { ownedPorts, parsePassiveOpens } from '../host/net-format.ts';
import { SocketScan } from './socket-scan.ts';

const SOCKET = /^socket:\[(\d+)\]$/;
const NEWLINE = 0x0a;
const BLOCK = 65_536;

/** Hands over the lines of a file but its heading, a block at a time: with fifty thousand sockets it has 7.5 MB. */
function scanFile(path: string, scan: SocketScan): void {
  const fd = openSync(path, 'r');
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    let isHeading = true;
    let used = 0;
    for (let length = 1; length > 0;) {
      length = readSync(fd, block, used, BLOCK - used, null);
      used += length;
      const text = block.subarray(0, used);
      let start = 0;
      for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
        if (!isHeading) scan.take(text, start, end);
        isHeading = false;
        start = end + 1;
      }
      block.copyWithin(0, start, used);
      used -= start;
    }
  } finally {
    closeSync(fd);
  }
}

/** Both tables; null where neither can be read. A machine may have only one of the families. */
function scanSockets(ports: readonly number[] | null, lookBack: number): SocketScan | null {
  const scan = new SocketScan(ports, Math.ceil(lookBack / MILLIS_PER_TICK));
  let isMissing = true;
  for (const name of ['tcp', 'tcp6']) {
    try {
      scanFile(`/proc/self/net/${name}`, scan);
      isMissing = false;
    } catch {
      continue;
    }
  }
  return isMissing ? null : scan;
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
  const scan = scanSockets([], 0);
  if (scan === null) return { type: 'listeners', ports: null, listening: 0 };
  const ports = ownedPorts(scan.listeners, pids, inodesOf);
  return { type: 'listeners', ports, listening: scan.result.listening };
}

/** The clients of these ports. */
export function countClients(ports: readonly number[] | null, lookBack: Millis): Event {
  const scan = scanSockets(ports, lookBack);
  try {
    const accepted = parsePassiveOpens(readFileSync('/proc/self/net/snmp', 'latin1'));
    if (scan === null || accepted === undefined) return { type: 'clients', clients: null };
    return { type: 'clients', clients: { ...scan.result, accepted } };
  } catch {
    return { type: 'clients', clients: null };
  }
}
