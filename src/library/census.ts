import { readFileSync } from 'node:fs';
import { type Pid, toPid } from '../core/ids.ts';
import type { Process } from '../core/process-table.ts';
import { readProcesses } from '../node/proc.ts';
import { useSpare } from './spare.ts';

/** The variable that a program and all that it starts have in their environments: a word for each supervision above them. */
export const VARIABLE = 'SUPERVISED_BY_DRAINIT';

/** What one look at all processes shows, in the order in which families ask for it. */
export interface Census {
  /** When it was begun, in milliseconds of `performance.now()`. */
  readonly begun: number;
  readonly rows: ReadonlyMap<Pid, Process>;
  readonly children: ReadonlyMap<Pid, readonly Process[]>;
  /** The living, by the words of their marks. */
  readonly marked: ReadonlyMap<string, readonly Process[]>;
  /** Living children of ours that have no environment which could say whose they are. */
  readonly blank: readonly Process[];
  /** Children of ours that had ended when they were first seen, after the first supervision had begun. */
  readonly unseen: readonly Process[];
  /** Children of ours that ended some time ago, and that nobody has waited for. */
  readonly abandoned: readonly Process[];
}

/** Whoever waits for its children has done so by then: libuv does in each turn of the event loop. In milliseconds. */
export const ABANDONED = 1_000;

export const keyOf = ({ pid, start }: Process): string => `${pid} ${start}`;

const hasEnded = ({ state }: Process): boolean => state === 'Z';

/** kthreadd, the parent of the kernel's threads. */
const KTHREADD = toPid(2);

const isOfKernel = ({ parent, group }: Process): boolean => parent === KTHREADD && group === 0;

function groupBy<Key>(rows: readonly Process[], keysOf: (row: Process) => readonly Key[]): Map<Key, Process[]> {
  const groups = new Map<Key, Process[]>();
  for (const row of rows) {
    for (const key of keysOf(row)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
  }
  return groups;
}

/**
 * @returns null where nobody can tell: an environment is empty in the middle of an execve(2), and nginx, PostgreSQL and
 * others that have a title write that over theirs
 */
function readMarks(pid: Pid): readonly string[] | null {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    const line = environment.split('\0').find((it) => it.startsWith(`${VARIABLE}=`));
    if (line !== undefined) return line.slice(VARIABLE.length + 1).split(' ');
    return /^[^\s=]+=/.test(environment) ? [] : null;
  } catch {
    return []; // It has gone, or is another user's.
  }
}

/** Looks at all processes, for as many families as there are. */
export class Censor {
  private users = 0;
  /** By process: what its environment has said stays true of it. */
  private marks = new Map<string, readonly string[]>();
  /** Children of ours that were there before the first supervision: whose they are is not for us to say. */
  private before: ReadonlySet<string> = new Set();
  /** Those that were seen living since. */
  private known = new Set<string>();
  /** Those that have ended, and when a look of {@link lookSoon} saw that first. */
  private zombies = new Map<string, number>();
  /** Those of them that are from an earlier supervision. */
  private earlier: ReadonlySet<string> = new Set();
  private last: Census | undefined;
  /** How long it took, in milliseconds. */
  private duration = 0;

  /** @param adopts whether what loses its parents becomes a child of ours: only these are asked for their marks then */
  begin(adopts: boolean): Census | null {
    const isFirst = this.users === 0;
    this.users += 1;
    if (!isFirst) return this.take(adopts, this.recently());
    // What an earlier supervision has left is still to be reaped.
    this.earlier = new Set(this.zombies.keys());
    const census = this.take(adopts, Infinity);
    const ours = census?.children.get(toPid(process.pid)) ?? [];
    this.before = new Set(ours.map(keyOf).filter((key) => !this.earlier.has(key)));
    this.last = undefined; // It took others that had ended for new ones.
    return census;
  }

  end(): void {
    this.users -= 1;
  }

  hasZombies(): boolean {
    return this.zombies.size > 0;
  }

  /** As long ago as a look takes: what was read then is as true as what would be read now. */
  recently(): number {
    return performance.now() - 2 * this.duration;
  }

  /**
   * @param since one that was begun then or later will do; Infinity: none that has been begun
   * @param isLook libuv has waited for all that it waits for, and what has still not been waited for is remembered
   * @returns null where there is no table
   */
  take(adopts: boolean, since: number, isLook = false): Census | null {
    if (this.last !== undefined && this.last.begun >= since) return this.last;
    const begun = performance.now();
    const rows = useSpare(readProcesses);
    this.last = rows === null ? undefined : this.sort(rows, adopts, begun, isLook);
    this.duration = performance.now() - begun;
    return this.last ?? null;
  }

  private sort(rows: readonly Process[], adopts: boolean, begun: number, isLook: boolean): Census {
    const children = groupBy(rows, ({ parent }) => [parent]);
    const ours = children.get(toPid(process.pid)) ?? [];
    const candidates = adopts ? ours : rows.filter((row) => !isOfKernel(row));
    const marks = new Map<string, readonly string[]>();
    const blank: Process[] = [];
    const living = candidates.filter((row) => !hasEnded(row));
    const marked = groupBy(living, (row) => {
      const key = keyOf(row);
      const words = this.marks.get(key) ?? useSpare(() => readMarks(row.pid));
      if (words === null) blank.push(row);
      else marks.set(key, words);
      return words ?? [];
    });
    const known = ours.map(keyOf).filter((key) => this.known.has(key) || marks.has(key));
    this.marks = marks;
    this.known = new Set(known);
    this.before = new Set(ours.map(keyOf).filter((key) => this.before.has(key)));
    const zombies = ours.filter((row) => hasEnded(row) && !this.before.has(keyOf(row)));
    const since = this.zombies;
    if (isLook) this.zombies = new Map(zombies.map((row) => [keyOf(row), since.get(keyOf(row)) ?? begun]));
    return {
      begun,
      rows: new Map(rows.map((row) => [row.pid, row])),
      children,
      marked,
      blank: blank.filter(({ parent }) => parent === process.pid),
      unseen: zombies.filter((row) => !this.earlier.has(keyOf(row)) && !this.known.has(keyOf(row))),
      abandoned: !isLook ? [] : zombies.filter((row) => begun - (this.zombies.get(keyOf(row)) ?? begun) > ABANDONED),
    };
  }
}
