import type { Surroundings } from '../core/services/service.ts';
import type { HookCommand } from '../core/setup.ts';
import { readWords } from './compose-command.ts';
import { HOOK_KEYS, UNSUPPORTED_HOOK_KEYS } from './compose-keys.ts';
import type { Reader } from './compose-reader.ts';
import { readSurroundings } from './compose-surroundings.ts';
import type { Node } from './yaml-node.ts';

/** A hook runs as its service does, but for what it says itself. */
function readHook(reader: Reader, node: Node, as: string, service: Surroundings): HookCommand | undefined {
  const kept = reader.sift(node, new Set(), UNSUPPORTED_HOOK_KEYS);
  const values = reader.values(kept, as, 'hook', 'hook', HOOK_KEYS);
  if (node.type !== 'mapping') return undefined;
  const surroundings = readSurroundings(reader, values, service);
  const words = readWords(reader, values.get('command'), 'command');
  if (words?.length === 0) reader.refuse(node.at, { type: 'missingKey', as, key: 'command', example: './hook' });
  reader.findProgram(values.get('command')?.at ?? node.at, as, words, surroundings);
  return words === undefined ? undefined : { words, surroundings };
}

/** The hooks of a service, in the order in which they run: Compose, `post_start` and `pre_stop`. */
export function readHooks(
  reader: Reader,
  node: Node | undefined,
  as: 'post_start' | 'pre_stop',
  service: Surroundings,
): readonly HookCommand[] {
  if (node === undefined) return [];
  if (node.type === 'scalar') {
    reader.expect(node, as, 'hooks');
    return [];
  }
  const nodes = node.type === 'list' ? node.items : [node];
  return nodes.map((hook) => readHook(reader, hook, as, service)).filter((hook) => hook !== undefined);
}
