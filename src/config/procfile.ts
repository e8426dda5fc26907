import { splitCommand } from './command-words.ts';

/** One line of a Procfile. */
export interface ProcfileEntry {
  readonly name: string;
  /** What to run; `/bin/sh -c` in front where the command needs a shell. */
  readonly words: readonly string[];
}

/** What is wrong with one line, which is counted from 1. */
export interface ProcfileProblem {
  readonly line: number;
  readonly problem:
    | { readonly type: 'notAnEntry'; readonly text: string }
    | { readonly type: 'notAName'; readonly name: string }
    | { readonly type: 'duplicate'; readonly name: string; readonly firstLine: number }
    | { readonly type: 'noCommand'; readonly name: string }
    | { readonly type: 'openQuote'; readonly command: string };
}

const isNameLetter = (letter: string): boolean =>
  (letter >= 'a' && letter <= 'z') ||
  (letter >= 'A' && letter <= 'Z') ||
  (letter >= '0' && letter <= '9') ||
  letter === '_' ||
  letter === '-';

const isName = (text: string): boolean => text !== '' && text.split('').every(isNameLetter);

/**
 * Reads a Procfile: `name: command` lines, blank lines, and comments that begin with `#`.
 *
 * Foreman, honcho, hivemind and Heroku agree on that. Where they do not: a name has letters, digits, `_` and `-`; no
 * space is needed behind the colon; what is no such line, and a name that is there twice, is an error and not passed
 * over, since a program that is missing shows much later; nothing sets PORT.
 *
 * @returns the entries, or everything that is wrong
 */
export function parseProcfile(text: string): readonly ProcfileEntry[] | readonly ProcfileProblem[] {
  const entries: ProcfileEntry[] = [];
  const problems: ProcfileProblem[] = [];
  const lines = new Map<string, number>();
  const refuse = (line: number, problem: ProcfileProblem['problem']): void => {
    problems.push({ line, problem });
  };

  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) return;
    const colon = content.indexOf(':');
    if (colon < 0) return refuse(line, { type: 'notAnEntry', text: content });
    const name = content.slice(0, colon);
    const command = content.slice(colon + 1).trim();
    if (!isName(name)) return refuse(line, { type: 'notAName', name });
    const firstLine = lines.get(name);
    if (firstLine !== undefined) return refuse(line, { type: 'duplicate', name, firstLine });
    lines.set(name, line);
    if (command === '') return refuse(line, { type: 'noCommand', name });
    const words = splitCommand(command);
    if (words === undefined) return refuse(line, { type: 'openQuote', command });
    entries.push({ name, words });
  });
  return problems.length > 0 ? problems : entries;
}

export const isProblem = (item: ProcfileEntry | ProcfileProblem): item is ProcfileProblem => 'problem' in item;
