import type { Pid } from './ids.ts';
import type { SignalSets } from './disposition.ts';

/**
 * What can be asked of one process beyond its row in the table. Each costs the host one or two system calls, so the core
 * asks for what a rule needs and no more; null is the answer where the kernel refuses or the process has gone.
 */
export interface Facets {
  /** /proc/PID/exe, without a trailing ` (deleted)`. */
  readonly executable: string | null;
  /** The first two arguments of /proc/PID/cmdline. */
  readonly arguments: readonly string[] | null;
  /** The signal sets of /proc/PID/status. */
  readonly signals: SignalSets | null;
  /** /proc/PID/fd/0, such as `pipe:[1234]`. */
  readonly input: string | null;
  /** /proc/PID/fd/1 and 2. */
  readonly outputs: readonly string[] | null;
}

export type Facet = keyof Facets;

export interface Query {
  readonly pid: Pid;
  readonly facet: Facet;
}

export type Finding = {
  [F in Facet]: { readonly pid: Pid; readonly facet: F; readonly value: Facets[F] };
}[Facet];

export type Findings = { readonly [F in Facet]: ReadonlyMap<Pid, Facets[F]> };

export const noFindings: Findings = {
  executable: new Map(),
  arguments: new Map(),
  signals: new Map(),
  input: new Map(),
  outputs: new Map(),
};

export function addFindings(known: Findings, found: readonly Finding[]): Findings {
  const next = {
    executable: new Map(known.executable),
    arguments: new Map(known.arguments),
    signals: new Map(known.signals),
    input: new Map(known.input),
    outputs: new Map(known.outputs),
  };
  // The switch looks needless; it is what lets the compiler see that each value goes into its own map.
  for (const finding of found) {
    switch (finding.facet) {
      case 'executable':
        next.executable.set(finding.pid, finding.value);
        break;
      case 'arguments':
        next.arguments.set(finding.pid, finding.value);
        break;
      case 'signals':
        next.signals.set(finding.pid, finding.value);
        break;
      case 'input':
        next.input.set(finding.pid, finding.value);
        break;
      case 'outputs':
        next.outputs.set(finding.pid, finding.value);
        break;
    }
  }
  return next;
}

/**
 * A rule asks; what is not known yet is written down as a query, and the rule runs again when the answers are there.
 * So rules read as if everything were known, and stay pure.
 */
export class Inquiry {
  readonly queries: Query[] = [];
  private readonly findings: Findings;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  /** undefined: not known yet, and now among the queries. */
  ask<F extends Facet>(facet: F, pid: Pid): Facets[F] | undefined {
    const answers: ReadonlyMap<Pid, Facets[F]> = this.findings[facet];
    const answer = answers.get(pid);
    if (answer === undefined) this.queries.push({ pid, facet });
    return answer;
  }

  get isComplete(): boolean {
    return this.queries.length === 0;
  }
}
