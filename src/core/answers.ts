import type { Finding } from './inquiry.ts';
import { Inquiry, addFindings } from './inquiry.ts';
import type { Millis } from './ids.ts';
import { askForListeners, onListeners } from './drain.ts';
import { kill, killBlindly } from './kill-task.ts';
import { type Outcome, andThen, unchanged } from './outcome.ts';
import { type Process, type ProcessTable, indexProcesses } from './process-table.ts';
import { relay, relayBlindly } from './relay-task.ts';
import { review, reviewBlindly } from './review-task.ts';
import { type State, type Task, noSurvey } from './state.ts';
import { deliverStop, stopBlindly } from './stop-task.ts';

function perform(state: State, task: Task, table: ProcessTable, inquiry: Inquiry, at: Millis): Outcome {
  switch (task.type) {
    case 'stop':
      return deliverStop(state, task, table, inquiry, at);
    case 'relay':
      return relay(state, task, table, inquiry);
    case 'review':
      return review(state, table, inquiry, at);
    case 'findListeners':
      return askForListeners(state, table);
    case 'kill':
      return kill(state, task.reason, table, inquiry, at);
  }
}

function performBlindly(state: State, task: Task, at: Millis): Outcome {
  switch (task.type) {
    case 'stop':
      return stopBlindly(state, task, at);
    case 'relay':
      return relayBlindly(state, task);
    case 'review':
      return reviewBlindly(state, at);
    case 'findListeners':
      return onListeners(state, { ports: null, listening: 0 }, at);
    case 'kill':
      return killBlindly(state, task.reason, at);
  }
}

/** Carries out the tasks in order; where one needs to know more, it and those behind it wait for the answers. */
function work(state: State, table: ProcessTable, at: Millis): Outcome {
  let outcome: Outcome = unchanged(state);
  for (;;) {
    const [task, ...rest] = outcome.state.survey.tasks;
    if (task === undefined) return andThen(outcome, (settled) => unchanged({ ...settled, survey: noSurvey }));
    const inquiry = new Inquiry(outcome.state.survey.findings);
    const attempt = perform(outcome.state, task, table, inquiry, at);
    if (!inquiry.isComplete) {
      return andThen(outcome, (waiting) => ({
        state: waiting,
        actions: [{ type: 'inspect', queries: inquiry.queries }],
      }));
    }
    outcome = andThen(outcome, () => ({
      ...attempt,
      state: { ...attempt.state, survey: { ...attempt.state.survey, tasks: rest } },
    }));
  }
}

/**
 * A folder /proc with nothing mounted on it is no table, and neither is that of another PID namespace. One that is mounted
 * with hidepid shows us, and not what runs as another user: proc(5). Nobody has waited for the main program yet, or for
 * somebody else after it: what the table lacks is hidden.
 */
function isWhole({ setup, main }: State, rows: readonly Process[]): boolean {
  const { self, hasProc } = setup.facts;
  if (!hasProc || !rows.some(({ pid }) => pid === self)) return false;
  return (
    main.pid === null || rows.some(({ pid, parent }) => (main.status === null ? pid === main.pid : parent === self))
  );
}

/** The table has come, or there is none. */
export function onProcesses(state: State, rows: readonly Process[] | null, at: Millis): Outcome {
  if (rows !== null && isWhole(state, rows)) {
    const table = indexProcesses(rows);
    return work({ ...state, survey: { ...state.survey, table } }, table, at);
  }
  const { tasks } = state.survey;
  return tasks.reduce<Outcome>(
    (outcome, task) => andThen(outcome, (next) => performBlindly(next, task, at)),
    unchanged({ ...state, survey: noSurvey }),
  );
}

/** Answers have come. */
export function onInspected(state: State, findings: readonly Finding[], at: Millis): Outcome {
  const { table } = state.survey;
  if (table === null) return unchanged(state);
  const known = addFindings(state.survey.findings, findings);
  return work({ ...state, survey: { ...state.survey, findings: known } }, table, at);
}
