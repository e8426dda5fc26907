import { type Signal, toSignal } from './ids.ts';

/** How a process ended: wait(2). */
export type WaitStatus =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'signalled'; readonly signal: Signal };

/** The exit status that a shell shows for it: `n`, or 128 + the signal (POSIX sh, 2.8.2). */
export const toExitStatus = (status: WaitStatus): number =>
  status.type === 'exited' ? status.code : 128 + status.signal;

/** Whether the process ended as one does that a signal killed; mksh and many programs turn it into `exit 128+n`. */
export const isDeathBy = (status: WaitStatus, signal: Signal): boolean => toExitStatus(status) === 128 + signal;

/** What waitpid(2) stored: `ended` is undefined where the process was only stopped. */
export function decodeWaitStatus(raw: number): { readonly ended?: WaitStatus; readonly stoppedBy?: Signal } {
  const low = raw & 0x7f;
  if (low === 0) return { ended: { type: 'exited', code: (raw >> 8) & 0xff } };
  if (low === 0x7f) return { stoppedBy: toSignal((raw >> 8) & 0xff) };
  return { ended: { type: 'signalled', signal: toSignal(low) } };
}
