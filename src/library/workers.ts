import { subscribe } from 'node:diagnostics_channel';
import { readFileSync, readdirSync } from 'node:fs';

/** What Node 26 calls the threads of workers that were given no name. */
const THREAD = 'WorkerThread';

/** Whether there were any before this was loaded. */
function findWorkers(): boolean {
  try {
    return readdirSync('/proc/self/task').some(
      (thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'latin1').trim() === THREAD,
    );
  } catch {
    return false; // No /proc, or a thread has just ended.
  }
}

let isKnown = findWorkers();
subscribe('worker_threads', () => {
  isKnown = true;
});

/**
 * Whether this process has or has had worker threads. Their children are children of the process, libuv waits for them in
 * the worker, which may be busy, and nothing that Node tells this thread says which they are.
 */
export const hasHadWorkers = (): boolean => isKnown;
