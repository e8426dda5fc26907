import { constants } from 'node:os';
import type { Action } from '../core/action.ts';
import type { Event, Refusal } from '../core/event.ts';
import { type Signal, toPid } from '../core/ids.ts';
import { errnoOf } from './errno.ts';
import type { Libc } from './libc.ts';
import { readProcess } from './proc.ts';

const { ESRCH } = constants.errno;

export const refusal = (what: Refusal): Event => ({ type: 'refused', refusal: what });

/** kill(2): a process, or by a negative number a group; -1 is everything. */
export function send(pid: number, signal: Signal, name: string | null): Event | undefined {
  try {
    process.kill(pid, signal);
    return undefined;
  } catch (error) {
    const errno = errnoOf((error as NodeJS.ErrnoException).code);
    // That a process has gone is no news: it had the chance to.
    return errno === ESRCH ? undefined : refusal({ what: 'signal', pid: toPid(pid), name, signal, errno });
  }
}

/** Whether somebody has that pid, or that group: kill(2) with signal 0. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Another process may have the pid by now, unless it is a child of ours that nobody has waited for. */
export function sendTo(
  { pid, start, signal, isOwnChild, name }: Extract<Action, { type: 'signal' }>,
  libc: Libc | null,
): Event | undefined {
  if (isOwnChild || start === null) return send(pid, signal, name);
  const isSame = (): boolean => readProcess(pid)?.start === start;
  if (libc?.signalByPidfd(pid, signal, isSame) === true) return undefined;
  return isSame() ? send(pid, signal, name) : undefined;
}
