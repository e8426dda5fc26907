import type { Options } from '../core/setup.ts';
import type { Problem } from './problem.ts';

/** How much is said on standard error. */
export interface Output {
  /** 0: what is wrong; 1: what happens; 2: everything. -1: only what ends drainit. */
  readonly verbosity: number;
  readonly format: 'text' | 'json';
}

/** What the command line asks for. */
export type Command =
  | {
      readonly type: 'run';
      readonly options: Options;
      readonly output: Output;
      /** The option or variable that the pre-stop hook comes from. */
      readonly hook: string;
      /** Where the main program stands in argv. */
      readonly program: number;
    }
  /** Several programs, which a file names. */
  | {
      readonly type: 'runFile';
      readonly options: Options;
      readonly output: Output;
      /** The option or variable that a pre-stop hook comes from, if not from the file. */
      readonly hook: string;
      readonly file: string;
      /** Only say what is wrong with it, and in which order it starts and stops. */
      readonly isCheck: boolean;
      /** Put the name of its service before each line of output. */
      readonly isPrefixed: boolean;
    }
  | { readonly type: 'help' | 'version' | 'license' }
  /** Nothing may be started. */
  | { readonly type: 'invalid'; readonly problems: readonly Problem[] };
