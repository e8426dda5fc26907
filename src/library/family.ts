import { randomUUID } from 'node:crypto';
import type { Ended } from '../core/event.ts';
import { type Pid, type StartTime, toPid } from '../core/ids.ts';
import type { Process } from '../core/process-table.ts';
import { type WaitStatus, decodeWaitStatus } from '../core/wait-status.ts';
import type { Harvest } from '../node/children.ts';
import type { Libc } from '../node/libc.ts';
import { readProcess } from '../node/proc.ts';
import { isThere } from '../node/send.ts';
import { ABANDONED, Censor, type Census, VARIABLE, keyOf } from './census.ts';
import { OnlyParent } from './only-parent.ts';
import { useSpare } from './spare.ts';
import { hasHadWorkers } from './workers.ts';

const censor = new Censor();

/**
 * The processes of one program, among all those of a process that has others as well: what its main process has started,
 * and what that has started, also when the processes between have gone and we have adopted it.
 */
export class Family {
  /** What makes a process that we have adopted one of ours. */
  readonly env: Readonly<Record<string, string>>;
  private readonly mark = randomUUID();
  private readonly libc: Libc | null;
  /** Null: it has been started, and not been seen yet. */
  private readonly members = new Map<Pid, StartTime | null>();
  /** Started by us, and not waited for yet: where /proc is mounted with hidepid it may lack them. */
  private readonly children = new Set<Pid>();
  /** Those that are children of ours by the last look. */
  private readonly adopted = new Set<Pid>();
  /** Those that libuv waits for. */
  private readonly owned = new Set<Pid>();
  private ended: Ended[] = [];
  /** What was reaped, and when: a look that was begun before may still show it. */
  private readonly reaped = new Map<Pid, number>();
  private readonly parent = new OnlyParent();
  /** Told of, and not reaped yet. */
  private readonly claimed = new Set<string>();
  /** When the last look was begun. */
  private seen = 0;
  private isConcluding = false;

  constructor(libc: Libc | null) {
    this.libc = libc;
    // Those above us want to know it as theirs, too.
    this.env = { [VARIABLE]: [process.env[VARIABLE] ?? '', this.mark].join(' ').trim() };
    const census = censor.begin(libc !== null);
    const before = census?.children.get(toPid(process.pid)) ?? [];
    if (before.some(({ state }) => state !== 'Z')) this.parent.isOnly = false;
  }

  /** Work that follows from the last look. Other work takes what has just been read for anybody, or reads it. */
  conclude(work: () => void): void {
    this.isConcluding = true;
    try {
      work();
    } finally {
      this.isConcluding = false;
    }
  }

  /** A process that was started for this family. */
  add(pid: Pid): void {
    this.members.set(pid, null);
    this.children.add(pid);
  }

  own(pid: Pid): void {
    this.owned.add(pid);
  }

  disown(pid: Pid, status: WaitStatus): void {
    this.owned.delete(pid);
    this.end(pid, status);
  }

  /** The members as rows of a process table, ourselves above them; null where there is no table. */
  read(): readonly Process[] | null {
    const census = censor.take(this.libc !== null, this.isConcluding ? this.seen : censor.recently());
    if (census === null) return null;
    this.update(census);
    const self = toPid(process.pid);
    const rowsOf = (pid: Pid): readonly Process[] => {
      const row = census.rows.get(pid);
      if (row === undefined) return [];
      // One that was adopted by somebody else is no less ours.
      return [pid === self || this.members.has(row.parent) ? row : { ...row, parent: self }];
    };
    // In the order of the kernel, which is that of their start.
    return [self, ...this.members.keys()].toSorted((one, other) => one - other).flatMap(rowsOf);
  }

  /** Without a C library nothing tells that an orphan has ended: whether one that was there has. */
  hasLost(): boolean {
    return [...this.members].some(([pid, start]) => {
      const row = useSpare(() => readProcess(pid));
      return row === undefined || row.start !== (start ?? row.start) || this.isOver(row);
    });
  }

  /** Takes the ends of members that are our children: only we can wait for those, and nobody has their pids until then. */
  reap(): void {
    if (this.libc !== null) for (const pid of [...this.children, ...this.adopted]) this.take(this.libc, pid);
  }

  /** Takes in what a look shows that was begun then or later, in milliseconds of `performance.now()`. */
  see(since: number): void {
    const census = censor.take(this.libc !== null, since, true);
    if (census === null) return;
    this.seen = census.begun;
    this.update(census);
    this.reap();
    if (hasHadWorkers()) return;
    const isStrange = ({ pid }: Process): boolean => !this.members.has(pid) && !this.reaped.has(pid);
    if (this.isOnly) this.claim(census.unseen.filter(isStrange));
    // It says no more whose it was, and nobody but us would reap it.
    for (const { pid } of census.abandoned.filter(isStrange)) this.libc?.reap(pid);
  }

  isEmpty(): boolean {
    return this.members.size === 0 && this.owned.size === 0;
  }

  /** What came of it since this was asked last. */
  harvest(): Harvest {
    const { ended } = this;
    this.ended = [];
    return { ended, stopped: [], isLast: this.isEmpty() };
  }

  /** What was adopted and had ended before it was seen is looked at once more: after the end nobody looks any more. */
  reapLater(): void {
    this.parent.end();
    censor.end();
    if (censor.hasZombies()) setTimeout(() => setImmediate(() => this.see(Infinity)), 2 * ABANDONED).unref();
  }

  private get isOnly(): boolean {
    return this.parent.isOnly && this.libc !== null;
  }

  private take(libc: Libc, pid: Pid): void {
    const status = this.owned.has(pid) ? undefined : libc.reap(pid);
    if (status !== undefined) this.end(pid, decodeWaitStatus(status));
  }

  private end(pid: Pid, status: WaitStatus): void {
    this.members.delete(pid);
    this.children.delete(pid);
    this.adopted.delete(pid);
    this.reaped.set(pid, performance.now());
    this.ended.push({ pid, status });
  }

  /** Without a C library the end of an orphan is not ours to wait for, and whoever adopted it may never do so. */
  private isOver({ pid, state }: Process): boolean {
    return this.libc === null && state === 'Z' && !this.owned.has(pid);
  }

  private update(census: Census): void {
    const { rows, children } = census;
    for (const [pid, at] of this.reaped) if (at < census.begun) this.reaped.delete(pid);
    this.adopted.clear();
    for (const [pid, start] of this.members) {
      const row = rows.get(pid);
      if (row !== undefined && !this.isOver(row) && (start ?? row.start) === row.start) this.keep(row);
      else if (!this.children.has(pid) || !isThere(pid)) this.members.delete(pid);
    }
    for (const row of this.findAdopted(census)) this.addRow(row);
    const open = [...this.members.keys()];
    for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
      for (const row of children.get(pid) ?? []) if (this.addRow(row)) open.push(row.pid);
    }
  }

  /** @returns whether it is new among the members */
  private addRow(row: Process): boolean {
    if (this.members.has(row.pid) || this.reaped.has(row.pid) || this.isOver(row)) return false;
    this.keep(row);
    return true;
  }

  private keep({ pid, parent, start }: Process): void {
    this.members.set(pid, start);
    if (parent === process.pid) this.adopted.add(pid);
  }

  /** Among children of ours that were no members so far; where we cannot adopt anything, among all processes. */
  private findAdopted({ marked, blank }: Census): readonly Process[] {
    const adopted = marked.get(this.mark) ?? [];
    if (!this.isOnly || hasHadWorkers()) return adopted;
    return [...adopted, ...blank.filter(({ pid }) => !this.owned.has(pid))];
  }

  /** Ends that nobody else can have to do with. */
  private claim(rows: readonly Process[]): void {
    for (const row of rows) {
      const status = this.claimed.has(keyOf(row)) ? undefined : this.libc?.peek(row.pid);
      if (status === undefined) continue;
      this.claimed.add(keyOf(row));
      this.ended.push({ pid: row.pid, status: decodeWaitStatus(status) });
    }
  }
}
