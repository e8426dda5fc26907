/**
 * The C library, as far as Node has no API for what an init needs, through `node:ffi` (Node 26): no native add-on, no
 * compiler. Where it is missing (an older Node, `--no-experimental-ffi`, `--permission`) drainit works without, and says
 * once what that costs.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { Calls } from './calls.ts';
import type { Name, Value } from './ffi.ts';
import { type Group, SIGSET_SIZE, spawnByPosix } from './posix-spawn.ts';
import { watchSignals } from './watch-signals.ts';

/** Linux, all architectures: waitid(2), prctl(2), fcntl(2), poll(2). */
const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
const CLD_EXITED = 1;
const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const PR_GET_CHILD_SUBREAPER = 37;
const F_SETFD = 2;
const O_CLOEXEC = 0x8_0000;
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;
const POLLOUT = 4;
const MADV_DONTNEED = 4;

const { EPERM, EACCES, EINVAL, ENOSYS } = constants.errno;
const REFUSALS: ReadonlySet<number> = new Set([EPERM, EACCES, EINVAL, ENOSYS]);

/** A set of one signal, as sigset_t. */
function setOf(signal: number): Buffer {
  const set = Buffer.alloc(SIGSET_SIZE);
  set[(signal - 1) >> 3] = 1 << ((signal - 1) & 7);
  return set;
}

export class Libc extends Calls {
  /** libuv has pointers to them: they must not be collected. */
  private readonly handles: Buffer[] = [];
  private readonly info = Buffer.alloc(SIGSET_SIZE);
  private readonly status = Buffer.alloc(4);
  private readonly pollfd = Buffer.alloc(8);

  /** Whether it can be asked for children: where a seccomp profile refuses that, it would seem that there are none. */
  canWait(): boolean {
    return this.attempt('waitid', ...this.anyEnded()) || !REFUSALS.has(this.errno);
  }

  private anyEnded(): readonly Value[] {
    this.info.fill(0);
    return [P_ALL, 0, this.info, WEXITED | WNOHANG | WNOWAIT];
  }

  /** A child that has ended and is not waited for yet, without waiting for it; 0: none yet; -1: there are no children. */
  peekEnded(): number {
    const result = this.call('waitid', ...this.anyEnded());
    // si_pid of siginfo_t: three ints, then the union, aligned to 8.
    return result === 0 ? this.info.readInt32LE(16) : -1;
  }

  /** Waits for one child that has ended: its status as waitpid(2) stores it, or undefined. */
  reap(pid: number): number | undefined {
    return this.call('waitpid', pid, this.status, WNOHANG) === pid ? this.status.readInt32LE(0) : undefined;
  }

  /** The status of one child that has ended, as {@link reap} has it, and leaves it to whoever waits for it. */
  peek(pid: number): number | undefined {
    this.info.fill(0);
    const result = this.call('waitid', P_PID, pid, this.info, WEXITED | WNOHANG | WNOWAIT);
    if (result !== 0 || this.info.readInt32LE(16) !== pid) return undefined;
    const status = this.info.readInt32LE(24);
    // si_code of siginfo_t.
    return this.info.readInt32LE(8) === CLD_EXITED ? status << 8 : status;
  }

  /** The signal that stopped a child since this was last asked; undefined: none. */
  takeStop(pid: number): number | undefined {
    this.info.fill(0);
    const result = this.call('waitid', P_PID, pid, this.info, WSTOPPED | WNOHANG);
    // si_status follows si_pid and si_uid.
    return result === 0 && this.info.readInt32LE(16) === pid ? this.info.readInt32LE(24) : undefined;
  }

  /** Ends this process at once: there is nothing to close or to flush, and Node takes a millisecond for it. */
  exit(status: number): void {
    this.call('_exit', status);
  }

  becomeSubreaper(): boolean {
    return this.attempt('prctl', PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n);
  }

  isSubreaper(): boolean {
    this.status.fill(0);
    const result = this.call('prctl', PR_GET_CHILD_SUBREAPER, this.ffi.getRawPointer(this.status), 0n, 0n, 0n);
    return result === 0 && this.status.readInt32LE(0) === 1;
  }

  ceaseSubreaper(): void {
    this.call('prctl', PR_SET_CHILD_SUBREAPER, 0n, 0n, 0n, 0n);
  }

  setParentDeathSignal(signal: number): boolean {
    return this.attempt('prctl', PR_SET_PDEATHSIG, BigInt(signal), 0n, 0n, 0n);
  }

  /** A pipe that programs do not inherit (pipe2(2)), or an errno: there are no descriptors left. */
  makePipe(): { readonly reading: number; readonly writing: number } | number {
    const ends = Buffer.alloc(8);
    if (!this.attempt('pipe2', ends, O_CLOEXEC)) return this.errno;
    return { reading: ends.readInt32LE(0), writing: ends.readInt32LE(4) };
  }

  /** Lets children have the descriptor: Node has set FD_CLOEXEC on all that it was given. */
  keepOnExec(fd: number): void {
    this.call('fcntl', fd, F_SETFD, 0);
  }

  /**
   * Signals the process that has the pid if it is the one that is meant, which cannot be another by then.
   *
   * @returns whether it went; not before glibc 2.36 or Linux 5.3, or where a seccomp profile refuses pidfds
   */
  signalByPidfd(pid: number, signal: number, isMeant: () => boolean): boolean {
    const pidfd = this.call('pidfd_open', pid, 0);
    if (pidfd < 0) return false;
    try {
      return isMeant() && this.call('pidfd_send_signal', pidfd, signal, null, 0) === 0;
    } finally {
      closeSync(pidfd);
    }
  }

  /** Whether a write of up to PIPE_BUF bytes would not wait, in `timeout` ms at the latest (poll(2)). */
  isWritable(fd: number, timeout: number): boolean {
    this.pollfd.writeInt32LE(fd, 0);
    this.pollfd.writeInt16LE(POLLOUT, 4);
    this.pollfd.writeInt16LE(0, 6);
    return this.call('poll', this.pollfd, 1n, Math.ceil(timeout)) > 0;
  }

  unblock(signal: number): void {
    this.call('pthread_sigmask', SIG_UNBLOCK, setOf(signal), null);
  }

  getpgid(pid: number): number {
    return this.call('getpgid', pid);
  }

  getsid(pid: number): number {
    return this.call('getsid', pid);
  }

  tcgetsid(fd: number): number {
    return this.call('tcgetsid', fd);
  }

  tcgetpgrp(fd: number): number {
    return this.call('tcgetpgrp', fd);
  }

  /** Also from the background, where TTOU would come of it unless it is blocked: tcsetpgrp(3). */
  tcsetpgrp(fd: number, group: number): void {
    this.call('pthread_sigmask', SIG_BLOCK, setOf(constants.signals.SIGTTOU), null);
    this.call('tcsetpgrp', fd, group);
    this.unblock(constants.signals.SIGTTOU);
  }

  /**
   * posix_spawnp(3); a process group of its own is made the foreground group of the terminal before the exec.
   *
   * @returns the pid, or a negated errno
   */
  spawn(words: readonly string[], env: NodeJS.ProcessEnv, group: Group, terminal: number | null): number {
    const { pid, isGivenLate } = spawnByPosix(
      this.ffi,
      (name, ...args) => this.call(name, ...args),
      words,
      env,
      group,
      terminal,
    );
    if (pid > 0 && isGivenLate && terminal !== null) this.tcsetpgrp(terminal, pid);
    return pid;
  }

  /** Gives back what was freed. */
  trimHeap(): void {
    this.call('malloc_trim', 0n);
  }

  /** Lets go of pages, which come back as the file has them: only for a mapping that nobody has written to. */
  dropPages(start: bigint, length: bigint): void {
    this.call('madvise', start, length, MADV_DONTNEED);
  }

  /** {@link watchSignals}, for as long as this process runs. */
  watchSignals(signals: readonly number[], isOnce: boolean, callback: (signal: number) => void): void {
    const call = (name: Name, ...args: readonly Value[]): number => this.call(name, ...args);
    this.handles.push(...watchSignals({ ffi: this.ffi, library: this.library, call }, signals, isOnce, callback));
  }
}
