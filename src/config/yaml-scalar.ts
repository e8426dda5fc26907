import {
  NOT_RESOLVED,
  SCALAR_STYLE,
  type ScalarEvent,
  type ScalarTagDefinition,
  boolCoreTag,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  nullCoreTag,
} from 'js-yaml';
import { showBytes } from './yaml-bytes.ts';
import type { YamlProblem } from './yaml-node.ts';

/** What a scalar is by the core schema of YAML 1.2; `unknown` where something is wrong with it already. */
export type ScalarKind = 'null' | 'boolean' | 'number' | 'string' | 'unknown';

/** In the order in which the core schema asks. */
const KINDS: readonly (readonly [tag: string, definition: ScalarTagDefinition, kind: ScalarKind])[] = [
  ['!!null', nullCoreTag, 'null'],
  ['!!bool', boolCoreTag, 'boolean'],
  ['!!int', intCoreTag, 'number'],
  ['!!float', floatCoreTag, 'number'],
];

const is = (definition: ScalarTagDefinition, text: string, isExplicit: boolean): boolean =>
  definition.resolve(text, isExplicit, definition.tagName) !== NOT_RESOLVED;

const kindOfPlain = (text: string): ScalarKind =>
  KINDS.find(([, definition]) => is(definition, text, false))?.[2] ?? 'string';

interface ScalarRead {
  readonly kind: ScalarKind;
  readonly text: string;
  readonly problem: YamlProblem | null;
}

function applyTag(tag: string, text: string): ScalarRead {
  if (tag === '!!str' || tag === '!') return { kind: 'string', text, problem: null };
  const row = KINDS.find(([name]) => name === tag);
  if (row === undefined) return { kind: 'unknown', text, problem: { type: 'unsupportedTag', tag } };
  const [, definition, kind] = row;
  if (is(definition, text, true)) return { kind, text, problem: null };
  return { kind: 'unknown', text, problem: { type: 'notOfItsTag', tag, text } };
}

/** Reads one scalar. */
export function readScalar(source: string, event: ScalarEvent, isBytes: boolean): ScalarRead {
  const value = getScalarValue(source, event);
  const text = isBytes ? showBytes(value) : value;
  if (event.tagStart >= 0) return applyTag(source.slice(event.tagStart, event.tagEnd), text);
  return { kind: event.style === SCALAR_STYLE.PLAIN ? kindOfPlain(text) : 'string', text, problem: null };
}

/**
 * Where a scalar begins, with its quote or the mark of a block.
 *
 * @param near where one is that is not written at all
 */
export function findScalar(source: string, { style, valueStart }: ScalarEvent, near: number): number {
  if (valueStart < 0) return near;
  switch (style) {
    case SCALAR_STYLE.PLAIN:
      return valueStart;
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return valueStart - 1;
    case SCALAR_STYLE.LITERAL_BLOCK:
      return source.lastIndexOf('|', valueStart - 1);
    case SCALAR_STYLE.FOLDED_BLOCK:
      return source.lastIndexOf('>', valueStart - 1);
  }
}
