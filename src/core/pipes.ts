import type { Pid, Signal } from './ids.ts';
import { hasBit } from './disposition.ts';
import type { Inquiry } from './inquiry.ts';
import type { Identity, Process } from './process-table.ts';

/** A program that is told only when those that write to its standard input have ended. */
export interface Reader extends Identity {
  readonly writers: readonly Identity[];
}

const isPipe = (link: string | null | undefined): link is string =>
  typeof link === 'string' && link.startsWith('pipe:');

/** Which programs hold the writing end of which pipe, as their standard output or error. */
function indexWriters(inquiry: Inquiry, programs: readonly Process[]): ReadonlyMap<string, readonly Process[]> {
  const writers = new Map<string, Process[]>();
  for (const program of programs) {
    for (const link of new Set(inquiry.ask('outputs', program.pid) ?? [])) {
      if (!isPipe(link)) continue;
      const known = writers.get(link);
      if (known === undefined) writers.set(link, [program]);
      else known.push(program);
    }
  }
  return writers;
}

/** Two programs that read from each other (coproc) would wait for one another for ever. */
function leadsBackTo(reader: Pid, writers: readonly Identity[], readers: ReadonlyMap<Pid, Reader>): boolean {
  const visited = new Set<Pid>();
  const open = [...writers];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.pid === reader) return true;
    if (visited.has(next.pid)) continue;
    visited.add(next.pid);
    open.push(...(readers.get(next.pid)?.writers ?? []));
  }
  return false;
}

/**
 * The programs that end by themselves once what they read ends, as `tee` in `app | tee log`: told at once, they would
 * take the last lines of the application with them. A writer that ignores the signal is not waited for.
 *
 * The result is only good when the inquiry is complete.
 */
export function findReaders(inquiry: Inquiry, programs: readonly Process[], signal: Signal): ReadonlyMap<Pid, Reader> {
  const readers = new Map<Pid, Reader>();
  const candidates = programs.filter((program) => isPipe(inquiry.ask('input', program.pid)));
  if (candidates.length === 0) return readers;

  const writersOf = indexWriters(inquiry, programs);
  for (const program of candidates) {
    const link = inquiry.ask('input', program.pid);
    const others = isPipe(link) ? (writersOf.get(link) ?? []).filter((writer) => writer.pid !== program.pid) : [];
    const writers = others.filter((writer) => !hasBit(writer.ignored, signal));
    if (writers.length > 0 && !leadsBackTo(program.pid, writers, readers)) {
      readers.set(program.pid, { pid: program.pid, start: program.start, writers });
    }
  }
  return readers;
}

/**
 * The same of programs whose parent has gone. It may have been the one that wrote to them, as in `app > >(tee log)`, where
 * bash makes tee a child of the application; what it wrote last is then still in the pipe. The pipe that we were given
 * ourselves says nothing: its writer is outside.
 *
 * The result is only good when the inquiry is complete.
 */
export function findOrphanedReaders(
  inquiry: Inquiry,
  self: Pid,
  programs: readonly Process[],
  signal: Signal,
): ReadonlyMap<Pid, Reader> {
  const readers = new Map(findReaders(inquiry, programs, signal));
  for (const { pid, start } of programs) {
    const link = inquiry.ask('input', pid);
    if (readers.has(pid) || !isPipe(link)) continue;
    const own = inquiry.ask('input', self);
    if (own !== undefined && link !== own) readers.set(pid, { pid, start, writers: [] });
  }
  return readers;
}
