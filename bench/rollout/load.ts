/** Requests at a constant rate. */
export interface Stream {
  readonly path: '/fast' | '/slow';
  /** Requests a second. */
  readonly rate: number;
  /** How many keep-alive connections they share; null: each has one of its own, which ends with it. */
  readonly connections: number | null;
}

const keepAlive: Stream = { path: '/fast', rate: 500, connections: 8 };
const short: Stream = { path: '/fast', rate: 500, connections: null };
/** Each takes a second, so that as many are under way at any time. */
const transactions: Stream = { path: '/slow', rate: 25, connections: null };

export const loads = ['mixed', 'keep-alive', 'short', 'transactions'] as const;
export type LoadName = (typeof loads)[number];

export const streamsOf: Readonly<Record<LoadName, readonly Stream[]>> = {
  mixed: [keepAlive, short, transactions],
  'keep-alive': [keepAlive],
  short: [short],
  transactions: [{ ...transactions, rate: 500 }],
};
