/**
 * The process that puts a name before each line of output, a process of its own so that PID 1 never waits for a reader:
 * src/native/relay.c says the same in C. On descriptor 3 PID 1 sends the names as JSON, is answered when they are known,
 * and sends the index of each program that has ended, a line each. Each program writes into a pipe of its own, from
 * descriptor 4 on.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** What such a process is called, by its argv[0]: nothing that anybody gives to a program makes it one. */
export const RELAY_NAME = 'drainit (prefix)';

/** A longer line is written as it comes, and nobody else's until it ends, or pauses for so many milliseconds. */
const LONGEST_KEPT = 64 << 10;
const PATIENCE = 1_000;
/** So many bytes are written at once. */
const FULL = 128 << 10;
/** Between two attempts to write to a full standard output that does not block, in milliseconds. */
const RETRY = 5;

const STDOUT = 1;
export const WORDS = 3;
const FIRST_INPUT = 4;
const NEWLINE = 10;
const END_OF_LINE = Buffer.from('\n');

/** Waits without the event loop: nothing is to be read meanwhile. */
const wait = (millis: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);

/** Standard output may be non-blocking, as whoever gave it to us likes. */
function writeAll(bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(STDOUT, bytes, done);
    } catch (error) {
      // Where nobody will ever read, programs are to know.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(1);
      wait(RETRY);
    }
  }
}

/** What is written, gathered for as long as there is something to read. */
class Output {
  private parts: Buffer[] = [];
  private length = 0;

  put(bytes: Buffer): void {
    if (this.length === 0) setImmediate(() => this.flush());
    this.parts.push(bytes);
    this.length += bytes.length;
    if (this.length >= FULL) this.flush();
  }

  flush(): void {
    if (this.length > 0) writeAll(Buffer.concat(this.parts));
    this.parts = [];
    this.length = 0;
  }
}

type Item = Buffer | 'programEnded' | 'closed';

/** The output of one program. */
interface Source {
  readonly prefix: Buffer;
  readonly socket: Socket;
  /** The beginning of a line that has no end yet. */
  kept: Buffer[];
  keptLength: number;
  /** What came while another's line was being written. */
  waiting: Item[];
}

class Relay {
  private readonly output = new Output();
  private readonly sources: readonly Source[];
  private open: number;
  /** Whose line has been written in part. */
  private owner: Source | null = null;
  /** Those for whom something is waiting: each chunk would look through all of the services otherwise. */
  private readonly held = new Set<Source>();
  private readonly patience: NodeJS.Timeout;

  constructor(prefixes: readonly string[]) {
    this.sources = prefixes.map((prefix, index) => ({
      prefix: Buffer.from(prefix),
      socket: new Socket({ fd: FIRST_INPUT + index, readable: true, writable: false }),
      kept: [],
      keptLength: 0,
      waiting: [],
    }));
    this.open = this.sources.length;
    this.patience = setTimeout(() => this.finishLine(), PATIENCE);
    for (const source of this.sources) {
      source.socket.on('data', (chunk: Buffer) => this.receive(source, chunk));
      source.socket.on('error', () => undefined);
      source.socket.on('close', () => this.receive(source, 'closed'));
    }
  }

  /** What it has written before is in its pipe by now, and has been read when the loop has gone round. */
  programEnded(index: number): void {
    const source = this.sources[index];
    if (source !== undefined) setImmediate(() => setImmediate(() => this.receive(source, 'programEnded')));
  }

  private receive(source: Source, item: Item): void {
    if (this.owner !== null && this.owner !== source) {
      source.waiting.push(item);
      this.held.add(source);
      source.socket.pause();
      return;
    }
    this.take(source, item);
    if (this.owner === null) this.goOn();
    else this.patience.refresh();
  }

  private take(source: Source, item: Item): void {
    if (item === 'closed') this.open -= 1;
    if (typeof item === 'string') this.endLine(source);
    else this.takeBytes(source, item);
    if (this.open > 0) return;
    this.output.flush();
    process.exit(0);
  }

  private takeBytes(source: Source, bytes: Buffer): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    for (let from = 0; from < end;) {
      const next = bytes.indexOf(NEWLINE, from) + 1;
      if (this.owner === null) this.beginLine(source);
      this.owner = null;
      this.output.put(bytes.subarray(from, next));
      from = next;
    }
    const rest = bytes.subarray(end);
    if (rest.length === 0) return;
    if (this.owner === null && source.keptLength + rest.length <= LONGEST_KEPT) {
      source.kept.push(rest);
      source.keptLength += rest.length;
      return;
    }
    if (this.owner === null) this.beginLine(source);
    this.output.put(rest);
    this.owner = source;
  }

  private beginLine(source: Source): void {
    this.output.put(source.prefix);
    for (const bytes of source.kept) this.output.put(bytes);
    source.kept = [];
    source.keptLength = 0;
  }

  private endLine(source: Source): void {
    if (this.owner !== source && source.keptLength === 0) return;
    if (this.owner !== source) this.beginLine(source);
    this.output.put(END_OF_LINE);
    this.owner = null;
  }

  /** It has paused for too long: the others wait. */
  private finishLine(): void {
    if (this.owner === null) return;
    this.endLine(this.owner);
    this.goOn();
  }

  /** Nobody's line is open: those that waited have their turn, until one of them leaves a line open again. */
  private goOn(): void {
    for (const source of this.held) {
      while (source.waiting.length > 0 && (this.owner === null || this.owner === source)) {
        const item = source.waiting.shift();
        if (item !== undefined) this.take(source, item);
      }
      if (source.waiting.length > 0) continue;
      this.held.delete(source);
      source.socket.resume();
    }
    if (this.owner !== null) this.patience.refresh();
  }
}

/** Whether this process has been started to be a relay. */
export const isRelay = (): boolean => process.argv0 === RELAY_NAME;

/** Puts names before lines until all programs have ended. Does not return: the process exits. */
export function runRelay(): void {
  let relay: Relay | null = null;
  let text = '';
  const words = new Socket({ fd: WORDS, readable: true, writable: true });
  words.on('error', () => undefined);
  words.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (relay === null) {
        relay = new Relay(JSON.parse(line) as readonly string[]);
        words.write('ready\n');
      } else relay.programEnded(Number(line));
    }
  });
}
