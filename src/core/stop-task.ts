import type { Action } from './action.ts';
import { type Addressees, chooseAddressees } from './audience.ts';
import { signalMain, signalProcess, stopProgram, stopShell } from './delivery.ts';
import { hasBit } from './disposition.ts';
import { type Millis, type Pid, type Signal, addMillis, toMillis } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { type Outcome, note, unchanged } from './outcome.ts';
import { type Reader, findReaders } from './pipes.ts';
import { type Identity, type ProcessTable, ancestorsOf, isStopped, listDescendants } from './process-table.ts';
import { judgeRole } from './recipients.ts';
import { CONT, TERM } from './signal.ts';
import { REVIEW_PERIOD, type Seen, type State, type Stop, type Task } from './state.ts';
import { addReaders, addTold } from './told.ts';

type StopTask = Extract<Task, { type: 'stop' }>;

const canStop = ({ phase }: State): boolean =>
  phase.type === 'running' || phase.type === 'draining' || phase.type === 'stopping';

/** Whom one arrival goes to, and which of them are told later. */
interface Plan extends Addressees {
  readonly readers: ReadonlyMap<Pid, Reader>;
  /** Programs below shells that are about to end. */
  readonly heirs: ReadonlyMap<Pid, Identity>;
}

/**
 * The programs that become ours when the shells above them end. They are told then: a program that ends at once could
 * otherwise still be waited for by its dying shell, which takes its status with it. A shell that ignores TERM does not end.
 */
function findHeirs({ setup }: State, { shells, programs }: Addressees, table: ProcessTable): Plan['heirs'] {
  const dying = new Set(shells.filter(({ ignored }) => !hasBit(ignored, TERM)).map(({ pid }) => pid));
  const heirs = new Map<Pid, Identity>();
  // Where they become somebody else's, nobody would find them then.
  if (dying.size === 0 || !setup.facts.adopts) return heirs;
  for (const { pid, start, parent } of programs) {
    if (ancestorsOf(table, parent).some((ancestor) => dying.has(ancestor))) heirs.set(pid, { pid, start });
  }
  return heirs;
}

/** Remembers who was there, so that what starts later can be told from it. */
function remember(state: State, table: ProcessTable): ReadonlyMap<Pid, Seen> {
  const seen = new Map<Pid, Seen>();
  for (const { pid, start, caught } of listDescendants(table, state.setup.facts.self)) {
    seen.set(pid, { pid, start, caught });
  }
  return seen;
}

const recordTold = (stop: Stop, table: ProcessTable, { shells, programs, deaf, readers, heirs }: Plan): Stop['told'] =>
  addTold(stop.told, stop, table, [
    ...shells.map((process) => ({ process, signal: stop.signal, isShell: true })),
    ...programs
      .filter(({ pid }) => !readers.has(pid) && !heirs.has(pid))
      .map((process) => ({ process, signal: deaf.has(process.pid) ? TERM : stop.signal, isShell: false })),
  ]);

const recordLaunchers = (stop: Stop, { launchers }: Plan): Stop['launchers'] =>
  new Map([...stop.launchers, ...launchers.map(({ pid, start }): [Pid, Identity] => [pid, { pid, start }])]);

/** So long programs wait for the shells above them to end: they take some microseconds, on a busy machine more. */
const SHELL_TIME = toMillis(50);

/** Shells first, top down: a shell whose foreground program just ended would start its next command. */
function tell(
  { shells, interactive, programs, deaf, readers, heirs, group }: Plan,
  self: Pid,
  signal: Signal,
): readonly Action[] {
  if (group !== null) {
    const wakeUps = programs.filter(isStopped).map((process) => signalProcess(process, self, CONT));
    const told = programs.map(({ pid, name }) => note({ type: 'told', pid, name, signal }));
    return [{ type: 'signalGroup', group, signal }, ...wakeUps, ...told];
  }
  return [
    ...shells.flatMap((shell) => stopShell(shell, self, signal, interactive.has(shell.pid))),
    ...programs.flatMap((program) => {
      if (readers.has(program.pid)) return [note({ type: 'deferred', pid: program.pid, name: program.name })];
      return heirs.has(program.pid) ? [] : stopProgram(program, self, deaf.has(program.pid) ? TERM : signal);
    }),
  ];
}

function graceEnd(state: State, at: Millis): Millis | null {
  const { grace } = state.setup.options;
  return typeof grace === 'number' ? addMillis(at, grace) : null;
}

/** The stop that is going on, or a new one; a further signal is a further arrival of the same stop. */
function openStop(state: State, task: StopTask, at: Millis): Stop {
  const previous = state.phase.type === 'stopping' ? state.phase.stop : null;
  const base = {
    signal: task.signal,
    lastReview: at,
    reviewAt: addMillis(at, REVIEW_PERIOD),
    stragglersEnd: null,
  };
  if (previous !== null) return { ...previous, ...base, arrival: previous.arrival + 1 };
  return {
    ...base,
    cause: task.cause,
    began: at,
    arrival: 1,
    seen: new Map(),
    told: new Map(),
    launchers: new Map(),
    readers: new Map(),
    heirs: null,
    lastShellEnd: null,
    ownEnds: { count: 0, firstFailure: 0 },
    graceEnd: graceEnd(state, at),
    isDiagnosed: false,
  };
}

/** Delivers one arrival of a stop signal to everyone it is for. */
export function deliverStop(state: State, task: StopTask, table: ProcessTable, inquiry: Inquiry, at: Millis): Outcome {
  if (!canStop(state)) return unchanged(state);
  const { self } = state.setup.facts;
  const addressees = chooseAddressees(state, table, inquiry, task.signal);
  const readers = addressees.group === null ? findReaders(inquiry, addressees.programs, task.signal) : new Map();
  // What is asked below depends on these answers: asked too early, it would be asked of everyone.
  if (!inquiry.isComplete) {
    // But for this: nearly all turn out to be programs, and another look at all of them costs more than the answer.
    for (const { pid, facet } of [...inquiry.queries]) if (facet === 'executable') inquiry.ask('input', pid);
    return unchanged(state);
  }
  const heirs = findHeirs(state, addressees, table);
  const planned: Plan = { ...addressees, readers, heirs };
  const mainProcess = state.main.pid === null ? undefined : table.processes.get(state.main.pid);
  const role = mainProcess === undefined ? undefined : judgeRole(inquiry, mainProcess, task.signal)?.type;

  const opened = openStop(state, task, at);
  const stop: Stop = {
    ...opened,
    told: recordTold(opened, table, planned),
    launchers: recordLaunchers(opened, planned),
    readers: addReaders(new Map(), readers),
    heirs: heirs.size === 0 ? null : { programs: heirs, due: addMillis(at, SHELL_TIME) },
    reviewAt: heirs.size === 0 ? opened.reviewAt : addMillis(at, SHELL_TIME),
    seen: remember(state, table),
  };
  return {
    state: {
      ...state,
      main: { ...state.main, role: state.main.role ?? role ?? null },
      phase: { type: 'stopping', stop },
    },
    actions: tell(planned, self, task.signal),
  };
}

/** {@link deliverStop} without /proc, to what can be named. */
export function stopBlindly(state: State, task: StopTask, at: Millis): Outcome {
  if (!canStop(state) || state.main.pid === null) return unchanged(state);
  // Shells survive INT and QUIT.
  const isShellLeft = task.signal !== TERM && state.main.hasGroup && state.main.status === null;
  return {
    state: { ...state, phase: { type: 'stopping', stop: openStop(state, task, at) } },
    actions: [
      ...signalMain(state, task.signal),
      ...(isShellLeft ? signalMain({ ...state, main: { ...state.main, hasGroup: false } }, TERM) : []),
    ],
  };
}
