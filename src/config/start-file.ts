import { type Service, sameSurroundings } from '../core/services/service.ts';
import type { Options } from '../core/setup.ts';
import { type ProcfileEntry, type ProcfileProblem, isProblem, parseProcfile } from './procfile.ts';

/** Something wrong with a start file. */
export type FileProblem =
  | { readonly type: 'line'; readonly file: string; readonly problem: ProcfileProblem }
  | { readonly type: 'empty'; readonly file: string };

const toService = ({ name, words }: ProcfileEntry, grace: Options['grace']): Service => ({
  name,
  words,
  surroundings: sameSurroundings,
  dependsOn: [],
  healthCheck: null,
  restart: { when: 'never', limit: null },
  stopSignal: null,
  grace,
  preStop: null,
});

/** What is wrong with it, or what it starts. */
export type StartFile =
  | { readonly type: 'services'; readonly services: readonly Service[] }
  | { readonly type: 'invalid'; readonly problems: readonly FileProblem[] };

/**
 * Reads a start file.
 *
 * @param file its name, for messages
 * @param grace of services that have none of their own
 */
export function readStartFile(file: string, text: string, grace: Options['grace']): StartFile {
  // A byte order mark, in the byte strings of the native host and in the text of Node.
  const content = text.startsWith('\u00ef\u00bb\u00bf')
    ? text.slice(3)
    : text.startsWith('\ufeff')
      ? text.slice(1)
      : text;
  const items = parseProcfile(content);
  const problems = items.filter(isProblem);
  if (problems.length > 0) {
    return { type: 'invalid', problems: problems.map((problem) => ({ type: 'line', file, problem })) };
  }
  const entries = items.filter((item): item is ProcfileEntry => !isProblem(item));
  if (entries.length === 0) return { type: 'invalid', problems: [{ type: 'empty', file }] };
  return { type: 'services', services: entries.map((entry) => toService(entry, grace)) };
}
