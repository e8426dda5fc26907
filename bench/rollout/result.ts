import { median } from '../row.ts';
import { type Failure, explain } from './explain.ts';
import type { Plan } from './options.ts';
import type { Run } from './rolling-update.ts';
import { type Score, score } from './score.ts';

/** Seconds that a bar of the picture stands for. */
export const BIN = 0.25;

/** What a run came to. Times are seconds from the beginning of the rolling update. */
export interface Result {
  readonly plan: Plan;
  readonly score: Score;
  readonly failures: readonly Failure[];
  readonly pods: readonly {
    readonly name: string;
    readonly stop: number;
    readonly end: number;
    readonly isKilled: boolean;
  }[];
  /** From the first new pod until the last old one is gone. */
  readonly length: number;
  /** Requests by when they were due: the first of `from`, `from + BIN`, … */
  readonly bins: readonly { readonly from: number; readonly answered: number; readonly failed: number }[];
  /** What the old pods wrote to standard error. */
  readonly said: readonly string[];
}

function fillBins({ outcomes, begin }: Run): Result['bins'] {
  const bins = Map.groupBy(outcomes, ({ due }) => Math.floor((due - begin) / 1_000 / BIN));
  return [...bins]
    .toSorted(([a], [b]) => a - b)
    .map(([index, members]) => {
      const failed = members.filter(({ failure }) => failure !== null).length;
      return { from: index * BIN, answered: members.length - failed, failed };
    });
}

export function conclude(plan: Plan, run: Run): Result {
  const seconds = (time: number | null): number => ((time ?? Number.NaN) - run.begin) / 1_000;
  return {
    plan,
    score: score(run.outcomes),
    failures: explain(run),
    pods: run.old.map(({ name, stop, end, isKilled }) => ({ name, stop: seconds(stop), end: seconds(end), isKilled })),
    length: seconds(run.end),
    bins: fillBins(run),
    said: run.said,
  };
}

/** The runs of one plan together. */
export interface Total {
  readonly plan: Plan;
  readonly requests: number;
  readonly failed: number;
  /** Of them, those that no pod has to do with. */
  readonly failedByBalancer: number;
  readonly transactions: number;
  readonly transactionsDone: number;
  /** Milliseconds; medians of the runs, and the longest of all. */
  readonly latency: Score['latency'];
  readonly kills: number;
  /** Seconds from the beginning of a pod's stop until it is gone: the median, and the longest. */
  readonly gone: { readonly median: number; readonly longest: number };
  /** The median. */
  readonly length: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function addUp(plan: Plan, results: readonly Result[]): Total {
  const scores = results.map((result) => result.score);
  const stops = results.flatMap(({ pods }) => pods.map(({ stop, end }) => end - stop));
  const latency = (name: 'p50' | 'p98' | 'p99'): number => median(scores.map((it) => it.latency[name]));
  return {
    plan,
    requests: sum(scores.map(({ requests }) => requests)),
    failed: sum(scores.map(({ failed }) => failed)),
    failedByBalancer: sum(results.map(({ failures }) => failures.filter(({ isOfBalancer }) => isOfBalancer).length)),
    transactions: sum(scores.map(({ transactions }) => transactions)),
    transactionsDone: sum(scores.map(({ transactionsDone }) => transactionsDone)),
    latency: {
      p50: latency('p50'),
      p98: latency('p98'),
      p99: latency('p99'),
      max: Math.max(...scores.map((it) => it.latency.max)),
    },
    kills: sum(results.map(({ pods }) => pods.filter(({ isKilled }) => isKilled).length)),
    gone: { median: median(stops), longest: Math.max(...stops) },
    length: median(results.map(({ length }) => length)),
  };
}
