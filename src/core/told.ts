import { hasBit } from './disposition.ts';
import type { Pid, Signal } from './ids.ts';
import { type Process, type ProcessTable, childrenOf } from './process-table.ts';
import type { Reader } from './pipes.ts';
import type { Stop, Told } from './state.ts';

/** Notes down that these processes are sent a signal by the current arrival. */
export function addTold(
  told: ReadonlyMap<Pid, Told>,
  { arrival }: Stop,
  table: ProcessTable,
  recipients: readonly { readonly process: Process; readonly signal: Signal; readonly isShell: boolean }[],
): ReadonlyMap<Pid, Told> {
  const next = new Map(told);
  for (const { process, signal, isShell } of recipients) {
    const { pid, start, caught } = process;
    const before = told.get(pid);
    const wasActing = before !== undefined && before.start === start && before.isActing;
    const isLeaf = childrenOf(table, pid).length === 0;
    next.set(pid, { pid, start, arrival, signal, isShell, isLeaf, isActing: wasActing || hasBit(caught, signal) });
  }
  return next;
}

/** Notes down that these programs are told when their writers have ended. */
export const addReaders = (known: Stop['readers'], readers: ReadonlyMap<Pid, Reader>): Stop['readers'] =>
  new Map([...known, ...[...readers].map(([pid, reader]) => [pid, { ...reader, due: null }] as const)]);
