import { writeLine } from './write-line.ts';
import { renderProblem } from '../cli/render-problem.ts';
import { renderUsage } from '../cli/usage.ts';
import { addReport } from '../core/report.ts';
import { renderFileProblem } from '../cli/render-file-problem.ts';
import { renderNote, renderServiceNote } from '../report/render-note.ts';

/** From the repository, put in by the build. */
declare const __LICENSE__: string;

const texts = {
  addReport,
  renderFileProblem,
  renderNote,
  renderServiceNote,
  renderProblem,
  renderUsage,
  license: __LICENSE__,
  writeLine,
};

/** Everything that drainit can say. */
export type Texts = typeof texts;

// A program of its own, which `sys.load` runs: nearly no container says anything, so that its memory has no part in it.
Object.assign(globalThis, { texts });
