import { ENVIRONMENT_FILE_KEYS } from './compose-keys.ts';
import type { Reader } from './compose-reader.ts';
import { isNothing } from './compose-reader.ts';
import { readSwitch } from './compose-depends.ts';
import {
  type EnvironmentFile,
  type Variable,
  parseEnvironmentFile,
  parseRawEnvironmentFile,
} from './environment-file.ts';
import type { Node } from './yaml-node.ts';

/** The variables of `environment`: a map, or a list of `NAME=value`. A name alone is one that we have. */
function readOwn(reader: Reader, node: Node): readonly Variable[] {
  const refuse = (item: Node): readonly Variable[] => {
    reader.expect(item, 'environment', 'variable');
    return [];
  };
  if (node.type !== 'list')
    return reader.entries(node, 'environment', 'environment').flatMap(({ key, at, value }): readonly Variable[] => {
      if (key.includes('=') || key.includes('\0')) {
        reader.refuse(at, { type: 'notExpected', as: 'environment', found: `'${key}'`, expected: 'variableName' });
        return [];
      }
      if (isNothing(value)) return [[key, null]];
      const text = reader.text(value, key, 'text');
      return text === undefined ? [] : [[key, text]];
    });
  return node.items.flatMap((item): readonly Variable[] => {
    const text = reader.text(item, 'environment', 'variable');
    if (text === undefined) return [];
    const equals = text.indexOf('=');
    if (text === '' || equals === 0) return refuse(item);
    return [equals < 0 ? [text, null] : [text.slice(0, equals), text.slice(equals + 1)]];
  });
}

interface FileWish {
  readonly path: string;
  readonly at: number;
  readonly isRequired: boolean;
  readonly isRaw: boolean;
}

function readFileWish(reader: Reader, node: Node): readonly FileWish[] {
  if (node.type !== 'mapping') {
    const path = reader.text(node, 'env_file', 'environmentFile');
    return path === undefined ? [] : [{ path, at: node.at, isRequired: true, isRaw: false }];
  }
  const values = reader.values(node, 'env_file', 'environmentFile', 'env_file', ENVIRONMENT_FILE_KEYS);
  const isRequired = readSwitch(reader, values.get('required'), 'required', true);
  const format = values.get('format');
  const isRaw =
    format !== undefined && reader.parsed(format, 'format', 'format', (text) => text === 'raw' || undefined);
  const pathNode = values.get('path');
  if (pathNode === undefined)
    reader.refuse(node.at, { type: 'missingKey', as: 'env_file', key: 'path', example: './app.env' });
  const path = pathNode === undefined ? undefined : reader.text(pathNode, 'path', 'text');
  return path === undefined ? [] : [{ path, at: node.at, isRequired, isRaw: isRaw === true }];
}

/** The variables of one `env_file`. */
function readFile(reader: Reader, { path, at, isRequired, isRaw }: FileWish): readonly Variable[] {
  const { variables } = reader.world;
  const text = reader.read(path);
  if (text === null) {
    if (isRequired) reader.refuse(at, { type: 'environmentFileNotReadable', path });
    return [];
  }
  const read: EnvironmentFile = isRaw
    ? parseRawEnvironmentFile(text)
    : parseEnvironmentFile(
        text,
        (name) => variables.get(name),
        (name) => reader.unset.add(name),
      );
  for (const problem of read.problems) reader.refuse(at, { type: 'environmentFile', path, problem });
  return read.variables;
}

/** What an environment is made of, the weakest first. */
export interface EnvironmentParts {
  /** `NAME=value` each; null: those that we have. */
  readonly base: readonly string[] | null;
  /** Of the user that is changed to. */
  readonly home: string | null;
  readonly files: Node | undefined;
  readonly own: Node | undefined;
}

function splitVariable(text: string): [string, string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/**
 * Puts an environment together. A variable without a value is the one that we have, and none where we have none.
 *
 * @returns null: ours as it is
 */
export function readEnvironment(
  reader: Reader,
  { base, home, files, own }: EnvironmentParts,
): readonly string[] | null {
  if (isNothing(own) && files === undefined && home === null) return base;
  const wishes = files === undefined ? [] : files.type === 'list' ? files.items : [files];
  const all = [
    ...wishes.flatMap((node) => readFileWish(reader, node)).flatMap((wish) => readFile(reader, wish)),
    ...(isNothing(own) ? [] : readOwn(reader, own)),
  ];
  const { variables } = reader.world;
  const environment = new Map(base === null ? variables : base.map(splitVariable));
  if (home !== null) environment.set('HOME', home);
  for (const [name, value] of all) {
    const text = value ?? variables.get(name);
    if (text === undefined) environment.delete(name);
    else environment.set(name, text);
  }
  return [...environment].map(([name, value]) => `${name}=${value}`);
}
