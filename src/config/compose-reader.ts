import type { ComposeProblem, Expected, KeyOwner, Located } from './compose-problem.ts';
import { interpolate } from './interpolate.ts';
import type { Surroundings } from '../core/services/service.ts';
import type { World } from './world.ts';
import type { Entry, Node, Scalar } from './yaml-node.ts';

export const isNothing = (node: Node | undefined): node is undefined | (Scalar & { readonly kind: 'null' }) =>
  node === undefined || (node.type === 'scalar' && node.kind === 'null');

/** Where a start file is, that paths in it start from. */
const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1);

function describeNode(node: Node): string {
  if (node.type === 'list') return 'a list';
  if (node.type === 'mapping') return 'a map';
  return node.kind === 'null' && node.text === '' ? 'an empty value' : `'${node.text}'`;
}

/**
 * Reads values out of a tree and keeps what is wrong with them. What has been refused reads as undefined, which is said
 * once: the file is refused anyway, and reading goes on for what else is wrong.
 */
export class Reader {
  readonly world: World;
  readonly located: Located[] = [];
  /** Keys that mean nothing inside of a container. */
  readonly ignored = new Set<string>();
  /** Variables that are not set and have no fallback. */
  readonly unset = new Set<string>();
  private readonly folder: string;
  private readonly files = new Map<string, string | null>();

  constructor(file: string, world: World) {
    this.folder = folderOf(file);
    this.world = world;
  }

  refuse(at: number, problem: ComposeProblem): undefined {
    this.located.push({ at, problem });
    return undefined;
  }

  expect(node: Node, as: string, expected: Expected): undefined {
    if (node.type === 'scalar' && node.kind === 'unknown') return undefined;
    return this.refuse(node.at, { type: 'notExpected', as, found: describeNode(node), expected });
  }

  /** A scalar with its variables put in. */
  text(node: Node, as: string, expected: Expected): string | undefined {
    if (node.type !== 'scalar' || node.kind === 'null' || node.kind === 'unknown') {
      return this.expect(node, as, expected);
    }
    const { variables } = this.world;
    const read = interpolate(
      node.text,
      (name) => variables.get(name),
      (name) => this.unset.add(name),
    );
    if ('problem' in read) return this.refuse(node.at, read.problem);
    // No argument, path or variable can have one.
    if (read.text.includes('\0')) return this.refuse(node.at, { type: 'nullByte', as, text: node.text });
    return read.text;
  }

  /** The items of a list; or the one value that stands for such a list. */
  texts(node: Node, as: string, expected: Expected): readonly string[] | undefined {
    const items = node.type === 'list' ? node.items : [node];
    const texts = items.map((item) => this.text(item, as, expected));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  }

  /** What `parse` makes of a scalar; refused where that is undefined. */
  parsed<T>(node: Node, as: string, expected: Expected, parse: (text: string) => T | undefined): T | undefined {
    const text = this.text(node, as, expected);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value !== undefined) return value;
    return this.refuse(node.at, { type: 'notExpected', as, found: `'${text}'`, expected });
  }

  /** The entries of a map whose keys are one's own to choose. */
  entries(node: Node, as: string, expected: Expected): readonly Entry[] {
    if (node.type === 'mapping') return node.entries;
    this.expect(node, as, expected);
    return [];
  }

  /** A map without the keys that mean nothing in here, and those that are refused with what to do instead. */
  sift(node: Node, ignored: ReadonlySet<string>, unsupported: ReadonlyMap<string, string>): Node {
    if (node.type !== 'mapping') return node;
    const entries = node.entries.filter(({ key, at }) => {
      const fix = unsupported.get(key);
      if (fix !== undefined) this.refuse(at, { type: 'unsupportedKey', key, fix });
      if (ignored.has(key)) this.ignored.add(key);
      return fix === undefined && !ignored.has(key);
    });
    return { ...node, entries };
  }

  /** The values of a map by key; keys that are not known are refused, but for those that begin with `x-`. */
  values<Key extends string>(
    node: Node,
    as: string,
    expected: Expected,
    owner: KeyOwner,
    known: readonly Key[],
  ): ReadonlyMap<Key, Node> {
    const isKnown = (key: string): key is Key => (known as readonly string[]).includes(key);
    const values = new Map<Key, Node>();
    for (const { key, at, value } of this.entries(node, as, expected)) {
      if (isKnown(key)) values.set(key, value);
      else if (!key.startsWith('x-')) this.refuse(at, { type: 'unknownKey', key, owner, known });
    }
    return values;
  }

  /**
   * Refuses a hook that cannot be started, since that would be found only when it is needed. Where it has a PATH of its own
   * its name tells nothing.
   */
  findProgram(
    at: number,
    as: string,
    words: readonly string[] | undefined,
    { folder, environment }: Surroundings,
  ): void {
    const [word = ''] = words ?? [];
    const isPath = word.includes('/');
    const path = `PATH=${this.world.variables.get('PATH') ?? ''}`;
    const hasOwnPath = environment?.some((variable) => variable.startsWith('PATH=') && variable !== path) ?? false;
    if (word === '' || (!isPath && hasOwnPath)) return;
    const name = isPath && folder !== null && !word.startsWith('/') ? `${folder}/${word}` : word;
    const reason = this.world.whyNotRunnable(name);
    if (reason !== undefined) this.refuse(at, { type: 'notRunnable', as, name, reason });
  }

  /** The text of a file, whose path starts from where the start file is; null: it cannot be read. */
  read(path: string): string | null {
    const resolved = path.startsWith('/') ? path : this.folder + path;
    const known = this.files.get(resolved);
    if (known !== undefined) return known;
    const text = this.world.readText(resolved);
    this.files.set(resolved, text);
    return text;
  }
}
