import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { isatty } from 'node:tty';
import { type Pid, toPid } from '../core/ids.ts';
import { renderPrefixes } from '../report/render-prefixes.ts';
import { errnoOf } from './errno.ts';
import type { Libc } from './libc.ts';
import { RELAY_NAME, WORDS } from './relay.ts';
import { type Surroundings, leaveToUs } from './spawn.ts';

const { EAGAIN } = constants.errno;
const STDOUT = 1;

interface Pipe {
  readonly reading: number;
  readonly writing: number;
}

/** The relay is drainit once more: the packed file is all of the command, elsewhere the script follows Node. */
function commandOfRelay(): readonly string[] {
  const isPacked = process.getBuiltinModule('node:sea').isSea();
  return isPacked ? [] : [...process.execArgv, process.argv[1] ?? ''];
}

function startRelay(pipes: readonly Pipe[]): ChildProcess | number {
  const stdio = ['ignore', 'inherit', 'inherit', 'pipe', ...pipes.map(({ reading }) => reading)] as const;
  const env = { ...process.env, DRAINIT_HOST: 'node' };
  try {
    const child = spawn(process.execPath, commandOfRelay(), {
      argv0: RELAY_NAME,
      stdio: [...stdio],
      env,
      detached: true,
    });
    child.on('error', () => undefined);
    // Node tells the reason later; that there is no room for another process is the likeliest one.
    if (child.pid === undefined) return EAGAIN;
    leaveToUs(child);
    return child;
  } catch (error) {
    return errnoOf((error as NodeJS.ErrnoException).code) || EAGAIN;
  }
}

/** The pipes into which services write, and the process that puts their names before each line: see relay.ts. */
export class Outputs {
  /** Of that process. */
  readonly relay: Pid;
  private readonly words: Duplex;
  private readonly pipes: Pipe[];

  private constructor(relay: ChildProcess, pipes: Pipe[], onReady: (pid: Pid) => void) {
    this.relay = toPid(relay.pid ?? 0);
    this.words = relay.stdio[WORDS] as Duplex;
    this.pipes = pipes;
    let isReady = false;
    const ready = (): void => {
      if (!isReady) onReady(this.relay);
      isReady = true;
    };
    // Where it ends before it is ready, programs that write are to know: they are started as well.
    this.words
      .on('error', () => undefined)
      .once('data', ready)
      .once('close', ready);
  }

  /**
   * @param names of the services
   * @param onReady is given the pid of the process; what programs write gets its name from now on
   * @returns an errno where it cannot be had; nothing is left open then
   */
  static open(libc: Libc, names: readonly string[], onReady: (pid: Pid) => void): Outputs | number {
    const isColoured = isatty(STDOUT) && (process.env['NO_COLOR'] ?? '') === '';
    const prefixes = renderPrefixes(names, isColoured);
    const pipes: Pipe[] = [];
    const giveUp = (errno: number): number => {
      for (const { reading, writing } of pipes) [reading, writing].forEach((fd) => closeSync(fd));
      return errno;
    };
    for (const _ of prefixes) {
      const pipe = libc.makePipe();
      if (typeof pipe === 'number') return giveUp(pipe);
      pipes.push(pipe);
    }
    const relay = startRelay(pipes);
    if (typeof relay === 'number') return giveUp(relay);
    for (const { reading } of pipes) closeSync(reading);
    const outputs = new Outputs(relay, pipes, onReady);
    outputs.words.write(`${JSON.stringify(prefixes)}\n`);
    return outputs;
  }

  /** Where the program of a service writes. */
  placeOf(service: number): Pick<Surroundings, 'stdio'> {
    const input = this.pipes[service]?.writing;
    return input === undefined ? {} : { stdio: ['inherit', input, input] };
  }

  /** Its program has ended, and its last line with it. */
  endLine(service: number): void {
    this.words.write(`${service}\n`);
  }

  /** No program is started any more. Whoever takes over from our own code may say so once more. */
  close(): void {
    for (const { writing } of this.pipes.splice(0)) closeSync(writing);
    this.words.end();
  }
}
