import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import type { Subject } from './subjects.ts';
import { staged } from './staged.ts';

/** Where the programs of test/fixtures are; it is on the PATH of scenes. */
const programs = staged('build/test');

/** The program of test/fixtures/program.c: `P NAME --drain 200` in the scripts of tests. */
export const program = path.join(programs, 'program');

/** Longer than anything a test waits for, so that a hang is a failure and not a lucky pass. */
const PATIENCE = 20_000;
const POLL = 10;

/** For a rhythm, and never in the hope that something will have happened. */
export const pause = async (milliseconds = POLL): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, milliseconds);
  return promise;
};

/** Waits until `isTrue`, looking again and again; fails with `what` and the state of things otherwise. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  describe: () => string = () => '',
  patience = PATIENCE,
): Promise<void> {
  for (const end = performance.now() + patience; performance.now() < end; await pause()) if (await isTrue()) return;
  throw new Error(`waited ${patience / 1_000} s in vain: ${what}\n${describe()}`);
}

/** A file that may be gone by now. */
export const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** The living children of a process, by the pids of our own namespace. */
export function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

export interface Scene {
  /** What is started: an argument list, or a script for {@link Scene.shell}. `P` in a script is the test program. */
  readonly run: string | readonly string[];
  /** Default bash; a list where the shell needs words of its own (`busybox sh`). */
  readonly shell?: string | readonly string[];
  /** Options of the init. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Words put in front of the init, inside the namespace: `['setpriv', '--reuid=65534']`. */
  readonly before?: readonly string[];
  /** Run without a PID namespace of its own: not as PID 1. */
  readonly isPlain?: boolean;
  readonly cwd?: string;
  /** Files that the scene needs in its folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** More options of unshare(1). */
  readonly unshare?: readonly string[];
  /** Standard input is what {@link World.write} writes, and not empty. */
  readonly hasInput?: boolean;
}

export interface End {
  /** Of the init: 128 + signal where a signal ended it. */
  readonly status: number;
  /** From the last signal (or the start) to the end, in seconds. */
  readonly seconds: number;
}

/** An init at work on a scene, as PID 1 of its own namespace. Everything in it is gone when the world is disposed of. */
export class World {
  readonly folder: string;
  #process: ChildProcess;
  #output = { stdout: '', stderr: '' };
  #since = performance.now();
  #end: Promise<End>;
  #isOver = false;
  #isRead = false;
  readonly #isPlain: boolean;

  constructor(subject: Subject, scene: Scene) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'drainit-test-'));
    this.#isPlain = scene.isPlain === true;
    this.#furnish(scene);
    const words = [...(scene.before ?? []), ...subject.command, ...(scene.options ?? []), ...this.#commandOf(scene)];
    // A session of its own is what container engines give to PID 1, and keeps `kill 0` in a script away from us.
    const namespace = [
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
      ...(scene.unshare ?? []),
      'setsid',
    ];
    const [file = '', ...args] = this.#isPlain ? words : [...namespace, ...words];
    this.#process = spawn(file, args, {
      stdio: [scene.hasInput === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      cwd: scene.cwd ?? this.folder,
      env: { ...process.env, PATH: `${programs}:${process.env['PATH']}`, LOG: this.log, ...subject.env, ...scene.env },
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.#output.stdout += chunk.toString('latin1')));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#output.stderr += chunk.toString('latin1')));
    // A scene that ends does not wait for what is still to be written to it.
    this.#process.stdin?.on('error', () => undefined);
    const { promise, resolve, reject } = Promise.withResolvers<End>();
    this.#process.on('error', reject);
    this.#process.on('exit', (code, signal) => {
      this.#isOver = true;
      const seconds = (performance.now() - this.#since) / 1_000;
      resolve({ status: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), seconds });
    });
    // What it wrote last may still be on its way at its exit.
    this.#process.on('close', () => (this.#isRead = true));
    this.#end = promise;
  }

  /** Other users than ours write to the log, and have their files here. */
  #furnish({ files = {} }: Scene): void {
    chmodSync(this.folder, 0o777);
    writeFileSync(this.log, '');
    chmodSync(this.log, 0o666);
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(this.folder, name), text);
  }

  #commandOf({ run, shell = 'bash' }: Scene): readonly string[] {
    if (typeof run !== 'string') return ['--', ...run];
    const file = path.join(this.folder, 'start');
    writeFileSync(file, run.replaceAll(/\bP\b/g, program), { mode: 0o755 });
    return ['--', ...(typeof shell === 'string' ? [shell] : shell), file];
  }

  /** The file that {@link lines} are read from; scripts find it as $LOG. */
  get log(): string {
    return path.join(this.folder, 'log');
  }

  /** What the programs of the scene have written to $LOG. */
  get lines(): readonly string[] {
    return this.readLines(this.log);
  }

  /** Who tells the programs is 1 in them, also where something is in front of it. */
  readLines(file: string): readonly string[] {
    return this.#asFromInit(read(file)).split('\n').filter(Boolean);
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  get stderr(): string {
    return this.#asFromInit(this.#output.stderr);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get hasStarted(): boolean {
    return this.#isPlain || childrenOf(this.#process.pid ?? 0).length > 0;
  }

  /** The init's pid in our own namespace. */
  get init(): number {
    const { pid = 0 } = this.#process;
    const found = this.#isPlain ? pid : childrenOf(pid)[0];
    if (found === undefined) throw new Error(`the init is not there\n${this.describe()}`);
    return found;
  }

  /** The process that is drainit, also where something is in front of it. */
  get drainit(): number {
    return this.#behind === '' ? this.init : (childrenOf(this.init)[0] ?? 0);
  }

  describe(): string {
    return `log:\n${this.lines.join('\n')}\nstdout:\n${this.stdout}\nstderr:\n${this.stderr}`;
  }

  /** How many lines of the log are, or start with, `text` and a space. */
  count(text: string): number {
    return this.lines.filter((line) => line === text || line.startsWith(`${text} `)).length;
  }

  /** Waits until each of the texts is a line of the log, or the start of one. */
  async has(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await until(
        `'${text}' in the log`,
        () => this.count(text) > 0,
        () => this.describe(),
      );
    }
  }

  async until(what: string, isTrue: () => boolean | Promise<boolean>, patience = PATIENCE): Promise<void> {
    await until(what, isTrue, () => this.describe(), patience);
  }

  /** Sends the init a signal, as the container engine does: from outside its namespace. */
  signal(signal: NodeJS.Signals | number): void {
    this.#since = performance.now();
    process.kill(this.init, signal);
  }

  /** The pid, inside, of the init that something is in front of: test/fixtures/in-front.cjs writes it down. */
  get #behind(): string {
    return read(`${this.log}.init`);
  }

  #asFromInit(text: string): string {
    const pid = this.#behind;
    return pid === '' ? text : text.replaceAll(new RegExp(`\\bfrom ${pid}\\b`, 'g'), 'from 1');
  }

  /** Writes to the standard input of the scene. */
  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  closeInput(): void {
    this.#process.stdin?.end();
  }

  /** Writes a line to the log, for the order of things. */
  mark(text: string): void {
    appendFileSync(this.log, `${text}\n`);
  }

  /** Waits for the end, and for all that was written until then. */
  async end(): Promise<End> {
    await this.until('the end of the init', () => this.#isOver && this.#isRead, PATIENCE + 10_000);
    return this.#end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) {
      // The kernel ends a PID namespace with its init; without one, what the init started has to be found.
      if (this.#isPlain) killTree(this.#process.pid ?? 0);
      else for (const pid of childrenOf(this.#process.pid ?? 0)) kill(pid);
      await until('the end after SIGKILL', () => this.#isOver);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function killTree(pid: number): void {
  for (const child of childrenOf(pid)) killTree(child);
  kill(pid);
}
