import type { Pid, Signal } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { ALRM, HUP, TERM, WINCH } from './signal.ts';

/**
 * The shells, with the signals that each catches for its own purposes, whether a script traps them or not: read off
 * SigCgt of scripts without a trap (bash 5.2, dash 0.5.12, busybox 1.35, zsh 5.9, mksh 59).
 */
const SHELLS = {
  bash: [],
  dash: [],
  sh: [],
  ash: [WINCH],
  hush: [],
  ksh: [WINCH],
  zsh: [HUP, ALRM, WINCH],
  mksh: [HUP, ALRM, TERM, WINCH],
} as const satisfies Record<string, readonly Signal[]>;

export type ShellName = keyof typeof SHELLS;

/**
 * They wait for one child and pass its status on, but on TERM they SIGKILL it 2 s later (su, runuser: util-linux
 * su-common.c; script) or keep the signal for themselves (unshare --fork blocks it).
 */
const LAUNCHERS: ReadonlySet<string> = new Set(['su', 'runuser', 'script', 'unshare']);

/**
 * npm and npx, which are scripts of Node: they wait for the shell that runs the script of package.json and pass its status
 * on. INT they pass on too, to a shell that then waits for a program which nobody tells.
 */
const NODE: ReadonlySet<string> = new Set(['node', 'nodejs']);
const NODE_LAUNCHERS: ReadonlySet<string> = new Set(['npm', 'npx', 'npm-cli.js', 'npx-cli.js']);

/** Many programs in one file, told apart by the name that they are called by. */
const MULTICALL: ReadonlySet<string> = new Set(['busybox', 'toybox']);

export type Program =
  | { readonly type: 'shell'; readonly name: ShellName }
  | { readonly type: 'launcher' }
  | { readonly type: 'other' };

const OTHER: Program = { type: 'other' };
const LAUNCHER: Program = { type: 'launcher' };

export const hasOwnHandler = (shell: ShellName, signal: Signal): boolean =>
  (SHELLS[shell] as readonly Signal[]).includes(signal);

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A login shell's first argument starts with a dash: login(1). */
const baseNameOfArgument = (argument: string | undefined): string => {
  const name = baseName(argument ?? '');
  return name.startsWith('-') ? name.slice(1) : name;
};

/** `bash5.2`, `ksh93`, `busybox.static` and `mksh-static` are the programs that they start with; `su-exec` is not `su`. */
const stripVariant = (name: string): string => {
  let end = name.length;
  if (name.endsWith('static') && (name[end - 7] === '-' || name[end - 7] === '.')) end -= 7;
  while (end > 1 && '0123456789.'.includes(name[end - 1] ?? '')) end -= 1;
  return name.slice(0, end);
};

const isShellName = (name: string): name is ShellName => Object.hasOwn(SHELLS, name);

const byName = (name: string): Program => {
  if (isShellName(name)) return { type: 'shell', name };
  return LAUNCHERS.has(name) ? LAUNCHER : OTHER;
};

/** npm gives itself the title `npm start`; before that its second argument is its own script. */
const isNodeLauncher = ([title = '', script = '']: readonly string[]): boolean =>
  title === 'npm' || title.startsWith('npm ') || NODE_LAUNCHERS.has(baseName(script));

/**
 * What a process is, by its executable; where that cannot be read (another user's process, without CAP_SYS_PTRACE:
 * Docker's default) by its first argument. Never by the name of a script, which is only an argument of its shell.
 *
 * @returns undefined while an answer is outstanding
 */
export function identifyProgram(inquiry: Inquiry, pid: Pid): Program | undefined {
  const executable = inquiry.ask('executable', pid);
  if (executable === undefined) return undefined;
  const name = executable === null ? '' : stripVariant(baseName(executable));
  if (executable !== null && !MULTICALL.has(name) && !NODE.has(name)) return byName(name);

  const args = inquiry.ask('arguments', pid);
  if (args === undefined) return undefined;
  if (args === null) return OTHER;
  if (NODE.has(name)) return isNodeLauncher(args) ? LAUNCHER : OTHER;
  const called = stripVariant(baseNameOfArgument(args[0]));
  const applet = byName(MULTICALL.has(called) ? baseNameOfArgument(args[1]) : called);
  // busybox calls its shell `sh`; what `sh` is elsewhere, its executable says.
  return executable !== null && applet.type === 'shell' && applet.name === 'sh'
    ? { type: 'shell', name: 'ash' }
    : applet;
}
