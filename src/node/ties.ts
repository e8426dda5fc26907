import { readFileSync } from 'node:fs';

/** How this process stands to its terminal. Zeros where there is no /proc. */
export interface Ties {
  readonly group: number;
  readonly session: number;
  /** The foreground process group of the terminal; -1 where there is none. */
  readonly foreground: number;
}

/** From proc_pid_stat(5), since Node has no getpgid(2), getsid(2) or tcgetpgrp(3) and the C library may not be at hand. */
export function readTies(): Ties {
  try {
    const line = readFileSync('/proc/self/stat', 'latin1');
    // state, ppid, pgrp, session, tty_nr and tpgid
    const [, , group = 0, session = 0, , foreground = 0] = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ', 6)
      .map(Number);
    return { group, session, foreground };
  } catch {
    return { group: 0, session: 0, foreground: 0 };
  }
}
