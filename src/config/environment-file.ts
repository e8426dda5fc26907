import { isDigit, isLetter } from './characters.ts';
import { type InterpolationProblem, type Lookup, interpolate } from './interpolate.ts';

/** One variable; null: as we have it, where we do. */
export type Variable = readonly [name: string, value: string | null];

/** What is wrong with one line, which is counted from 1. */
export interface EnvironmentFileProblem {
  readonly line: number;
  readonly problem:
    | { readonly type: 'notAnAssignment' | 'quoteNotClosed' | 'textBehindQuote'; readonly text: string }
    | InterpolationProblem;
}

export interface EnvironmentFile {
  readonly variables: readonly Variable[];
  readonly problems: readonly EnvironmentFileProblem[];
}

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';

const isNameLetter = (char: string): boolean => isLetter(char) || isDigit(char) || '_.-'.includes(char);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
  // What comes next puts variables in, and knows a dollar sign by this.
  ['$', '$$'],
]);

function takeName(line: string, start: number): string {
  let end = start;
  while (end < line.length && isNameLetter(line[end] ?? '')) end += 1;
  return line.slice(start, end);
}

/** The end of an unquoted value: a comment has a blank in front of it. */
function findValueEnd(line: string, from: number): number {
  for (let index = from; index < line.length; index += 1)
    if (line[index] === '#' && isBlank(line[index - 1])) return index;
  return line.length;
}

interface Quoted {
  readonly value: string;
  /** Behind the closing quote. */
  readonly end: number;
}

/** @param from behind the opening quote */
function readQuoted(text: string, from: number, quote: string): Quoted | undefined {
  let value = '';
  for (let index = from; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === quote) return { value, end: index + 1 };
    const next = text[index + 1] ?? '';
    const escaped = quote === '"' ? ESCAPES.get(next) : next === quote ? quote : undefined;
    if (char === '\\' && escaped !== undefined) {
      value += escaped;
      index += 1;
    } else value += char;
  }
  return undefined;
}

class EnvironmentFileReader {
  private readonly text: string;
  private readonly ours: Lookup;
  private readonly missed: (name: string) => void;
  private position = 0;
  private line = 1;
  readonly variables: Variable[] = [];
  readonly problems: EnvironmentFileProblem[] = [];

  constructor(text: string, ours: Lookup, missed: (name: string) => void) {
    this.text = text;
    this.ours = ours;
    this.missed = missed;
  }

  read(): void {
    while (this.position < this.text.length) {
      const newline = this.text.indexOf('\n', this.position);
      const end = newline < 0 ? this.text.length : newline;
      this.readLine(this.text.slice(this.position, end), end);
    }
  }

  private goTo(position: number): void {
    for (let index = this.position; index < position; index += 1) if (this.text[index] === '\n') this.line += 1;
    this.position = position;
  }

  private readLine(line: string, end: number): void {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) return this.goTo(end + 1);
    const start = line.indexOf(content) + (content.startsWith('export ') ? 'export '.length : 0);
    const name = takeName(line, start);
    const rest = line.slice(start + name.length).trimStart();
    if (name !== '' && (rest.startsWith('=') || rest.startsWith(':'))) return this.readValue(name, line, rest, end);
    if (name !== '' && (rest === '' || rest.startsWith('#'))) this.variables.push([name, null]);
    else this.refuse({ type: 'notAnAssignment', text: content });
    this.goTo(end + 1);
  }

  /** @param rest of the line, from the equals sign on */
  private readValue(name: string, line: string, rest: string, end: number): void {
    let from = line.length - rest.length + 1;
    while (isBlank(line[from])) from += 1;
    const quote = line[from] ?? '';
    if (quote === '"' || quote === "'") return this.readQuotedValue(name, quote, this.position + from + 1);
    this.add(name, line.slice(from, findValueEnd(line, from)).trim(), true);
    this.goTo(end + 1);
  }

  private readQuotedValue(name: string, quote: string, from: number): void {
    const quoted = readQuoted(this.text, from, quote);
    if (quoted === undefined) {
      this.refuse({ type: 'quoteNotClosed', text: name });
      return this.goTo(this.text.length);
    }
    const newline = this.text.indexOf('\n', quoted.end);
    const end = newline < 0 ? this.text.length : newline;
    const behind = this.text.slice(quoted.end, end).trim();
    if (behind === '' || behind.startsWith('#')) this.add(name, quoted.value, quote === '"');
    else this.refuse({ type: 'textBehindQuote', text: behind });
    this.goTo(end + 1);
  }

  private add(name: string, raw: string, hasVariables: boolean): void {
    const read = hasVariables ? interpolate(raw, (other) => this.find(other), this.missed) : { text: raw };
    if ('problem' in read) this.refuse(read.problem);
    else this.variables.push([name, read.text]);
  }

  /** The lines above are nearer than what we have. */
  private find(name: string): string | undefined {
    return this.variables.findLast(([other]) => other === name)?.[1] ?? this.ours(name);
  }

  private refuse(problem: EnvironmentFileProblem['problem']): void {
    this.problems.push({ line: this.line, problem });
  }
}

/**
 * Reads a file of variables by the rules of Compose, `env_file`: quotes, escapes, comments and variables.
 *
 * @param missed is told of a variable that is not set and has no fallback
 */
export function parseEnvironmentFile(text: string, ours: Lookup, missed: (name: string) => void): EnvironmentFile {
  const reader = new EnvironmentFileReader(text, ours, missed);
  reader.read();
  return reader;
}

/** The same with `format: raw`: everything behind the equals sign is the value. */
export function parseRawEnvironmentFile(text: string): EnvironmentFile {
  const variables: Variable[] = [];
  const problems: EnvironmentFileProblem[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '' || line.startsWith('#')) return;
    const equals = line.indexOf('=');
    const name = equals < 0 ? line : line.slice(0, equals);
    if (name === '' || name.includes(' ')) {
      problems.push({ line: index + 1, problem: { type: 'notAnAssignment', text: line } });
    } else variables.push([name, equals < 0 ? null : line.slice(equals + 1)]);
  });
  return { variables, problems };
}
