import type { Pid } from '../core/ids.ts';
import type { Libc } from './libc.ts';

/** The terminal that programs are given, if there is one; without the C library it cannot be handed over. */
export class Terminal {
  private readonly fd: number | null;
  private readonly libc: Libc | null;

  constructor(fd: number | null, libc: Libc | null) {
    this.fd = fd;
    this.libc = libc;
  }

  get isThere(): boolean {
    return this.fd !== null;
  }

  /** Whether our process group is its foreground group. */
  get isForeground(): boolean {
    return this.fd !== null && this.libc !== null && this.libc.tcgetpgrp(this.fd) === this.libc.getpgid(0);
  }

  /** Makes that its foreground group. */
  give(group: Pid): void {
    if (this.fd !== null) this.libc?.tcsetpgrp(this.fd, group);
  }

  /** Makes ours its foreground group, where that one is it. */
  take(group: Pid): void {
    if (this.fd !== null && this.libc?.tcgetpgrp(this.fd) === group) this.libc.tcsetpgrp(this.fd, this.libc.getpgid(0));
  }
}
