import { splitIntoWords } from './command-words.ts';
import { type Reader, isNothing } from './compose-reader.ts';
import type { Node } from './yaml-node.ts';

/** A command: a list of words, or a text that is split into words and never sees a shell (Compose, `command`). */
export function readWords(reader: Reader, node: Node | undefined, as: string): readonly string[] | undefined {
  if (isNothing(node)) return [];
  if (node.type === 'list') return reader.texts(node, as, 'words');
  const text = reader.text(node, as, 'command');
  if (text === undefined) return undefined;
  return splitIntoWords(text) ?? reader.refuse(node.at, { type: 'openQuote', as, text });
}
