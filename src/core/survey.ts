import type { Outcome } from './outcome.ts';
import type { State, Task } from './state.ts';

/** Queues a task for the next look at the processes, and asks for it where none is on its way. One look serves all. */
export function survey(state: State, task: Task): Outcome {
  const { tasks } = state.survey;
  return {
    state: { ...state, survey: { ...state.survey, tasks: [...tasks, task] } },
    actions: tasks.length === 0 ? [{ type: 'readProcesses' }] : [],
  };
}
