import { subscribe } from 'node:diagnostics_channel';
import { readFileSync, readdirSync } from 'node:fs';

/** The threads that Node 26 has of its own, as it names them; a worker is called `WorkerThread`, or as its owner wishes. */
const NODES_OWN: ReadonlySet<string> = new Set([
  'DelayedTaskSche',
  'InspectorIo',
  'SignalInspector',
  'TraceEventWorke',
  'libuv-worker',
  'node-V8Worker',
  'v8:ProfEvntProc',
]);

function isWorker(thread: string): boolean {
  if (thread === String(process.pid)) return false;
  try {
    return !NODES_OWN.has(readFileSync(`/proc/self/task/${thread}/comm`, 'latin1').trim());
  } catch {
    return false; // It has just ended.
  }
}

/** Whether there were any before. A thread of an add-on may be taken for one: then less is known of orphans. */
function findWorkers(): boolean {
  try {
    return readdirSync('/proc/self/task').some(isWorker);
  } catch {
    return false; // There is no /proc.
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
