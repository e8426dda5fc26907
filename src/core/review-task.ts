import type { Action } from './action.ts';
import { listTops } from './audience.ts';
import { signalProcess, stopProgram, stopShell } from './delivery.ts';
import { diagnose } from './diagnosis.ts';
import { canActOn, isStuck, hasBit } from './disposition.ts';
import { type Millis, type Pid, type Signal, addMillis, toMillis } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { type Outcome, note, unchanged } from './outcome.ts';
import { findOrphanedReaders } from './pipes.ts';
import {
  type Identity,
  type Process,
  type ProcessTable,
  findLiving,
  isStopped,
  isUnreaped,
  listDescendants,
} from './process-table.ts';
import { type Recipients, findRecipients, isDeafTo } from './recipients.ts';
import { CONT, TERM } from './signal.ts';
import { REVIEW_PERIOD, type State, type Stop, type WaitingReader } from './state.ts';
import { addReaders, addTold } from './told.ts';

/** What can no longer act on the signal gets this long, then SIGKILL. */
export const STRAGGLER_TIME = toMillis(10_000);

/** A reader that outlives its writers reads from something else too. */
const READER_TIME = toMillis(1_000);

/** So many processes are looked at more closely at a time, since a single one that can act is enough. */
const GLANCE = 8;

const keep = <T extends Identity>(known: ReadonlyMap<Pid, T>, isKept: (identity: T) => boolean): ReadonlyMap<Pid, T> =>
  new Map([...known].filter(([, identity]) => isKept(identity)));

const isTold = (stop: Stop, { pid, start }: Process): boolean => {
  const told = stop.told.get(pid);
  return (told !== undefined && told.start === start && told.arrival === stop.arrival) || stop.readers.has(pid);
};

/** Whether a process that has become ours was there when the signal came, or started while a shell was still to end. */
const wasMeant = (stop: Stop, { pid, start }: Process): boolean =>
  stop.seen.get(pid)?.start === start || (stop.lastShellEnd !== null && start <= stop.lastShellEnd);

/** A program that caught the signal and no longer does has had it from somebody else: Node's `process.once`. */
function hasHadIt(stop: Stop, { pid, start, caught: now }: Process): boolean {
  const before = stop.seen.get(pid);
  if (before?.start !== start) return false;
  const isDropped = (signal: Signal): boolean => hasBit(before.caught, signal) && !hasBit(now, signal);
  return isDropped(stop.signal) || isDropped(TERM);
}

/** Programs whose shell, launcher or manager has gone before they were told: by now our own children. */
function findOrphans(state: State, stop: Stop, table: ProcessTable, inquiry: Inquiry): Recipients {
  const tops = listTops(state, table).filter((process) => !isTold(stop, process) && wasMeant(stop, process));
  return findRecipients(inquiry, table, tops, stop.signal);
}

function tellOrphans(state: State, stop: Stop, table: ProcessTable, inquiry: Inquiry): [Stop, readonly Action[]] {
  const { self } = state.setup.facts;
  const { signal } = stop;
  const orphans = findOrphans(state, stop, table, inquiry);
  const isNew = (process: Process): boolean => !isTold(stop, process);
  const shells = orphans.shells.filter(isNew);
  const candidates = orphans.programs.filter(isNew);
  const readers = findOrphanedReaders(
    inquiry,
    self,
    candidates.filter(({ pid }) => stop.heirs?.programs.has(pid) !== true),
    signal,
  );
  const programs = candidates.filter(({ pid }) => !readers.has(pid));
  if (shells.length + candidates.length === 0) return [stop, []];

  const signalFor = ({ pid }: Process): Signal => (orphans.deaf.has(pid) ? TERM : signal);
  const told = addTold(stop.told, stop, table, [
    ...shells.map((process) => ({ process, signal, isShell: true })),
    ...programs.map((process) => ({ process, signal: signalFor(process), isShell: false })),
  ]);
  const actions = [
    ...shells.flatMap((shell) => stopShell(shell, self, signal, orphans.interactive.has(shell.pid))),
    ...programs
      .filter((program) => !hasHadIt(stop, program))
      .flatMap((program) => stopProgram(program, self, signalFor(program))),
  ];
  const launchers = new Map(stop.launchers);
  for (const { pid, start } of orphans.launchers) launchers.set(pid, { pid, start });
  return [{ ...stop, told, launchers, readers: addReaders(stop.readers, readers), stragglersEnd: null }, actions];
}

/** Tells programs that could not be told when the signal came. */
function tellLate(
  state: State,
  stop: Stop,
  table: ProcessTable,
  programs: readonly Process[],
): readonly [told: Stop['told'], actions: readonly Action[]] {
  const signalFor = (process: Process): Signal => (isDeafTo(process, stop.signal) ? TERM : stop.signal);
  const recipients = programs.map((process) => ({ process, signal: signalFor(process), isShell: false }));
  const { self } = state.setup.facts;
  return [
    addTold(stop.told, stop, table, recipients),
    programs.flatMap((process) => stopProgram(process, self, signalFor(process))),
  ];
}

/** Tells the programs whose shells have not ended in time. */
function tellHeirs(state: State, stop: Stop, table: ProcessTable, at: Millis): [Stop, readonly Action[]] {
  if (stop.heirs === null) return [stop, []];
  const living = [...stop.heirs.programs.values()].flatMap((heir) => findLiving(table, heir) ?? []);
  const untold = living.filter((process) => !isTold(stop, process));
  if (untold.length > 0 && at < stop.heirs.due) return [stop, []];
  const [told, actions] = tellLate(state, stop, table, untold);
  return [{ ...stop, heirs: null, told }, actions];
}

/** Tells the readers of pipes whose writers have all been gone for a while. */
function tellReaders(state: State, stop: Stop, table: ProcessTable, at: Millis): [Stop, readonly Action[]] {
  if (stop.readers.size === 0) return [stop, []];
  const readers = new Map<Pid, WaitingReader>();
  const due: Process[] = [];
  for (const reader of stop.readers.values()) {
    const process = findLiving(table, reader);
    if (process === undefined) continue;
    const hasWriters = reader.writers.some((writer) => findLiving(table, writer) !== undefined);
    const instant = hasWriters ? null : (reader.due ?? addMillis(at, READER_TIME));
    if (instant !== null && at >= instant) due.push(process);
    else readers.set(reader.pid, { ...reader, due: instant });
  }
  const [told, actions] = tellLate(state, stop, table, due);
  return [{ ...stop, readers, told }, actions];
}

/** Who was told and is stopped, by a SIGSTOP that was on its way at the time, acts on nothing before it is continued. */
const wakeStopped = (state: State, stop: Stop, table: ProcessTable): readonly Action[] =>
  [...stop.told.values()].flatMap((told) => {
    const process = findLiving(table, told);
    return process !== undefined && isStopped(process) ? [signalProcess(process, state.setup.facts.self, CONT)] : [];
  });

/**
 * Whether somebody is left who may still end by himself because of the signal. The main program counts as long as it
 * lives, also where it ignores the signal: a script with `trap '' TERM` has asked to be left alone until its work is
 * done. A launcher ends when its child does.
 */
function isSomebodyEnding(state: State, stop: Stop, table: ProcessTable, inquiry: Inquiry): boolean {
  if (state.main.status === null && state.main.role !== 'launcher') return true;
  if (stop.readers.size > 0 || stop.heirs !== null) return true;
  let outstanding = 0;
  for (const { pid, signal, isActing } of stop.told.values()) {
    if (table.zombies.has(pid)) continue;
    const sets = inquiry.ask('signals', pid);
    if (sets === undefined) {
      outstanding += 1;
      if (outstanding === GLANCE) return true;
      continue;
    }
    // What caught it may ignore further ones while it acts on it.
    if (sets === null || (isActing ? !isStuck(sets, signal) : canActOn(sets, signal))) return true;
  }
  return false;
}

const nextReview = (stop: Stop, at: Millis): Millis => {
  const dues = [...stop.readers.values()].flatMap(({ due }) => (due === null ? [] : [due]));
  if (stop.heirs !== null) dues.push(stop.heirs.due);
  return toMillis(Math.min(at + REVIEW_PERIOD, ...dues));
};

/** Looks again: who has become ours, whose writers have gone, and whether anybody is left who can act. */
export function review(state: State, table: ProcessTable, inquiry: Inquiry, at: Millis): Outcome {
  if (state.phase.type !== 'stopping') return unchanged(state);
  const { stop: before } = state.phase;
  const current = { ...before, told: keep(before.told, (told) => isUnreaped(table, told)) };
  const [afterOrphans, orphanActions] = tellOrphans(state, current, table, inquiry);
  const [afterHeirs, heirActions] = tellHeirs(state, afterOrphans, table, at);
  const [afterReaders, readerActions] = tellReaders(state, afterHeirs, table, at);
  const [diagnosed, diagnosis] = diagnose({ self: state.setup.facts.self, stop: afterReaders, table, inquiry }, at);
  const actions = [...orphanActions, ...heirActions, ...readerActions];
  const wakeUps = wakeStopped(state, diagnosed, table);

  const mayKill = state.setup.options.grace !== 'none';
  const isWaiting = actions.length > 0 || !mayKill || isSomebodyEnding(state, diagnosed, table, inquiry);
  const stragglersEnd = isWaiting ? null : (diagnosed.stragglersEnd ?? addMillis(at, STRAGGLER_TIME));
  // A hook that has just been killed may be there for a moment.
  const count = listDescendants(table, state.setup.facts.self).filter(({ group }) => group !== state.hookGroup).length;
  const isNews = stragglersEnd !== null && diagnosed.stragglersEnd === null && count > 0;
  const stop = { ...diagnosed, stragglersEnd, lastReview: at, reviewAt: nextReview(diagnosed, at) };
  return {
    state: { ...state, phase: { type: 'stopping', stop } },
    actions: [
      ...actions,
      ...wakeUps,
      ...diagnosis,
      ...(isNews ? [note({ type: 'waitingForStragglers', count, limit: STRAGGLER_TIME })] : []),
    ],
  };
}

/** {@link review} without /proc: when the main program has ended, nobody can tell who is still ending. */
export function reviewBlindly(state: State, at: Millis): Outcome {
  if (state.phase.type !== 'stopping') return unchanged(state);
  const { stop } = state.phase;
  const reviewAt = addMillis(at, REVIEW_PERIOD);
  return { state: { ...state, phase: { type: 'stopping', stop: { ...stop, lastReview: at, reviewAt } } }, actions: [] };
}
