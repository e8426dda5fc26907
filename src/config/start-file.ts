import { type Service, sameSurroundings } from '../core/services/service.ts';
import type { Options } from '../core/setup.ts';
import { type ComposeFile, readComposeFile } from './compose.ts';
import { type ProcfileEntry, isProblem, parseProcfile } from './procfile.ts';
import { noSettings } from './settings.ts';
import type { World } from './world.ts';

const toService = ({ name, words }: ProcfileEntry, grace: Options['grace']): Service => ({
  name,
  words,
  surroundings: sameSurroundings,
  dependsOn: [],
  healthCheck: null,
  restart: { when: 'never', limit: null },
  stopSignal: null,
  grace,
  postStart: [],
  preStop: [],
});

const isYaml = (file: string): boolean => file.endsWith('.yaml') || file.endsWith('.yml');

/** A byte order mark, in the byte strings of the native host and in the text of Node. */
function dropMark(text: string): string {
  if (text.startsWith('\u00ef\u00bb\u00bf')) return text.slice(3);
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function readProcfile(file: string, text: string, grace: Options['grace']): StartFile {
  const items = parseProcfile(text);
  const problems = items.filter(isProblem);
  if (problems.length > 0) {
    return { type: 'invalid', problems: problems.map((problem) => ({ type: 'line', file, problem })) };
  }
  const entries = items.filter((item): item is ProcfileEntry => !isProblem(item));
  if (entries.length === 0) return { type: 'invalid', problems: [{ type: 'empty', file, format: 'procfile' }] };
  const services = entries.map((entry) => toService(entry, grace));
  return { type: 'services', services, settings: noSettings, notice: null };
}

/** What is wrong with it, or what it starts. */
export type StartFile = ComposeFile;

/**
 * Reads a start file: YAML where its name ends in `.yaml` or `.yml`, and otherwise a Procfile.
 *
 * @param file its name, for messages too
 * @param grace of services that have none of their own
 */
export function readStartFile(file: string, text: string, grace: Options['grace'], world: World): StartFile {
  const content = dropMark(text);
  return isYaml(file) ? readComposeFile(file, content, grace, world) : readProcfile(file, content, grace);
}
