import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { run } from '../scripts/run.ts';
import { root } from '../test/helpers/subjects.ts';
import { read } from '../test/helpers/world.ts';

const source = path.join(root, 'bench/tools.c');
/** The program of bench/tools.c. */
export const tools = path.join(root, 'build/bench/tools');

export function buildTools(): void {
  const built = statSync(tools, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > statSync(source).mtimeMs) return;
  mkdirSync(path.dirname(tools), { recursive: true });
  run('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', tools, source]);
}

/** What a tool prints: numbers, a line for each thing that it measured. */
export const runTool = (...args: readonly (string | number)[]): readonly (readonly number[])[] =>
  run(tools, args.map(String))
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));

/** Time on a processor so far, in ns: the first number of /proc/PID/schedstat. 0 where the process has gone. */
export const readProcessorTime = (pid: number): number => Number(read(`/proc/${pid}/schedstat`).split(' ')[0]);
