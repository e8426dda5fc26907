import { type Level, type Note, judgeLevel } from '../core/note.ts';
import type { Output } from '../cli/command.ts';

/** Writes one line to standard error without ever waiting for a reader; false: it did not go. */
export type Sink = (line: string) => boolean;

export type Render = (note: Note, service?: string) => string;

/** A note, and the service that it is about. */
type Noted = Note & { readonly service?: string };

const LOUDNESS: Record<Exclude<Level, 'reaping'>, number> = { error: -1, warning: 0, info: 1, debug: 2 };

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
    if (level !== 'reaping' && LOUDNESS[level] > this.output.verbosity) return;
    this.write(level, this.render(note, service), service === undefined ? note : { service, ...note });
  }

  private write(level: Level, message: string, note: Noted | undefined): void {
    if (this.lost > 0) {
      const lost = `${this.lost} lines were lost: the reader of standard error did not keep up`;
      if (!this.sink(this.format('warning', lost, undefined))) {
        this.lost += 1;
        return;
      }
      this.lost = 0;
    }
    for (const line of this.output.format === 'text' ? message.split('\n') : [message]) {
      if (!this.sink(this.format(level, line, note))) this.lost += 1;
    }
  }

  private format(level: Level, message: string, note: Noted | undefined): string {
    if (this.output.format === 'text') return `drainit: ${message}\n`;
    const { type, ...fields } = note ?? { type: 'lost' };
    return `${JSON.stringify({ source: 'drainit', level, type, message, ...fields })}\n`;
  }
}
