/** How a request failed, as its client sees it. */
export type Kind =
  | '502'
  | '503'
  | '504'
  | 'another status'
  | 'reset'
  | 'closed without an answer'
  | 'cut off in the answer'
  | 'refused'
  | 'timed out'
  | 'another error';

/** What became of a request. Times are milliseconds, of the clock of {@link now}. */
export interface Outcome {
  readonly number: number;
  readonly isTransaction: boolean;
  /** When it was to be sent, whether or not it could be. */
  readonly due: number;
  readonly end: number;
  /** Null: it was answered with 200. */
  readonly failure: Kind | null;
}

/** How long the clients wait, in milliseconds. A request that failed counts as one that took so long. */
export const PATIENCE = 10_000;

/** Milliseconds since the epoch, with fractions; the same in each thread. */
export const now = (): number => performance.timeOrigin + performance.now();

/** The share is a number from 0 to 1; by the nearest rank. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Score {
  readonly requests: number;
  readonly failed: number;
  readonly kinds: Readonly<Partial<Record<Kind, number>>>;
  readonly transactions: number;
  readonly transactionsDone: number;
  /** Of all requests but the transactions, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p98: number; readonly p99: number; readonly max: number };
}

const timeOf = ({ failure, due, end }: Outcome): number => (failure === null ? end - due : PATIENCE);

export function score(outcomes: readonly Outcome[]): Score {
  const kinds: Partial<Record<Kind, number>> = {};
  for (const { failure } of outcomes) if (failure !== null) kinds[failure] = (kinds[failure] ?? 0) + 1;
  const transactions = outcomes.filter(({ isTransaction }) => isTransaction);
  const times = outcomes
    .filter(({ isTransaction }) => !isTransaction)
    .map(timeOf)
    .toSorted((a, b) => a - b);
  return {
    requests: outcomes.length,
    failed: outcomes.filter(({ failure }) => failure !== null).length,
    kinds,
    transactions: transactions.length,
    transactionsDone: transactions.filter(({ failure }) => failure === null).length,
    latency: {
      p50: percentile(times, 0.5),
      p98: percentile(times, 0.98),
      p99: percentile(times, 0.99),
      max: percentile(times, 1),
    },
  };
}

const statusKinds: Readonly<Record<number, Kind>> = { 502: '502', 503: '503', 504: '504' };

export const kindOfStatus = (status: number): Kind | null =>
  status === 200 ? null : (statusKinds[status] ?? 'another status');

const errorKinds: Readonly<Record<string, Kind>> = {
  ECONNREFUSED: 'refused',
  EPIPE: 'reset',
  ETIMEDOUT: 'timed out',
  ABORT_ERR: 'timed out',
};

/** @param hasBegun whether the head of an answer had come */
export function kindOfError(error: NodeJS.ErrnoException, hasBegun: boolean): Kind {
  if (error.code === 'ECONNRESET') {
    if (hasBegun) return 'cut off in the answer';
    // What node:http says where the connection ended in good order.
    return error.message === 'socket hang up' ? 'closed without an answer' : 'reset';
  }
  return errorKinds[error.code ?? ''] ?? 'another error';
}
