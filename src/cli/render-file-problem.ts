import type { FileProblem } from '../config/file-problem.ts';
import type { ProcfileProblem } from '../config/procfile.ts';
import { renderComposeProblem } from './render-compose-problem.ts';

function renderLine({ problem }: ProcfileProblem): string {
  switch (problem.type) {
    case 'notAnEntry':
      return `'${problem.text}' is not an entry: write name: command, or # in front of a comment`;
    case 'notAName':
      return `'${problem.name}' is not a name: use letters, digits, _ and -`;
    case 'duplicate':
      return `'${problem.name}' is there already, in line ${problem.firstLine}: give one of them another name`;
    case 'noCommand':
      return `'${problem.name}' has no command: write it behind the colon`;
    case 'openQuote':
      return `'${problem.command}' has a quote that is not closed`;
  }
}

/** One line that names the file, the line, the text and the fix. */
export function renderFileProblem(problem: FileProblem): string {
  switch (problem.type) {
    case 'line':
      return `${problem.file}:${problem.problem.line}: ${renderLine(problem.problem)}`;
    case 'place': {
      const { file, line, column } = problem;
      return `${file}:${line}:${column}: ${renderComposeProblem(problem.problem)}`;
    }
    case 'empty':
      return problem.format === 'yaml'
        ? `${problem.file}: nothing to start: write services: and below it name: with a command for each program`
        : `${problem.file}: nothing to start: write a line name: command for each program`;
  }
}
