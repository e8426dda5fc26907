import { type Signal, toSignal } from './ids.ts';

/** How a process ended: wait(2). */
export type WaitStatus =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'signalled'; readonly signal: Signal };

/** The exit status that a shell shows for it: `n`, or 128 + the signal (POSIX sh, 2.8.2). */
export const toExitStatus = (status: WaitStatus): number =>
  status.type === 'exited' ? status.code : 128 + status.signal;

export const isSuccess = (status: WaitStatus): boolean => status.type === 'exited' && status.code === 0;

/** Whether the process ended as one does that a signal killed; mksh and many programs turn it into `exit 128+n`. */
export const isDeathBy = (status: WaitStatus, signal: Signal): boolean => toExitStatus(status) === 128 + signal;

/** The signal that stopped the process, where what waitpid(2) stored says that it has not ended but stopped. */
export const stopSignalOf = (raw: number): Signal | undefined =>
  (raw & 0x7f) === 0x7f ? toSignal((raw >> 8) & 0xff) : undefined;

/** How the process ended, from what waitpid(2) stored. */
export const decodeWaitStatus = (raw: number): WaitStatus =>
  (raw & 0x7f) === 0
    ? { type: 'exited', code: (raw >> 8) & 0xff }
    : { type: 'signalled', signal: toSignal(raw & 0x7f) };
