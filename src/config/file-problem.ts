import type { PlacedProblem } from './compose-problem.ts';
import type { ProcfileProblem } from './procfile.ts';

/** Something wrong with a start file. Lines and columns are counted from 1. */
export type FileProblem =
  | { readonly type: 'line'; readonly file: string; readonly problem: ProcfileProblem }
  | {
      readonly type: 'place';
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly problem: PlacedProblem;
    }
  | { readonly type: 'empty'; readonly file: string; readonly format: 'procfile' | 'yaml' };
