import type { Note } from '../core/note.ts';
import type { Process } from '../core/process-table.ts';
import { isStopSignal } from '../core/signal.ts';
import { codeOf, toEnding } from './to-event.ts';
import type { Ending, Outcome } from './types.ts';

/** A program may run for years, and leave one behind each second. */
const MOST_ORPHANS = 1_000;

/** Puts the outcome together from what happens. */
export class Tally {
  /** Of the main program, once it has been started. */
  pid: number | undefined;
  private main: Ending | null = null;
  private startError: string | null = null;
  private wasStopped = false;
  private readonly orphans: Outcome['orphans'][number][] = [];
  private readonly killed: Outcome['killed'][number][] = [];

  add(note: Note): void {
    if (note.type === 'started') this.pid = note.pid;
    if (note.type === 'startFailed') this.startError = codeOf(note.errno);
    if (note.type === 'received' && note.as !== null && isStopSignal(note.as)) this.wasStopped = true;
    if (note.type === 'mainEnded') this.main = toEnding(note.status);
    if (note.type === 'reaped') this.addOrphan({ pid: note.pid, ending: toEnding(note.status) });
    if (note.type === 'killed') this.killed.push({ pid: note.pid, name: note.name, reason: note.reason });
  }

  /** Everything is to be killed, by kill(). */
  beginKill(): void {
    this.wasStopped = true;
  }

  /** What has been sent SIGKILL for that, perhaps not for the first time. */
  addKilled(rows: readonly Pick<Process, 'pid' | 'name'>[]): void {
    for (const { pid, name } of rows) {
      if (this.killed.every((known) => known.pid !== pid)) this.killed.push({ pid, name, reason: 'kill' });
    }
  }

  private addOrphan(orphan: Outcome['orphans'][number]): void {
    if (this.orphans.push(orphan) > MOST_ORPHANS) this.orphans.shift();
  }

  read(exitStatus: number): Outcome {
    const { main, startError, wasStopped, orphans, killed } = this;
    return { exitStatus, main, startError, wasStopped, orphans, killed };
  }
}
