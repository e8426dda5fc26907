import childProcess, { type ChildProcess } from 'node:child_process';

type Spawn = (file: string, args: readonly string[]) => ChildProcess;

/**
 * SIGKILLs a program and all below it, by tree-kill, which asks `ps` or `pgrep`: for where there is no /proc, and kill(2)
 * with -1 would hit strangers. What is in other process groups is found that way.
 *
 * @param onSpawn is given each `ps` or `pgrep`: a child of ours that Node waits for
 * @param onEnd is called when it has been done; also where neither is there, and the program alone was killed
 */
export async function killTree(pid: number, onSpawn: (child: ChildProcess) => void, onEnd: () => void): Promise<void> {
  const spawn = childProcess.spawn as Spawn;
  const watched: Spawn = (file, args) => {
    const child = spawn(file, args);
    // Without it, a `ps` that is missing ends its caller; tree-kill takes it for one that has found nothing.
    child.on('error', () => undefined);
    onSpawn(child);
    return child;
  };
  // tree-kill takes its `spawn` when it is loaded.
  Object.assign(childProcess, { spawn: watched });
  const { default: kill } = await import('tree-kill').finally(() => Object.assign(childProcess, { spawn }));
  kill(pid, 'SIGKILL', onEnd);
}
