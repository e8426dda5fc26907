import type { ScalarKind } from './yaml-scalar.ts';

/** A value, and the offset in the file where it begins. */
export type Node = Scalar | List | Mapping;

export interface Scalar {
  readonly type: 'scalar';
  readonly at: number;
  readonly kind: ScalarKind;
  /** As it is written, without quotes; empty where there is nothing. */
  readonly text: string;
}

export interface List {
  readonly type: 'list';
  readonly at: number;
  readonly items: readonly Node[];
}

export interface Mapping {
  readonly type: 'mapping';
  readonly at: number;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly key: string;
  readonly at: number;
  readonly value: Node;
}

/** Something wrong with a file as YAML, whatever it means. */
export type YamlProblem =
  | { readonly type: 'syntax'; readonly reason: string }
  | { readonly type: 'duplicateKey'; readonly key: string; readonly firstAt: number }
  | { readonly type: 'notAKey' | 'notMergeable' | 'severalDocuments' | 'tooManyAliases' }
  | { readonly type: 'unknownAlias' | 'aliasWithinItself'; readonly name: string }
  | { readonly type: 'unsupportedTag'; readonly tag: string }
  | { readonly type: 'notOfItsTag'; readonly tag: string; readonly text: string };

export interface LocatedYamlProblem {
  readonly at: number;
  readonly problem: YamlProblem;
}
