import type { Silence } from './balancer.ts';
import type { Life } from './pod.ts';
import type { Run } from './rolling-update.ts';
import type { Kind } from './score.ts';

/** A request that failed, and why. Times are seconds. */
export interface Failure {
  readonly number: number;
  readonly kind: Kind;
  readonly isTransaction: boolean;
  /** When it was due, from the beginning of the rolling update. */
  readonly due: number;
  /** From then until it failed. */
  readonly took: number;
  readonly pod: string | null;
  readonly phase: string;
  readonly reason: string;
  /** Lost by the balancer alone, whatever the pods do. */
  readonly isOfBalancer: boolean;
}

/** Where a pod was in its stop at a time: for a request, when the balancer had chosen the pod for it. */
export function phaseOf({ stop, end, removal }: Life, time: number): string {
  if (stop === null || time < stop) return 'serving';
  const isEndpoint = removal === null || time < removal;
  if (end !== null && time >= end) return isEndpoint ? 'gone, and still an endpoint' : 'gone';
  return isEndpoint ? 'stopping, and still an endpoint' : 'stopping, and no endpoint any more';
}

/** A request of which the balancer wrote nothing. */
function explainSilence(kind: Kind, silence: Silence): Silence {
  if (kind === 'closed without an answer' || kind === 'reset') return silence;
  const reason =
    kind === 'timed out' ? 'it got no connection to the balancer in its time' : 'the balancer wrote nothing';
  return { reason, isItsOwn: false };
}

export function explain(run: Pick<Run, 'outcomes' | 'troubles' | 'silence' | 'lives' | 'begin'>): readonly Failure[] {
  return run.outcomes.flatMap(({ number, failure, isTransaction, due, end }) => {
    if (failure === null) return [];
    const trouble = run.troubles.get(number);
    const life = run.lives.find(({ address }) => address === trouble?.address);
    const { reason, isItsOwn } =
      trouble === undefined ? explainSilence(failure, run.silence) : { ...trouble, isItsOwn: false };
    return [
      {
        number,
        kind: failure,
        isTransaction,
        due: (due - run.begin) / 1_000,
        took: (end - due) / 1_000,
        pod: life?.name ?? null,
        phase: life === undefined ? 'pod not known' : phaseOf(life, end - (trouble?.took ?? 0)),
        reason,
        isOfBalancer: isItsOwn,
      },
    ];
  });
}

/** One line for all that failed in the same way, with the first of them; the commonest first. */
export function summarize(failures: readonly Failure[]): readonly string[] {
  const groups = Map.groupBy(failures, ({ kind, reason, phase }) => `${kind}: ${reason} (${phase})`);
  return [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([text, members]) => {
      const [first] = members.toSorted((a, b) => a.due - b.due);
      const who = first?.pod === null ? '' : `, ${first?.pod}`;
      return `${members.length} × ${text}; the first: number ${first?.number}, due at ${first?.due.toFixed(2)} s${who}`;
    });
}
