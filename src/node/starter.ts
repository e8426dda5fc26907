import type { ChildProcess } from 'node:child_process';
import type { Event } from '../core/event.ts';
import { type Pid, toPid } from '../core/ids.ts';
import type { Children } from './children.ts';
import type { Libc } from './libc.ts';
import { type Program, type Running, startProgram } from './spawn.ts';

interface Parts {
  readonly libc: Libc | null;
  readonly children: Pick<Children, 'own' | 'disown'>;
  /** For what becomes known only later. */
  readonly dispatch: (event: Event) => void;
  /** A child may have ended. */
  readonly look: () => void;
}

/** Starts programs, and knows whose it is to wait for them. */
export class Starter {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /**
   * Starts a program.
   *
   * @param tell makes the event of it; null: it could not be started
   * @returns undefined where execa tells later why it could not be
   */
  start(program: Omit<Program, 'libc'>, tell: (pid: Pid | null, errno: number) => Event): Event | undefined {
    const { libc, dispatch } = this.parts;
    const started = startProgram({ ...program, libc });
    if (started.type === 'failing') {
      void started.errno.then((errno) => dispatch(tell(null, errno)));
      return undefined;
    }
    if (started.type === 'failed') return tell(null, started.errno);
    this.adopt(started);
    return tell(started.pid, 0);
  }

  /** What execa has started it waits for itself, and tells of its end. */
  private adopt(started: Running): void {
    if (started.type === 'own') return;
    const { children, look } = this.parts;
    children.own(started.pid);
    started.onEnd((status) => {
      children.disown(started.pid, status);
      look();
    });
  }

  /** A child of ours that Node waits for, and whose status is nobody's. */
  ownHelper(child: ChildProcess): void {
    const { children, look } = this.parts;
    if (child.pid === undefined) return;
    const pid = toPid(child.pid);
    children.own(pid);
    child.once('exit', () => {
      children.disown(pid, { type: 'exited', code: 0 });
      look();
    });
  }
}
