import type { Clients } from '../core/event.ts';
import { isLoopback, writeAddress } from './addresses.ts';
import type { Listener } from '../host/net-format.ts';

/** States of proc_net_tcp(5). */
const ESTABLISHED = 1;
const SYN_SENT = 2;
const SYN_RECV = 3;
const FIN_WAIT1 = 4;
const TIME_WAIT = 6;
const CLOSE_WAIT = 8;
const LAST_ACK = 9;
const LISTEN = 10;
const CLOSING = 11;
/** How long TIME_WAIT lasts: TCP_TIMEWAIT_LEN of the kernel, a minute. */
const TIME_WAIT_TICKS = 6_000;

const COLON = 0x3a;
const ZERO = 0x30;
/** The inode is the tenth word of a line. */
const INODE = 9;

const digitOf = (byte: number): number => (byte <= 0x39 ? byte - ZERO : byte - 0x37);

function hexAt(block: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) value = value * 16 + digitOf(block[index] ?? ZERO);
  return value;
}

function isSame(block: Buffer, one: number, other: number, length: number): boolean {
  for (let index = 0; index < length; index += 1) if (block[one + index] !== block[other + index]) return false;
  return true;
}

/** A client may have closed its half and wait for the answer; a server may have closed, and the answer be on its way. */
const isInUse = (state: number, unsent: number): boolean =>
  state === ESTABLISHED ||
  state === CLOSE_WAIT ||
  (unsent > 0 && (state === FIN_WAIT1 || state === CLOSING || state === LAST_ACK));

/** Of an IPv4 address its first byte tells, of an IPv6 one its first half: nearly none has to be read as a text. */
function mayBeLoopback(block: Buffer, at: number, width: number): boolean {
  if (width === 8) return hexAt(block, at + 6, 2) === 127;
  for (let index = at; index < at + 16; index += 1) if (block[index] !== ZERO) return false;
  return true;
}

/**
 * Looks at the lines of /proc/net/tcp and tcp6, in both of which the listening sockets come first. By bytes, since there may
 * be fifty thousand: a text for each would be half a second.
 */
export class SocketScan {
  readonly listeners: Listener[] = [];
  private readonly ours: ReadonlySet<number> | null;
  private readonly ticks: number;
  private readonly listening = new Set<number>();
  private connected = 0;
  private example: string | null = null;
  private open = 0;
  private closed = 0;
  private fingerprint = 0;

  /**
   * @param ours the ports whose clients are counted; null: all on which somebody listens
   * @param ticks how far to look back for what has ended, 10 ms each
   */
  constructor(ours: readonly number[] | null, ticks: number) {
    this.ours = ours === null ? null : new Set(ours);
    this.ticks = ticks;
  }

  get result(): Omit<Clients, 'accepted'> {
    const { connected, example, open, closed } = this;
    return { connected, example, others: { open, closed }, listening: this.fingerprint };
  }

  /** Takes the line that begins there: `sl local:port remote:port state tx:rx tr:when retrnsmt uid timeout inode …`. */
  take(block: Buffer, from: number, to: number): void {
    const local = block.indexOf(COLON, from) + 2;
    const width = block.indexOf(COLON, local) - local;
    const remote = local + width + 6;
    const rest = remote + width + 6;
    if (local < from + 2 || width < 8 || rest > to) return;
    const port = hexAt(block, local + width + 1, 4);
    const state = hexAt(block, rest, 2);
    if (state === LISTEN) this.takeListener(port, Number(block.toString('latin1', from, to).trim().split(/ +/)[INODE]));
    else this.takeConnection(block, { local, remote, width, rest, port, state });
  }

  private takeListener(port: number, inode: number): void {
    this.listeners.push({ port, inode });
    this.listening.add(port);
    this.fingerprint += inode;
  }

  private takeConnection(
    block: Buffer,
    at: { local: number; remote: number; width: number; rest: number; port: number; state: number },
  ): void {
    const { local, remote, width, port, state } = at;
    const address = (): string => block.toString('latin1', remote, remote + width);
    const isLocal =
      isSame(block, local, remote, width) || (mayBeLoopback(block, remote, width) && isLoopback(address()));
    // A server may have ceased to listen, and its clients are there still.
    const isOurs = (this.ours ?? this.listening).has(port);
    const isServed = isOurs || this.listening.has(port);
    if (isOurs && !isLocal) {
      if (!isInUse(state, hexAt(block, at.rest + 3, 8))) return;
      this.connected += 1;
      this.example ??= writeAddress(address());
    } else if (state === TIME_WAIT) {
      // Of a connection of this machine to itself one end waits, whichever closed first.
      const left = hexAt(block, block.indexOf(COLON, at.rest + 12) + 1, 8);
      if ((isLocal || isServed) && left + this.ticks > TIME_WAIT_TICKS) this.closed += 1;
    } else if (isServed && state !== SYN_SENT && state !== SYN_RECV) this.open += 1;
  }
}
