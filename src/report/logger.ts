import { type Level, type Note, judgeLevel } from '../core/note.ts';
import type { Output } from '../cli/command.ts';

/**
 * Writes one line to standard error; false: it did not go.
 *
 * @param mayWait for a reader that does not keep up: for a second in all, since nothing is left to look after. Otherwise it
 * never waits
 */
export type Sink = (line: string, mayWait: boolean) => boolean;

export type Render = (note: Note, service?: string) => string;

/** A note, and the service that it is about. */
type Noted = Note & { readonly service?: string | null };

const LOUDNESS: Record<Exclude<Level, 'reaping'>, number> = { error: -1, warning: 0, info: 1, debug: 2 };

/** What comes when everything has ended. */
const isLast = ({ type }: Note): boolean => type === 'exiting' || type.startsWith('report');

/** Says what happened, as loudly as asked for. A line that cannot be written without blocking is counted instead. */
export class Logger {
  private readonly output: Output;
  private readonly render: Render;
  private readonly sink: Sink;
  private lost = 0;

  /** @param render the text of a note; asked only for what is written */
  constructor(output: Output, render: Render, sink: Sink) {
    this.output = output;
    this.render = render;
    this.sink = sink;
  }

  /** @param service that the note is about, where there are several */
  log(note: Note, service?: string): void {
    const level = judgeLevel(note);
    // The core makes notes on reaping only where -w asks for them.
    if (level !== 'reaping' && LOUDNESS[level] > this.output.verbosity) {
      if (note.type === 'exiting' && this.lost > 0) this.tellOfLost(true);
      return;
    }
    const noted: Noted = service === undefined ? note : { service, ...note };
    this.write(level, this.render(note, service), noted, isLast(note));
  }

  private write(level: Level, message: string, note: Noted, mayWait: boolean): void {
    if (this.lost > 0 && !this.tellOfLost(mayWait)) {
      this.lost += 1;
      return;
    }
    for (const line of this.output.format === 'text' ? message.split('\n') : [message]) {
      if (!this.sink(this.format(level, line, note), mayWait)) this.lost += 1;
    }
  }

  private tellOfLost(mayWait: boolean): boolean {
    const lost = `${this.lost} lines were lost: the reader of standard error did not keep up`;
    if (!this.sink(this.format('warning', lost, undefined), mayWait)) return false;
    this.lost = 0;
    return true;
  }

  private format(level: Level, message: string, note: Noted | undefined): string {
    if (this.output.format === 'text') return `drainit: ${message}\n`;
    const { type, ...fields } = note ?? { type: 'lost' };
    return `${JSON.stringify({ source: 'drainit', level, type, message, ...fields })}\n`;
  }
}
