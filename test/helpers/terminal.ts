import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type Stat, findBelow, statOf, terminalOf } from './process.ts';
import { type Subject, root } from './subjects.ts';
import { type Scene, World, program } from './world.ts';

/** What a terminal makes signals of. */
export const KEY = { interrupt: '\x03', suspend: '\x1a', quit: '\x1c' } as const;

const pty = path.join(root, 'build/test/pty');
const INTERACTIVE = ['bash', '--norc', '--noprofile', '-i'];

/** The options of a scene, and how what is started stands to the terminal. */
export type TerminalScene = Omit<Scene, 'run' | 'isPlain' | 'before' | 'hasInput'> & {
  /**
   * `init`: drainit is PID 1 on the terminal, as in `docker run -it`; `job`: an interactive shell has the terminal and is
   * told to run drainit.
   */
  readonly as: 'init' | 'job';
  /** The terminal goes away with our standard input: {@link World.closeInput}. */
  readonly hangsUp?: boolean;
  /** What drainit runs; by default an interactive bash. Of no meaning to `job`. */
  readonly run?: readonly string[];
};

/** A world on a terminal. */
export class TerminalWorld extends World {
  readonly #subject: Subject;

  constructor(subject: Subject, { as, run = INTERACTIVE, hangsUp = false, ...scene }: TerminalScene) {
    const env = { P: program, D: subject.command.join(' '), HISTFILE: '', TERM: 'xterm', ...subject.env, ...scene.env };
    const nothing: Subject = { name: 'no init', command: ['env'], isOurs: false };
    super(as === 'init' ? subject : nothing, {
      ...scene,
      env,
      run: as === 'init' ? run : INTERACTIVE,
      before: [pty, ...(as === 'init' ? ['--init'] : []), ...(hangsUp ? ['--hang-up'] : [])],
      isPlain: true,
      hasInput: true,
    });
    this.#subject = subject;
  }

  /** Types a line. `$P` is the test program and `$D` is drainit. */
  enter(line: string): void {
    this.write(`${line}\r`);
  }

  press(key: keyof typeof KEY): void {
    this.write(KEY[key]);
  }

  tryFind(...words: readonly string[]): number | undefined {
    return findBelow(this.init, ...words);
  }

  /** The pid of a process by the first words of its command line. */
  find(...words: readonly string[]): number {
    const pid = this.tryFind(...words);
    assert.ok(pid !== undefined, `no process '${words.join(' ')}'\n${this.describe()}`);
    return pid;
  }

  findProgram(name: string): number {
    return this.find(program, name);
  }

  findDrainit(): number {
    return this.find(...this.#subject.command);
  }

  async untilStat(pid: number, what: string, isTrue: (stat: Stat) => boolean): Promise<void> {
    await this.until(`${what}; it is ${JSON.stringify(statOf(pid))}`, () => isTrue(statOf(pid)));
  }

  /** stty(1) on the terminal, from outside. */
  stty(...words: readonly string[]): string {
    const terminal = terminalOf(findBelow(this.init) ?? 0);
    return execFileSync('stty', ['-F', terminal, ...words], { encoding: 'utf8' });
  }
}
