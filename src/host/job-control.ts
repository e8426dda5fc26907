import type { Event } from '../core/event.ts';
import { toPid } from '../core/ids.ts';
import { CONT } from '../core/signal.ts';

/** The answer to `stopSelf` where a shell has given us the terminal meanwhile. */
export const continued: Event = {
  type: 'signals',
  arrivals: [{ signal: CONT, sender: toPid(0) }],
  isForeground: true,
};

/** What has to be known of processes for this; -1 or 0 of one that has gone. */
interface Lineage {
  readonly getpgid: (pid: number) => number;
  readonly getsid: (pid: number) => number;
  readonly parentOf: (pid: number) => number;
}

/**
 * Whether anybody would continue us after a Ctrl-Z: a shell with job control, somewhere above us in our session, has put us
 * and what is between into a process group of our own. One without such a parent is orphaned: setpgid(2).
 */
export function isJob({ getpgid, getsid, parentOf }: Lineage): boolean {
  const [group, session] = [getpgid(0), getsid(0)];
  for (let pid = parentOf(0); pid > 0 && getsid(pid) === session; pid = parentOf(pid)) {
    if (getpgid(pid) !== group) return true;
  }
  return false;
}
