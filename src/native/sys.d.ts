/**
 * The whole native surface: everything the TypeScript of this host can do to the world.
 * Implemented in `shim.c`; nothing else is reachable from the engine (no `std`, no `os`).
 *
 * Conventions
 * - Strings are **byte strings**: each char code 0–255 is one byte, in both directions, so that file names,
 *   arguments and messages that are not UTF-8 pass through unchanged.
 * - A failing call returns the negated errno (`-2` is ENOENT); it never throws. Only running out of memory throws.
 * - Times are milliseconds, as a number.
 */
declare namespace sys {
  /** The fields of proc_pid_stat(5) that drainit looks at. */
  type StatRow = readonly [
    name: string,
    state: string,
    parent: number,
    group: number,
    terminal: number,
    start: number,
    ignored: number,
    caught: number,
  ];

  /** The arguments as given, `argv[0]` included. */
  const argv: readonly string[];

  /** Runs another program of this binary, such as `decisions.ts`. */
  function load(program: 'decisions' | 'options' | 'texts' | 'services' | 'compose'): void;

  /** The environment, each variable as `NAME=value`: all, or those that start with `DRAINIT_`, `TINI_` or `DUMB_INIT_`. */
  function variables(all: boolean): string[];

  /**
   * Starts `argv[first]` and what follows it, with the bytes that drainit was given, found through PATH as execvp(3)
   * does. Returns after the exec: the pid, or the negated errno of the step that failed.
   *
   * The child, in this order: setpgid or setsid, tcsetpgrp, dispositions (SIGCHLD, SIGPIPE as inherited), LISTEN_PID
   * (rewritten where it equalled our pid), signal mask (as inherited), exec.
   *
   * @param group 0 stays in our process group, 1 gets its own, 2 gets a session of its own
   * @param terminal the descriptor of the terminal whose foreground group the child becomes; -1 for none
   */
  function spawn(first: number, group: 0 | 1 | 2, terminal: number): number;

  /**
   * Starts a program, as `spawn` does, in a process group of its own.
   *
   * @param environment `NAME=value` each; null: ours
   * @param folder where it starts; null: here
   * @param ids user, group and supplementary groups, of which there are 64 at most; null: ours
   * @param output where standard output and error go, see `startRelay`; -1: where ours do
   */
  function spawnProgram(
    words: readonly string[],
    environment: readonly string[] | null,
    folder: string | null,
    ids: readonly number[] | null,
    output: number,
  ): number;
  /**
   * Starts a process that puts a prefix before each line of output: programs that are started with `output` i write behind
   * the prefix i. The pid, or a negated errno.
   */
  function startRelay(prefixes: readonly string[]): number;
  /** The program behind the prefix i has ended, and its last line with it. */
  function endLine(output: number): void;
  /** That process ends when it has written all. */
  function endRelay(): void;
  /** isatty(3). */
  function isTerminal(fd: number): boolean;
  /** 0 where a program could be started by this name, or a negated errno. */
  function findProgram(name: string): number;

  /**
   * Waits for any child without blocking, until none is ready or 512 were taken. The first child that `spawn` started is the main child;
   * the shim keeps its status for its fallback.
   *
   * @param untraced also report children that a signal stopped
   * @returns pid, raw wait status, pid, raw wait status, …, and last 0 after ECHILD, 1 while children are left, 2 where
   * more of them may have ended already
   */
  function reap(untraced: boolean): number[];

  /** For the plain init, should it take over now. */
  function owe(signal: number): void;
  /** kill(2); a negative pid is a process group. */
  function kill(pid: number, signal: number): number;

  /** pidfd_open(2): a descriptor, or a negated errno. */
  function pidfdOpen(pid: number): number;
  /** pidfd_send_signal(2). */
  function pidfdSignal(pidfd: number, signal: number): number;
  function close(fd: number): number;

  /**
   * Waits until a signal is pending or the time has passed, and takes what is pending (at most 64). SIGCHLD only ends the
   * wait: what it tells, `reap` does.
   *
   * @param timeout in ms; 0 returns at once, -1 waits for ever
   * @param quiet reap children other than the main one meanwhile, and go on waiting
   * @param untraced as for `reap`
   * @returns signal, sender pid, signal, sender pid, …; empty after a timeout
   */
  function pollSignals(timeout: number, quiet: boolean, untraced: boolean): number[];

  /** prctl(2) with one argument. */
  function prctl(option: number, value: number): number;

  function getpid(): number;
  function getppid(): number;
  function getpgid(pid: number): number;
  function getsid(pid: number): number;
  /** The foreground process group of the terminal `fd`. */
  function tcgetpgrp(fd: number): number;
  function tcsetpgrp(fd: number, group: number): number;
  /** The session whose controlling terminal `fd` is. */
  function tcgetsid(fd: number): number;

  /** Up to `limit` bytes of a file. */
  function readFile(path: string, limit: number): string | number;
  function readLink(path: string): string | number;
  /** What proc_pid_stat(5) says of one process. */
  function readStat(pid: number): StatRow | number;
  /** The names in /proc that are numbers. */
  function listPids(): number[] | number;

  /**
   * Looks at all TCP sockets of our network namespace (proc_net_tcp(5)).
   *
   * @param ports whose clients are counted; null: of all ports that somebody listens on
   * @param ticks how far to look back for what has ended, 10 ms each
   * @returns what `Clients` and `OtherConnections` of the core have, an empty string for no address, and at last port,
   * inode, port, inode, … of the listening sockets; null where they are more than 512
   */
  function scanSockets(
    ports: readonly number[] | null,
    ticks: number,
  ):
    | readonly [
        connected: number,
        example: string,
        othersOpen: number,
        othersClosed: number,
        listening: number,
        listeners: readonly number[] | null,
      ]
    | number;
  /** The inodes of the sockets that a process has open; a negated errno also where they are more than 4,096. */
  function listSockets(pid: number): readonly number[] | number;

  /** Writes all of `text`, or as much as goes without blocking (poll(2) first); the count of bytes written. */
  function write(fd: number, text: string): number;

  /** Waits until something can be written without blocking, for `timeout` ms at most. */
  function waitToWrite(fd: number, timeout: number): number;

  /** clock_gettime(2): 1 is CLOCK_MONOTONIC, 7 is CLOCK_BOOTTIME. */
  function clock(id: number): number;

  /** The text of an errno, as strerror(3) has it. */
  function strerror(errno: number): string;

  function exit(status: number): never;
}
