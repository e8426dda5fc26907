import type { Clients } from '../core/event.ts';

/** States of proc_net_tcp(5), in hexadecimal. */
const ESTABLISHED = '01';
const LISTEN = '0A';

/** One line of /proc/net/tcp or tcp6. */
export interface Socket {
  readonly isListening: boolean;
  readonly isEstablished: boolean;
  readonly port: number;
  /** The addresses as the file has them: words of 32 bits in the byte order of the machine. */
  readonly local: string;
  readonly remote: string;
  readonly inode: number;
}

function parseSocket(line: string): Socket | undefined {
  const [, local = '', remote = '', state, , , , , , inode] = line.trim().split(/ +/);
  const [address = '', port = ''] = local.split(':');
  if (port === '') return undefined;
  return {
    isListening: state === LISTEN,
    isEstablished: state === ESTABLISHED,
    port: Number.parseInt(port, 16),
    local: address,
    remote: remote.split(':')[0] ?? '',
    inode: Number(inode),
  };
}

/** The lines of /proc/net/tcp or tcp6, without the heading. */
export function* parseSockets(text: string): Generator<Socket> {
  for (const line of text.split('\n').slice(1)) {
    const socket = parseSocket(line);
    if (socket !== undefined) yield socket;
  }
}

/** The bytes of an address, in the order of the network. */
function bytesOf(address: string): readonly number[] {
  const bytes: number[] = [];
  for (let word = 0; word < address.length; word += 8) {
    for (let byte = 6; byte >= 0; byte -= 2) {
      bytes.push(Number.parseInt(address.slice(word + byte, word + byte + 2), 16));
    }
  }
  return bytes;
}

/** An IPv4 address inside an IPv6 one is written as IPv4: ipv6(7). */
function unmap(bytes: readonly number[]): readonly number[] {
  const isMapped = bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 255));
  return isMapped ? bytes.slice(12) : bytes;
}

/** 127.0.0.0/8, ::1, and both inside the other. */
function isLoopback(address: string): boolean {
  const bytes = unmap(bytesOf(address));
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

function writeAddress(address: string): string {
  const bytes = unmap(bytesOf(address));
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  const words = groups.map((group) => group.toString(16));
  const { start, length } = longestRun(groups);
  if (length < 2) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}

/** The first of the longest runs of zeros, which is left out of an IPv6 address: RFC 5952, 4.2. */
function longestRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0, length = 0; start < groups.length; start += length + 1) {
    length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** Counts the clients from elsewhere that are connected to these ports; null: to all that somebody listens on. */
export function countSockets(sockets: Iterable<Socket>, ports: readonly number[] | null): Omit<Clients, 'accepted'> {
  const listening = new Set<number>(ports ?? []);
  let connected = 0;
  let example: string | null = null;
  for (const socket of sockets) {
    // The listening sockets come first.
    if (socket.isListening && ports === null) listening.add(socket.port);
    const isLocal = socket.local === socket.remote || isLoopback(socket.remote);
    if (!socket.isEstablished || isLocal || !listening.has(socket.port)) continue;
    connected += 1;
    example ??= writeAddress(socket.remote);
  }
  return { connected, example };
}

/**
 * The ports of those listening sockets that one of the processes has open.
 *
 * @param inodesOf the sockets of a process; null where they are hidden from us
 * @returns null where a socket is left that may be that of a process which hides its own
 */
export function ownedPorts<Id>(
  sockets: readonly Pick<Socket, 'port' | 'inode'>[],
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
