import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Ended } from '../core/event.ts';
import { type Pid, type StartTime, toPid } from '../core/ids.ts';
import type { Process } from '../core/process-table.ts';
import { type WaitStatus, decodeWaitStatus } from '../core/wait-status.ts';
import type { Harvest } from '../node/children.ts';
import type { Libc } from '../node/libc.ts';
import { readProcesses } from '../node/proc.ts';
import { isThere } from '../node/send.ts';
import { OnlyParent } from './only-parent.ts';
import { hasHadWorkers } from './workers.ts';

/** The variable that a program and all that it starts have in their environments. */
const VARIABLE = 'SUPERVISED_BY_DRAINIT';

/** Whoever waits for its children has done so by then: libuv does at once. In milliseconds. */
const ABANDONED = 1_000;

const keyOf = ({ pid, start }: Process): string => `${pid} ${start}`;

/**
 * The processes of one program, among all those of a process that has others as well: what its main process has started,
 * and what that has started, also when the processes between have gone and we have adopted it.
 */
export class Family {
  /** What makes a process that we have adopted one of ours. */
  readonly env: Readonly<Record<string, string>>;
  private readonly libc: Libc | null;
  /** Null: it has been started, and not been seen yet. */
  private readonly members = new Map<Pid, StartTime | null>();
  /** Children of ours that belong to somebody else, by pid and start. */
  private strangers = new Set<string>();
  /** Ended, and nobody has waited for them; with the time at which that was seen. */
  private zombies = new Map<string, number>();
  /** Started by us, and not waited for yet: where /proc is mounted with hidepid it may lack them. */
  private readonly children = new Set<Pid>();
  /** Those that libuv waits for. */
  private readonly owned = new Set<Pid>();
  private ended: Ended[] = [];
  private readonly parent = new OnlyParent();
  /** Told of, and not reaped yet. */
  private readonly claimed = new Set<string>();

  constructor(libc: Libc | null) {
    this.libc = libc;
    this.env = { [VARIABLE]: randomUUID() };
    const before = libc === null ? [] : (readProcesses() ?? []).filter(({ parent }) => parent === process.pid);
    this.strangers = new Set(before.map(keyOf));
    if (before.some(({ state }) => state !== 'Z')) this.parent.isOnly = false;
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
    const rows = readProcesses();
    if (rows === null) return null;
    this.update(rows);
    // One that was adopted by somebody else is no less ours.
    const isTop = ({ parent }: Process): boolean => !this.members.has(parent);
    const own = rows.filter(({ pid }) => this.members.has(pid));
    return [
      ...rows.filter(({ pid }) => pid === process.pid),
      ...own.map((row) => (isTop(row) ? { ...row, parent: toPid(process.pid) } : row)),
    ];
  }

  /** Reaps those of the members that are our children and have ended, and no other child of ours. */
  harvest(): Harvest {
    if (this.libc !== null) for (const pid of this.members.keys()) this.reap(this.libc, pid);
    this.read();
    const { ended } = this;
    this.ended = [];
    return { ended, stopped: [], isLast: this.members.size === 0 && this.owned.size === 0 };
  }

  /** What was adopted and had ended before it was seen is looked at once more: after the end nobody looks any more. */
  reapLater(): void {
    this.parent.end();
    this.read();
    if (this.zombies.size > 0) setTimeout(() => this.read(), 2 * ABANDONED).unref();
  }

  private reap(libc: Libc, pid: Pid): void {
    const status = this.owned.has(pid) ? undefined : libc.reap(pid);
    if (status !== undefined) this.end(pid, decodeWaitStatus(status));
  }

  private end(pid: Pid, status: WaitStatus): void {
    this.members.delete(pid);
    this.children.delete(pid);
    this.ended.push({ pid, status });
  }

  private update(all: readonly Process[]): void {
    // Without a C library the end of an orphan is not ours to wait for, and whoever adopted it may never do so.
    const isOver = ({ pid, state }: Process): boolean => this.libc === null && state === 'Z' && !this.owned.has(pid);
    const rows = all.filter((row) => !isOver(row));
    const living = new Map(rows.map((row) => [row.pid, row]));
    for (const [pid, start] of this.members) {
      const row = living.get(pid);
      if (row !== undefined && (start ?? row.start) === row.start) this.members.set(pid, row.start);
      else if (!this.children.has(pid) || !isThere(pid)) this.members.delete(pid);
    }
    const candidates = rows.filter((row) => !this.members.has(row.pid));
    for (const row of this.findAdopted(candidates)) this.members.set(row.pid, row.start);
    for (let before = -1; before < this.members.size;) {
      before = this.members.size;
      for (const { pid, parent, start } of candidates) if (this.members.has(parent)) this.members.set(pid, start);
    }
  }

  /** Among children of ours that were no members so far; where we cannot adopt anything, among all processes. */
  private findAdopted(rows: readonly Process[]): readonly Process[] {
    const children = rows.filter(({ parent }) => this.libc === null || parent === process.pid);
    const fresh = children.filter((row) => row.state !== 'Z' && !this.strangers.has(keyOf(row)));
    const marks = new Map(fresh.map(({ pid }) => [pid, this.isMarked(pid)]));
    const adopted = fresh.filter(({ pid }) => marks.get(pid) === true);
    const unseen = children.filter((row) => row.state === 'Z' && !this.strangers.has(keyOf(row)));
    if (this.parent.isOnly && !hasHadWorkers()) this.claim(unseen);
    if (!hasHadWorkers()) this.reapAbandoned(unseen);
    const isStranger = (row: Process): boolean => this.strangers.has(keyOf(row)) || marks.get(row.pid) === false;
    this.strangers = new Set(children.filter(isStranger).map(keyOf));
    return adopted;
  }

  /** @returns undefined while nobody can tell: in the middle of its execve(2) a process has no environment */
  private isMarked(pid: Pid): boolean | undefined {
    const [[name, value] = []] = Object.entries(this.env);
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      return environment === '' ? undefined : environment.split('\0').includes(`${name}=${value}`);
    } catch {
      return false; // It has gone, or is another user's.
    }
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

  /** A process that was adopted and had ended before it was seen says no more whose it was: nobody but us would reap it. */
  private reapAbandoned(rows: readonly Process[]): void {
    const now = Date.now();
    const seen = this.zombies;
    this.zombies = new Map(rows.map((row) => [keyOf(row), seen.get(keyOf(row)) ?? now]));
    for (const row of rows) if (now - (this.zombies.get(keyOf(row)) ?? now) > ABANDONED) this.libc?.reap(row.pid);
  }
}
