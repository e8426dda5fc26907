import { readFileSync, readlinkSync } from 'node:fs';
import { type World, childrenOf } from './world.ts';

/** What proc_pid_stat(5) says of a process, by the pids of our own namespace. */
export interface Stat {
  /** R, S, T, Z and so on; X where the process has gone. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The foreground group of its terminal; -1 where it has none. */
  readonly foreground: number;
}

export function statOf(pid: number): Stat {
  let fields: readonly string[] = [];
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It has gone.
  }
  const at = (field: number): number => Number(fields[field - 3] ?? 0);
  return { state: fields[0] ?? 'X', parent: at(4), group: at(5), session: at(6), foreground: at(8) };
}

const argumentsOf = (pid: number): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
  } catch {
    return [];
  }
};

/** The first process below `pid` whose command line begins with these words. */
export function findBelow(pid: number, ...words: readonly string[]): number | undefined {
  for (const child of childrenOf(pid)) {
    const args = argumentsOf(child);
    const found = words.every((word, index) => args[index] === word) ? child : findBelow(child, ...words);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Waits until a process below the init of the world runs the command line that begins with these words. */
export async function awaitBelow(world: World, ...words: readonly string[]): Promise<number> {
  let found: number | undefined;
  await world.until(`${words.join(' ')} runs`, () => {
    found = world.hasStarted ? findBelow(world.init, ...words) : undefined;
    return found !== undefined;
  });
  return found ?? 0;
}

/** The terminal that a process has as its standard input. */
export const terminalOf = (pid: number): string => readlinkSync(`/proc/${pid}/fd/0`);

/** The lines of /proc/PID/status whose names begin with one of these, as `name: value`. */
export function statusOf(pid: number, ...names: readonly string[]): readonly string[] {
  return readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .filter((line) => names.some((name) => line.startsWith(name)));
}
