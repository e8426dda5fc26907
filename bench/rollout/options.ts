import { parseArgs } from 'node:util';
import { BuildError } from '../../scripts/run.ts';
import { type LoadName, loads } from './load.ts';
import { type Subject, choose, names } from './subjects.ts';

export const balancers = ['haproxy', 'nginx'] as const;
export type BalancerName = (typeof balancers)[number];

/** One rolling update under load. */
export interface Plan {
  readonly subject: Subject;
  /** Seconds from the stop of a pod until the balancer no longer has it, and from its readiness until it has it. */
  readonly lag: number;
  readonly replicas: number;
  readonly balancer: BalancerName;
  readonly load: LoadName;
  /** At least so many are sent. */
  readonly requests: number;
  /** Seconds between two readiness probes of a pod that is ready. */
  readonly probePeriod: number;
}

/** Whether they differ in nothing but the init. */
export const isSameCase = (a: Plan, b: Plan): boolean =>
  a.lag === b.lag && a.balancer === b.balancer && a.replicas === b.replicas && a.load === b.load;

export interface Options {
  readonly plans: readonly Plan[];
  readonly runs: number;
  /** Where the picture of the first run goes. */
  readonly picture: string | null;
  /** Where everything that was measured goes. */
  readonly json: string | null;
}

const DEFAULT_LAG = 2;
const DEFAULT_REPLICAS = 3;
/** The adaptive drain alone is measured at these by default as well. */
const OTHER_LAGS = [0, 0.5, 5, 10];

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

function readNumber(option: string, word: string, { least, most, isWhole }: Range): number {
  const value = word.trim() === '' ? Number.NaN : Number(word);
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  throw new BuildError(`--${option}: '${word}' is no ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
}

function readName<T extends string>(option: string, word: string, all: readonly T[]): T {
  const found = all.find((name) => name === word);
  if (found !== undefined) return found;
  throw new BuildError(`--${option}: '${word}' is none of ${all.join(', ')}`);
}

function readSubjects(words: readonly string[]): readonly Subject[] {
  for (const word of words) {
    if (choose([word]).length === 0) throw new BuildError(`--only: '${word}' is none of drainit, ${names.join(', ')}`);
  }
  return choose(words);
}

const definitions = {
  lag: { type: 'string' },
  replicas: { type: 'string' },
  balancer: { type: 'string' },
  load: { type: 'string' },
  only: { type: 'string' },
  runs: { type: 'string' },
  requests: { type: 'string' },
  'probe-period': { type: 'string' },
  picture: { type: 'string' },
  json: { type: 'string' },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definitions }).values;
  } catch (error) {
    throw new BuildError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Takes the command line apart.
 *
 * @throws BuildError with one line for the first thing that is wrong
 */
export function readOptions(args: readonly string[]): Options {
  const given = parse(args);
  const list = (text: string | undefined, otherwise: string): readonly string[] => (text ?? otherwise).split(',');
  const lagRange = { least: 0, most: 60, isWhole: false };
  const lags = list(given.lag, String(DEFAULT_LAG)).map((word) => readNumber('lag', word, lagRange));
  const replicas = list(given.replicas, String(DEFAULT_REPLICAS)).map((word) =>
    readNumber('replicas', word, { least: 1, most: 20, isWhole: true }),
  );
  const chosenBalancers = list(given.balancer, 'haproxy').map((word) => readName('balancer', word, balancers));
  const chosenLoads = list(given.load, 'mixed').map((word) => readName('load', word, loads));
  const subjects = given.only === undefined ? choose(names) : readSubjects(given.only.split(','));
  const requests = readNumber('requests', given.requests ?? '30000', { least: 1, most: 1_000_000, isWhole: true });
  const period = { least: 0.1, most: 60, isWhole: false };
  const probePeriod = readNumber('probe-period', given['probe-period'] ?? '5', period);
  const plan = (subject: Subject, lag: number): readonly Plan[] =>
    replicas.flatMap((count) =>
      chosenBalancers.flatMap((balancer) =>
        chosenLoads.map((load) => ({ subject, lag, replicas: count, balancer, load, requests, probePeriod })),
      ),
    );
  const plans = lags.flatMap((lag) => subjects.flatMap((subject) => plan(subject, lag)));
  const isDefault = given.lag === undefined && given.only === undefined;
  const more = isDefault
    ? OTHER_LAGS.flatMap((lag) => choose(['drainit adaptive']).flatMap((it) => plan(it, lag)))
    : [];
  return {
    plans: [...plans, ...more],
    runs: readNumber('runs', given.runs ?? '1', { least: 1, most: 100, isWhole: true }),
    picture: given.picture ?? null,
    json: given.json ?? null,
  };
}
