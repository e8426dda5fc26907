import type { Refusal } from '../core/event.ts';
import { nameSignal } from '../core/signal.ts';
import { describeProcess } from './describe.ts';

const EPERM = 1;

/** What could not be done, and what that means. */
export function renderRefusal(refusal: Refusal, reason: string): string {
  switch (refusal.what) {
    case 'subreaper':
      return `cannot become a subreaper: ${reason}; orphans go to the next one or to PID 1, and are not waited for`;
    case 'parentDeathSignal':
      return `cannot ask for the parent-death signal: ${reason}`;
    case 'processTable':
      return `cannot read /proc: ${reason}; signals go to the process group of the main program`;
    case 'prefix':
      return `cannot put names before lines: ${reason}; output goes as it comes`;
    case 'signal': {
      const advice = refusal.errno === EPERM ? '; it belongs to another user, and drainit lacks CAP_KILL' : '';
      const target = refusal.name === null ? `process ${refusal.pid}` : describeProcess(refusal.name, refusal.pid);
      return `cannot send ${nameSignal(refusal.signal)} to ${target}: ${reason}${advice}`;
    }
  }
}
