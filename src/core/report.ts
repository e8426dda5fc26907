import type { Cause } from './causes.ts';
import { type Chapter, listChapters } from './chronicle.ts';
import { groupByCause } from './diagnosis.ts';
import { type Millis, type Pid, type Signal, elapsed } from './ids.ts';
import type { Note } from './note.ts';
import { type Outcome, note } from './outcome.ts';
import type { Reason, ReportNote, ReportedEnd, ReportedHook } from './report-note.ts';
import { isSuccess } from './wait-status.ts';

/** A report that nobody reads to its end helps nobody. */
const MOST_PROCESSES = 20;
const MOST_CAUSES = 8;

type Drained = Extract<Note, { type: 'drained' }>;
type ProcessReason = Extract<Reason, { type: 'process' }>;

/** A process while its part of the report is put together. */
interface Draft {
  readonly pid: Pid;
  name: string | null;
  readonly service: string | null;
  readonly told: { readonly at: Millis; readonly signal: Signal }[];
  end: ReportedEnd;
}

/** Why a drain lasted its longest. */
function reasonOfDrain({ connected, example, hasNewcomers, after }: Drained): readonly Reason[] {
  if (connected === null) return [{ type: 'clientsUnseen', after }];
  if (connected > 0) return [{ type: 'clientsStayed', connected, example, after }];
  return hasNewcomers ? [{ type: 'newcomers', after }] : [];
}

/** Equal ones are said once, and not more than people read. */
function summarize(causes: readonly ProcessReason[]): readonly Reason[] {
  const judged = causes.map((reason) => [reason, reason.cause] as const);
  const groups = groupByCause(judged, ({ service }) => service);
  // What was grouped while the stop lasted counts for those that nobody has killed since.
  const all = groups.map(({ first, others }) => ({ ...first, others: Math.max(first.others, others) }));
  const left = all.slice(MOST_CAUSES).reduce((count, { others }) => count + 1 + others, 0);
  return [...all.slice(0, MOST_CAUSES), ...(left === 0 ? [] : [{ type: 'moreProcesses', count: left } as const])];
}

class Compiler {
  private readonly processes = new Map<Pid, Draft>();
  private readonly hooks: ReportedHook[] = [];
  /** Since when the hook of a service, or of the container, may run. */
  private readonly hookBegan = new Map<string | null, Millis>();
  private readonly clients: { readonly at: Millis; readonly connected: number }[] = [];
  private readonly causes = new Map<Pid, ProcessReason>();
  private readonly reasons: Reason[] = [];
  private main: Pid | null = null;
  private signal: Signal | null = null;
  private drained: { readonly at: Millis; readonly note: Drained } | null = null;

  read({ notes, ended }: Chapter, at: Millis): void {
    // How a process ended is known before what that led to.
    for (const { pid, status } of ended) this.end(pid, { type: 'ended', at, status });
    for (const { note: line, service } of notes) this.readNote(line, service ?? null, at);
  }

  compile(took: Millis, status: number): readonly ReportNote[] {
    const all = [...this.processes.values()];
    const shown = new Set(chooseShown(all, this.main));
    const left = all.filter((draft) => !shown.has(draft));
    const killed = left.filter(({ end }) => end.type === 'killed').length;
    return [
      { type: 'report', signal: this.signal, took, status },
      ...(this.drained === null ? [] : [this.compileDrain(this.drained.note, this.drained.at, took)]),
      ...this.hooks.map((hook): ReportNote => ({ type: 'reportedHook', took, ...hook })),
      ...[...shown].map((draft): ReportNote => ({ type: 'reportedProcess', took, ...draft })),
      ...(left.length === 0 ? [] : [{ type: 'reportedOthers', count: left.length, killed } as const]),
      ...[...this.reasons, ...summarize([...this.causes.values()])].map(
        (reason) => ({ type: 'reportedReason', reason }) as const,
      ),
    ];
  }

  private compileDrain({ reason }: Drained, after: Millis, took: Millis): ReportNote {
    return { type: 'reportedDrain', took, after, reason, clients: this.clients };
  }

  private processOf(pid: Pid, name: string | null, service: string | null): Draft {
    const known = this.processes.get(pid);
    if (known !== undefined) {
      known.name ??= name;
      return known;
    }
    const draft: Draft = { pid, name, service, told: [], end: { type: 'unknown' } };
    this.processes.set(pid, draft);
    return draft;
  }

  private end(pid: Pid, end: ReportedEnd): void {
    const draft = this.processes.get(pid);
    if (draft !== undefined && draft.end.type === 'unknown') draft.end = end;
  }

  private explain(pid: Pid, name: string, service: string | null, cause: Cause, others: number): void {
    this.causes.set(pid, { type: 'process', pid, name, service, cause, others });
  }

  private endHook(command: string | null, service: string | null, end: ReportedEnd & { readonly at: Millis }): void {
    this.hooks.push({ command, service, from: this.hookBegan.get(service) ?? end.at, end });
    this.hookBegan.set(service, end.at);
  }

  private readNote(line: Note, service: string | null, at: Millis): void {
    switch (line.type) {
      case 'received':
        this.signal ??= line.as;
        break;
      case 'told':
        this.processOf(line.pid, line.name, service).told.push({ at, signal: line.signal });
        break;
      case 'mainEnded':
        this.main = line.pid;
        this.processOf(line.pid, null, service);
        this.end(line.pid, { type: 'ended', at, status: line.status });
        break;
      case 'deferred':
        this.processOf(line.pid, line.name, service);
        break;
      case 'clients':
        this.clients.push({ at, connected: line.connected });
        break;
      case 'draining':
        this.hookBegan.set(service, at);
        break;
      case 'drained':
        // A service is held back for its hooks alone, which have lines of their own.
        if (service === null) this.drained = { at, note: line };
        if (line.reason === 'longest') this.reasons.push(...reasonOfDrain(line));
        break;
      case 'hookNotStarted':
        this.reasons.push({ ...line, service });
        break;
      case 'hookEnded': {
        const { command, status } = line;
        this.endHook(command, service, { type: 'ended', at, status });
        if (!isSuccess(status)) this.reasons.push({ type: 'hookFailed', command, service, status });
        break;
      }
      case 'hookKilled': {
        const { command, after, skipped } = line;
        this.endHook(command, service, { type: 'killed', at });
        if (line.isLate) this.reasons.push({ type: 'hookLate', command, service, after, skipped });
        break;
      }
      case 'slow':
        this.explain(line.pid, line.name, service, line.cause, line.others);
        break;
      case 'killed': {
        const { pid, name, cause } = line;
        this.processOf(pid, name, service).end = { type: 'killed', at };
        if (cause !== null) this.explain(pid, name, service, cause, 0);
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
  const sinceThen = (instant: Millis): Millis => elapsed(began, instant);
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
