import type { Pid, Signal, StartTime } from '../core/ids.ts';
import { INT, QUIT, TSTP } from '../core/signal.ts';
import { readBoottime, readProcess } from '../node/proc.ts';
import { readTies } from '../node/ties.ts';

/** What a terminal makes of Ctrl-C, Ctrl-\ and Ctrl-Z: termios(3). */
const KEYS: ReadonlySet<Signal> = new Set([INT, QUIT, TSTP]);

/** Our process group, where it is the foreground group of our terminal: the kernel sends it what is typed there. */
function readForegroundGroup(): number | null {
  const { group, foreground } = readTies();
  return group > 0 && group === foreground ? group : null;
}

/**
 * Who has got a signal from the keyboard already: the kernel sends it to all of the foreground process group, of which we
 * are one and our programs are others. Node does not say who sent a signal, so one of these that comes in the foreground is
 * taken for one that was typed.
 */
export class Keyboard {
  private readonly typed = new Map<Signal, { readonly group: number; readonly at: StartTime }>();

  /** A signal has come to this process. */
  hear(signal: Signal): void {
    const group = KEYS.has(signal) ? readForegroundGroup() : null;
    if (group === null) this.typed.delete(signal);
    else this.typed.set(signal, { group, at: readBoottime() });
  }

  /** Somebody wants it to be sent. */
  forget(signal: Signal): void {
    this.typed.delete(signal);
  }

  hasReached(pid: Pid, signal: Signal): boolean {
    const typed = this.typed.get(signal);
    const row = typed === undefined ? undefined : readProcess(pid);
    return typed !== undefined && row !== undefined && row.group === typed.group && row.start < typed.at;
  }
}
