import type { Cause } from './causes.ts';
import { type Chapter, listChapters } from './chronicle.ts';
import type { Refusal } from './event.ts';
import { type Millis, type Pid, type Signal, toMillis } from './ids.ts';
import type { DrainEnd, Note } from './note.ts';
import { type Outcome, note } from './outcome.ts';
import { type WaitStatus, isSuccess } from './wait-status.ts';

/** How a process ended, as far as anybody knows. */
export type ReportedEnd =
  | { readonly type: 'ended'; readonly at: Millis; readonly status: WaitStatus }
  | { readonly type: 'killed'; readonly at: Millis }
  /** Another process has waited for it. */
  | { readonly type: 'unknown' };

/** One process of a stop. All instants count from the beginning of the stop. */
export interface ReportedProcess {
  readonly pid: Pid;
  /** null: the main program, which was never told. */
  readonly name: string | null;
  readonly told: readonly { readonly at: Millis; readonly signal: Signal }[];
  readonly end: ReportedEnd;
}

/** Why a stop took long, or went wrong. */
export type Reason =
  | { readonly type: 'process'; readonly pid: Pid; readonly name: string; readonly cause: Cause }
  | {
      readonly type: 'clientsStayed';
      readonly connected: number;
      readonly example: string | null;
      readonly after: Millis;
    }
  | { readonly type: 'hookLate'; readonly command: string | null; readonly after: Millis }
  | { readonly type: 'hookFailed'; readonly command: string | null; readonly status: WaitStatus }
  | { readonly type: 'hookNotStarted'; readonly command: string | null; readonly errno: number }
  | { readonly type: 'refused'; readonly refusal: Refusal };

/** The lines of a report, each of which says something by itself. `took` is the length of the whole stop. */
export type ReportNote =
  | {
      readonly type: 'report';
      /** null: the main program ended by itself. */
      readonly signal: Signal | null;
      readonly took: Millis;
      readonly status: number;
    }
  | {
      readonly type: 'reportedDrain';
      readonly took: Millis;
      readonly after: Millis;
      readonly reason: DrainEnd;
      /** How many clients were connected from then on. */
      readonly clients: readonly { readonly at: Millis; readonly connected: number }[];
    }
  | ({ readonly type: 'reportedProcess'; readonly took: Millis } & ReportedProcess)
  /** Those that there is no room for: they ended first. */
  | { readonly type: 'reportedOthers'; readonly count: number }
  | { readonly type: 'reportedReason'; readonly reason: Reason };

/** A report that nobody reads to its end helps nobody. */
const MOST_PROCESSES = 20;

type Drained = Extract<Note, { type: 'drained' }>;

/** A process while its part of the report is put together. */
interface Draft {
  readonly pid: Pid;
  name: string | null;
  readonly told: { readonly at: Millis; readonly signal: Signal }[];
  end: ReportedEnd;
}

class Compiler {
  private readonly processes = new Map<Pid, Draft>();
  private readonly clients: { readonly at: Millis; readonly connected: number }[] = [];
  private readonly causes = new Map<Pid, Reason>();
  private readonly reasons: Reason[] = [];
  private main: Pid | null = null;
  private signal: Signal | null = null;
  private drained: { readonly at: Millis; readonly note: Drained } | null = null;

  read({ notes, ended }: Chapter, at: Millis): void {
    // How a process ended is known before what that led to.
    for (const { pid, status } of ended) this.end(pid, { type: 'ended', at, status });
    for (const line of notes) this.readNote(line, at);
  }

  compile(took: Millis, status: number): readonly ReportNote[] {
    const all = [...this.processes.values()];
    const shown = chooseShown(all, this.main);
    const left = all.length - shown.length;
    return [
      { type: 'report', signal: this.signal, took, status },
      ...(this.drained === null ? [] : [this.compileDrain(this.drained.note, this.drained.at, took)]),
      ...shown.map((draft): ReportNote => ({ type: 'reportedProcess', took, ...draft })),
      ...(left === 0 ? [] : [{ type: 'reportedOthers', count: left } as const]),
      ...[...this.reasons, ...this.causes.values()].map((reason) => ({ type: 'reportedReason', reason }) as const),
    ];
  }

  private compileDrain({ reason }: Drained, after: Millis, took: Millis): ReportNote {
    return { type: 'reportedDrain', took, after, reason, clients: this.clients };
  }

  private processOf(pid: Pid, name: string | null): Draft {
    const known = this.processes.get(pid);
    if (known !== undefined) {
      known.name ??= name;
      return known;
    }
    const draft: Draft = { pid, name, told: [], end: { type: 'unknown' } };
    this.processes.set(pid, draft);
    return draft;
  }

  private end(pid: Pid, end: ReportedEnd): void {
    const draft = this.processes.get(pid);
    if (draft !== undefined && draft.end.type === 'unknown') draft.end = end;
  }

  private readNote(line: Note, at: Millis): void {
    switch (line.type) {
      case 'received':
        this.signal ??= line.as;
        break;
      case 'told':
        this.processOf(line.pid, line.name).told.push({ at, signal: line.signal });
        break;
      case 'mainEnded':
        this.main = line.pid;
        this.processOf(line.pid, null);
        this.end(line.pid, { type: 'ended', at, status: line.status });
        break;
      case 'deferred':
        this.processOf(line.pid, line.name);
        break;
      case 'clients':
        this.clients.push({ at, connected: line.connected });
        break;
      case 'drained':
        // Each service with hooks has one of its own: the container's came first.
        this.drained ??= { at, note: line };
        if (line.reason === 'time' && line.connected > 0) {
          const { connected, example, after } = line;
          this.reasons.push({ type: 'clientsStayed', connected, example, after });
        }
        break;
      case 'hookNotStarted':
        this.reasons.push(line);
        break;
      case 'hookEnded':
        if (!isSuccess(line.status))
          this.reasons.push({ type: 'hookFailed', command: line.command, status: line.status });
        break;
      case 'hookKilled':
        if (line.isLate) this.reasons.push({ type: 'hookLate', command: line.command, after: line.after });
        break;
      case 'slow':
        this.causes.set(line.pid, { type: 'process', pid: line.pid, name: line.name, cause: line.cause });
        break;
      case 'killed': {
        const { pid, name, cause } = line;
        this.processOf(pid, name).end = { type: 'killed', at };
        if (cause !== null) this.causes.set(pid, { type: 'process', pid, name, cause });
        break;
      }
      case 'refused':
        this.reasons.push({ type: 'refused', refusal: line.refusal });
        break;
      default:
        break;
    }
  }
}

/** The main program, those that were killed, and the last to end; in the order in which they were told. */
function chooseShown(all: readonly Draft[], main: Pid | null): readonly Draft[] {
  if (all.length <= MOST_PROCESSES) return all;
  const rank = ({ pid, end }: Draft): number => {
    if (pid === main) return Infinity;
    if (end.type === 'killed') return Number.MAX_VALUE;
    return end.type === 'unknown' ? 0 : end.at;
  };
  const chosen = new Set(all.toSorted((one, other) => rank(other) - rank(one)).slice(0, MOST_PROCESSES));
  return all.filter((draft) => chosen.has(draft));
}

/**
 * What happened in a stop, from its first signal to the last process.
 *
 * @param chronicle of the stop, the newest first
 * @param status with which drainit exits
 * @param at when it does
 */
export function compileReport(chronicle: Chapter, status: number, at: Millis): readonly ReportNote[] {
  const chapters = listChapters(chronicle);
  const began = chapters[0]?.at ?? at;
  const sinceThen = (instant: Millis): Millis => toMillis(Math.round(instant - began));
  const compiler = new Compiler();
  for (const chapter of chapters) compiler.read(chapter, sinceThen(chapter.at));
  return compiler.compile(sinceThen(at), status);
}

/** A stop is over, and a report on it is due (see {@link isReportDue}): it goes before the end. */
export function addReport({ state, actions }: Outcome, at: Millis): Outcome {
  const { phase, chronicle } = state;
  if (phase.type !== 'done' || chronicle === null) return { state, actions };
  const notes = compileReport(chronicle, phase.status, at).map(note);
  // finishWith() has put the note on the exit and the exit itself last.
  return { state, actions: [...actions.slice(0, -2), ...notes, ...actions.slice(-2)] };
}
