import type { Init } from './inits.ts';

/** At most so much, or so many times what another one needs. */
export type Budget =
  | { readonly type: 'ratio'; readonly limit: number; readonly against: string }
  | { readonly type: 'absolute'; readonly limit: number };

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly budget: Budget | null;
  /** By the name of the init; also what is no init, such as a bare C loop. */
  readonly values: ReadonlyMap<string, number>;
}

export interface Measure {
  /** For `--only`. */
  readonly name: string;
  readonly measure: (inits: readonly Init[]) => Promise<readonly Row[]>;
}

export const atMost = (limit: number, against: string): Budget => ({ type: 'ratio', limit, against });

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}

/**
 * Measures in turn, A B C A B C …, so that a slow moment of the machine is everybody's.
 *
 * @returns the medians, by name
 */
export async function takeTurns<T extends { readonly name: string }>(
  rounds: number,
  all: readonly T[],
  measure: (one: T) => Promise<readonly number[]>,
): Promise<readonly ReadonlyMap<string, number>[]> {
  const taken = new Map<string, (readonly number[])[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const one of all) taken.get(one.name)?.push(await measure(one));
  }
  const width = taken.values().next().value?.[0]?.length ?? 0;
  return Array.from({ length: width }, (_, column) => {
    const medians = [...taken].map(([name, rows]) => [name, median(rows.map((row) => row[column] ?? NaN))] as const);
    return new Map(medians);
  });
}

/**
 * How a row stands to its budget; null where what it is compared with was not measured.
 *
 * @param name what the budget is for
 */
export function judge(
  { budget, values }: Row,
  name = 'drainit',
): { readonly ratio: number | null; readonly isMet: boolean | null } {
  const own = values.get(name) ?? NaN;
  if (budget === null) return { ratio: null, isMet: null };
  if (budget.type === 'absolute') return { ratio: null, isMet: own <= budget.limit };
  const other = values.get(budget.against);
  if (other === undefined) return { ratio: null, isMet: null };
  return { ratio: own / other, isMet: own <= budget.limit * other };
}
