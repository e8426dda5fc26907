import type { Service } from '../core/services/service.ts';
import type { Options } from '../core/setup.ts';
import { type Draft, fulfil } from './compose-depends.ts';
import { FILE_KEYS, IGNORED_FILE_KEYS, UNSUPPORTED_FILE_KEYS } from './compose-keys.ts';
import type { Located, PlacedProblem } from './compose-problem.ts';
import { Reader } from './compose-reader.ts';
import { readService } from './compose-service.ts';
import { readSettings } from './compose-settings.ts';
import type { FileProblem } from './file-problem.ts';
import { findPlaces } from './places.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';
import type { Node } from './yaml-node.ts';
import { parseYaml } from './yaml-tree.ts';

export type ComposeFile =
  | {
      readonly type: 'services';
      readonly services: readonly Service[];
      readonly settings: Settings;
      /** What there is to say about it all the same; null: nothing. */
      readonly notice: string | null;
    }
  | { readonly type: 'invalid'; readonly problems: readonly FileProblem[] };

/** What the file has at its top level, of what drainit reads. */
function readTop(reader: Reader, root: Node): ReadonlyMap<(typeof FILE_KEYS)[number], Node> {
  const kept = reader.sift(root, IGNORED_FILE_KEYS, UNSUPPORTED_FILE_KEYS);
  return reader.values(kept, 'the file', 'file', 'file', FILE_KEYS);
}

/** The offsets that problems are at, and those that they speak of. */
const offsetsOf = ({ at, problem }: Located): readonly number[] =>
  problem.type === 'duplicateKey' ? [at, problem.firstAt] : [at];

/** In the order of their places, each once: what is merged into several services is wrong once. */
function placeProblems(file: string, text: string, located: readonly Located[]): readonly FileProblem[] {
  const places = findPlaces(text, located.flatMap(offsetsOf));
  const lineOf = (offset: number): number => places.get(offset)?.line ?? 1;
  const seen = new Set<string>();
  const problems: FileProblem[] = [];
  for (const { at, problem } of located.toSorted((one, other) => one.at - other.at)) {
    const key = JSON.stringify([at, problem], (name, value: unknown) => (name === 'known' ? undefined : value));
    if (seen.has(key)) continue;
    seen.add(key);
    const placed: PlacedProblem =
      problem.type === 'duplicateKey'
        ? { type: 'duplicateKey', key: problem.key, firstLine: lineOf(problem.firstAt) }
        : problem;
    problems.push({ type: 'place', file, line: lineOf(at), column: places.get(at)?.column ?? 1, problem: placed });
  }
  return problems;
}

function renderNotice(file: string, { ignored, unset }: Reader): string | null {
  const parts: string[] = [];
  if (ignored.size > 0)
    parts.push(`passed over, since they are about the outside of a container: ${[...ignored].join(', ')}`);
  if (unset.size > 0) parts.push(`not set, so empty: ${[...unset].join(', ')}`);
  return parts.length === 0 ? null : `${file}: ${parts.join('; ')}`;
}

function readServices(reader: Reader, node: Node | undefined, grace: Options['grace']): readonly Service[] {
  if (node === undefined) return [];
  const drafts: readonly Draft[] = reader
    .entries(node, 'services', 'services')
    .map((entry) => readService(reader, entry, grace));
  return fulfil(reader, drafts);
}

/**
 * Reads a start file in the words of the Compose specification (https://github.com/compose-spec/compose-spec).
 *
 * @param file its name, for messages and for the paths in it
 * @param grace of services that have none of their own, and of the file
 */
export function readComposeFile(file: string, text: string, grace: Options['grace'], world: World): ComposeFile {
  const { root, problems } = parseYaml(text, world.hasByteStrings);
  const reader = new Reader(file, world);
  reader.located.push(...problems);
  const isEmpty = root === null || (root.type === 'scalar' && root.kind === 'null');
  const values = isEmpty ? new Map<(typeof FILE_KEYS)[number], Node>() : readTop(reader, root);
  const settings = readSettings(reader, values.get('x-drainit'));
  const services = readServices(reader, values.get('services'), grace === 'stragglers' ? settings.grace : grace);
  if (reader.located.length > 0) return { type: 'invalid', problems: placeProblems(file, text, reader.located) };
  if (services.length === 0) return { type: 'invalid', problems: [{ type: 'empty', file, format: 'yaml' }] };
  return { type: 'services', services, settings, notice: renderNotice(file, reader) };
}
