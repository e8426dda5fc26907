import type { EnvironmentFileProblem } from './environment-file.ts';
import type { InterpolationProblem } from './interpolate.ts';
import type { UserProblem } from './user.ts';
import type { YamlProblem } from './yaml-node.ts';

/** What a value should have been. */
export type Expected =
  | 'file'
  | 'services'
  | 'service'
  | 'settings'
  | 'text'
  | 'command'
  | 'words'
  | 'duration'
  | 'interval'
  | 'count'
  | 'switch'
  | 'signal'
  | 'restartPolicy'
  | 'dependencies'
  | 'dependency'
  | 'condition'
  | 'healthCheck'
  | 'test'
  | 'environment'
  | 'variable'
  | 'variableName'
  | 'environmentFile'
  | 'format'
  | 'drain'
  | 'grace'
  | 'shellCommand'
  | 'hooks'
  | 'hook';

/** Where a key stands that nobody knows. */
export type KeyOwner = 'file' | 'service' | 'depends_on' | 'healthcheck' | 'env_file' | 'hook' | 'x-drainit';

/** Something wrong with a YAML start file; `as` is the key whose value it is about. */
export type ComposeProblem =
  | YamlProblem
  | InterpolationProblem
  | UserProblem
  | { readonly type: 'unknownKey'; readonly key: string; readonly owner: KeyOwner; readonly known: readonly string[] }
  | { readonly type: 'unsupportedKey'; readonly key: string; readonly fix: string }
  /** `found` is the value as it is written, in quotes, or `a list` and the like. */
  | { readonly type: 'notExpected'; readonly as: string; readonly found: string; readonly expected: Expected }
  | { readonly type: 'missingKey'; readonly key: string; readonly as: string; readonly example: string }
  | {
      readonly type: 'nullByte' | 'openQuote' | 'backwards' | 'stopsAlready';
      readonly as: string;
      readonly text: string;
    }
  | { readonly type: 'notAServiceName'; readonly name: string }
  | { readonly type: 'nothingToRun'; readonly name: string }
  /** `reason` has the words of strerror(3). */
  | { readonly type: 'notRunnable'; readonly as: string; readonly name: string; readonly reason: string }
  | { readonly type: 'environmentFileNotReadable'; readonly path: string }
  | { readonly type: 'environmentFile'; readonly path: string; readonly problem: EnvironmentFileProblem }
  | { readonly type: 'unknownService'; readonly name: string; readonly known: readonly string[] }
  | { readonly type: 'neverHealthy' | 'neverCompleted'; readonly name: string }
  | { readonly type: 'cycle'; readonly names: readonly string[] };

/** A problem and the offset in the file where it is. */
export interface Located {
  readonly at: number;
  readonly problem: ComposeProblem;
}

/** A problem in a file that is at hand no more: lines in it instead of offsets. */
export type PlacedProblem =
  | Exclude<ComposeProblem, { readonly type: 'duplicateKey' }>
  | { readonly type: 'duplicateKey'; readonly key: string; readonly firstLine: number };
