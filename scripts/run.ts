import { spawnSync } from 'node:child_process';

/** A failure whose message is all that a person needs. */
export class BuildError extends Error {}

/** Runs a program to its end and gives what it printed. */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (result.error !== undefined) throw new BuildError(`cannot run ${command}: ${result.error.message}`);
  if (result.status !== 0) {
    const output = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-20).join('\n');
    throw new BuildError(`${command} ${args.join(' ')} failed (${result.status ?? result.signal}):\n${output}`);
  }
  return result.stdout;
}

export const isProgram = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

/** Ends the script with one line for a BuildError, and with the stack of anything else. */
export async function main(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof BuildError ? error.message : error);
    process.exitCode = 1;
  }
}
