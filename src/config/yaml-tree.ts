import {
  type AliasEvent,
  type Event,
  EVENT_ID,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
  parseEvents,
} from 'js-yaml';
import { hideBytes, showBytes } from './yaml-bytes.ts';
import type { Entry, List, LocatedYamlProblem, Mapping, Node, Scalar, YamlProblem } from './yaml-node.ts';
import { findScalar, readScalar } from './yaml-scalar.ts';

/** Deeper than this no start file means anything. */
const DEPTH_LIMIT = 32;

/** So many values may be repeated by aliases: a few lines of them could stand for billions. */
const ALIASED_LIMIT = 50_000;

const COLLECTION_TAGS: Readonly<Record<'list' | 'mapping', string>> = { list: '!!seq', mapping: '!!map' };

/** Makes the tree of one document out of the parser's events. */
class Builder {
  private readonly source: string;
  private readonly events: readonly Event[];
  private readonly isBytes: boolean;
  private next = 1;
  private readonly anchors = new Map<string, Node | null>();
  private readonly sizes = new Map<Node, number>();
  private aliased = 0;
  readonly problems: LocatedYamlProblem[] = [];

  constructor(source: string, events: readonly Event[], isBytes: boolean) {
    this.source = source;
    this.events = events;
    this.isBytes = isBytes;
  }

  buildRoot(): Node {
    const root = this.build(0);
    const second = this.events.findIndex(({ type }, index) => index > 0 && type === EVENT_ID.DOCUMENT);
    if (second > 0)
      this.refuse(this.placeOf(this.events[second + 1], this.source.length), { type: 'severalDocuments' });
    return root;
  }

  private refuse(at: number, problem: YamlProblem): void {
    this.problems.push({ at, problem });
  }

  /** @param near where a value is that is not written at all */
  private build(near: number): Node {
    const event = this.events[this.next];
    this.next += 1;
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.keep(event, this.buildScalar(event, this.placeOf(event, near)), 1);
      case EVENT_ID.SEQUENCE:
        return this.buildList(event);
      case EVENT_ID.MAPPING:
        return this.buildMapping(event);
      case EVENT_ID.ALIAS:
        return this.follow(event);
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
      case undefined:
        throw new RangeError('the events of the YAML parser end too early');
    }
  }

  private isAtEnd(): boolean {
    const isEnd = this.events[this.next]?.type === EVENT_ID.POP;
    if (isEnd) this.next += 1;
    return isEnd;
  }

  private buildScalar(event: ScalarEvent, at: number): Scalar {
    const { kind, text, problem } = readScalar(this.source, event, this.isBytes);
    if (problem !== null) this.refuse(at, problem);
    return { type: 'scalar', at, kind, text };
  }

  private buildList(event: SequenceEvent): List {
    this.open(event, 'list');
    const items: Node[] = [];
    while (!this.isAtEnd()) items.push(this.build(event.start));
    return this.keep(event, { type: 'list', at: event.start, items }, this.sizeOf(items));
  }

  private buildMapping(event: MappingEvent): Mapping {
    this.open(event, 'mapping');
    const own = new Map<string, Entry>();
    const merged: Node[] = [];
    while (!this.isAtEnd()) {
      const at = this.placeOf(this.events[this.next], event.start);
      const isPlain = this.isPlainScalar();
      const key = this.build(at);
      const value = this.build(at);
      if (key.type !== 'scalar' || (key.kind === 'null' && key.text === '')) this.refuse(at, { type: 'notAKey' });
      else if (isPlain && key.text === '<<') merged.push(value);
      else this.addEntry(own, { key: key.text, at, value });
    }
    const entries = [...this.merge(own, merged).values()];
    const size = this.sizeOf(entries.map(({ value }) => value));
    return this.keep(event, { type: 'mapping', at: event.start, entries }, size);
  }

  private isPlainScalar(): boolean {
    const event = this.events[this.next];
    return event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN;
  }

  private addEntry(entries: Map<string, Entry>, entry: Entry): void {
    const first = entries.get(entry.key);
    if (first === undefined) entries.set(entry.key, entry);
    else this.refuse(entry.at, { type: 'duplicateKey', key: entry.key, firstAt: first.at });
  }

  /** What a mapping says itself is stronger than what is merged into it, and of that the first (yaml.org/type/merge). */
  private merge(own: ReadonlyMap<string, Entry>, values: readonly Node[]): ReadonlyMap<string, Entry> {
    const all = new Map<string, Entry>();
    for (const value of values.flatMap((node) => (node.type === 'list' ? node.items : [node]))) {
      if (value.type !== 'mapping') {
        this.refuse(value.at, { type: 'notMergeable' });
        continue;
      }
      for (const entry of value.entries) if (!all.has(entry.key)) all.set(entry.key, entry);
    }
    for (const [key, entry] of own) all.set(key, entry);
    return all;
  }

  private follow({ anchorStart, anchorEnd }: AliasEvent): Node {
    const name = this.written(anchorStart, anchorEnd);
    const at = anchorStart - 1;
    const nothing: Scalar = { type: 'scalar', at, kind: 'unknown', text: `*${name}` };
    const node = this.anchors.get(name);
    if (node === undefined) this.refuse(at, { type: 'unknownAlias', name });
    else if (node === null) this.refuse(at, { type: 'aliasWithinItself', name });
    else {
      const before = this.aliased;
      this.aliased += this.sizes.get(node) ?? 1;
      if (this.aliased <= ALIASED_LIMIT) return node;
      if (before <= ALIASED_LIMIT) this.refuse(at, { type: 'tooManyAliases' });
    }
    return nothing;
  }

  private open(event: SequenceEvent | MappingEvent, type: 'list' | 'mapping'): void {
    const name = this.anchorOf(event);
    if (name !== null) this.anchors.set(name, null);
    const tag = event.tagStart < 0 ? '' : this.source.slice(event.tagStart, event.tagEnd);
    if (tag !== '' && tag !== COLLECTION_TAGS[type]) this.refuse(event.tagStart, { type: 'unsupportedTag', tag });
  }

  private keep<T extends Node>(event: ScalarEvent | SequenceEvent | MappingEvent, node: T, size: number): T {
    this.sizes.set(node, size);
    const name = this.anchorOf(event);
    if (name !== null) this.anchors.set(name, node);
    return node;
  }

  private anchorOf({ anchorStart, anchorEnd }: ScalarEvent | SequenceEvent | MappingEvent): string | null {
    return anchorStart < 0 ? null : this.written(anchorStart, anchorEnd);
  }

  private written(start: number, end: number): string {
    const text = this.source.slice(start, end);
    return this.isBytes ? showBytes(text) : text;
  }

  private sizeOf(nodes: readonly Node[]): number {
    return nodes.reduce((sum, node) => sum + (this.sizes.get(node) ?? 1), 1);
  }

  private placeOf(event: Event | undefined, near: number): number {
    if (event === undefined) return near;
    if ('start' in event) return event.start;
    if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
    return event.type === EVENT_ID.SCALAR ? findScalar(this.source, event, near) : near;
  }
}

/**
 * Reads YAML 1.2 with its core schema and merges, as far as start files may use it: one document, keys that are scalars,
 * each of them once.
 *
 * @param isBytes whether each character of the text is a byte of UTF-8, as on the native host
 * @returns no tree where it is not YAML, or where there is nothing in it
 */
export function parseYaml(
  text: string,
  isBytes: boolean,
): { readonly root: Node | null; readonly problems: readonly LocatedYamlProblem[] } {
  const source = isBytes ? hideBytes(text) : text;
  try {
    const events = parseEvents(source, { maxDepth: DEPTH_LIMIT });
    if (events.length === 0) return { root: null, problems: [] };
    const builder = new Builder(source, events, isBytes);
    const root = builder.buildRoot();
    return { root, problems: builder.problems };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = error.mark?.position ?? 0;
    const reason = isBytes ? showBytes(error.reason) : error.reason;
    return { root: null, problems: [{ at, problem: { type: 'syntax', reason } }] };
  }
}
