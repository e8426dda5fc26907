import { layOut } from '../table.ts';
import { summarize } from './explain.ts';
import { type Plan, isSameCase } from './options.ts';
import { type Result, type Total, addUp } from './result.ts';

/** Where all requests are transactions there is no latency. */
function round(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** The columns of a plan, where the plans differ. */
const planColumns: readonly (readonly [string, (plan: Plan) => string | number])[] = [
  ['balancer', ({ balancer }) => balancer],
  ['load', ({ load }) => load],
  ['pods', ({ replicas }) => replicas],
  ['lag, s', ({ lag }) => lag],
];

const columns: readonly (readonly [string, (it: Total) => string | number])[] = [
  ['requests', ({ requests }) => requests],
  [
    'failed',
    ({ failed, failedByBalancer }) =>
      failedByBalancer === 0 ? failed : `${failed} (${failedByBalancer} by the balancer)`,
  ],
  ['transactions', ({ transactions: sent, transactionsDone }) => (sent === 0 ? '–' : `${transactionsDone} of ${sent}`)],
  ['p50, ms', ({ latency }) => round(latency.p50)],
  ['p98', ({ latency }) => round(latency.p98)],
  ['p99', ({ latency }) => round(latency.p99)],
  ['max', ({ latency }) => round(latency.max)],
  ['SIGKILLs', ({ kills }) => kills],
  ['pod gone, s', ({ gone }) => round(gone.median)],
  ['longest', ({ gone }) => round(gone.longest)],
  ['rollout, s', ({ length }) => round(length)],
];

const totalsOf = (results: readonly Result[]): readonly Total[] =>
  [...Map.groupBy(results, ({ plan }) => plan)].map(([plan, members]) => addUp(plan, members));

const describeCase = ({ balancer, load, replicas, lag }: Plan): string =>
  `${balancer}, ${load} load, ${replicas} pods, ${lag} s of lag`;

/** A Markdown table with a line for each plan. */
export function renderTotals(results: readonly Result[]): string {
  const totals = totalsOf(results);
  const varying = planColumns.filter(([, read]) => new Set(totals.map(({ plan }) => read(plan))).size > 1);
  const head = ['PID 1', ...[...varying, ...columns].map(([name]) => name)];
  const body = totals.map((it) => [
    it.plan.subject.name,
    ...varying.map(([, read]) => String(read(it.plan))),
    ...columns.map(([, read]) => String(read(it))),
  ]);
  return layOut(head, body, (column) => column > 0);
}

/** What failed in a run, by its reasons. */
export const renderRun = ({ plan, score, failures, length }: Result): string =>
  [
    `${plan.subject.name}, ${describeCase(plan)}: ${score.failed} of ${score.requests} failed, rolled out in ${length.toFixed(1)} s`,
    ...summarize(failures).map((line) => `  ${line}`),
  ].join('\n');

const isOurs = ({ subject }: Plan): boolean => subject.name.startsWith('drainit');

/** Whether the drain, 20 s at most, lasts longer than the balancer's lag. */
const isCovered = ({ lag }: Plan): boolean => lag < 20;

/** Each target with what was measured for it. */
export function renderTargets(results: readonly Result[]): readonly string[] {
  const totals = totalsOf(results);
  const own = totals.filter(({ plan }) => isOurs(plan) && isCovered(plan));
  const byBalancer = own.reduce((sum, it) => sum + it.failedByBalancer, 0);
  const failed = own.reduce((sum, it) => sum + it.failed, 0) - byBalancer;
  const more = byBalancer === 0 ? '' : `; the balancer itself lost ${byBalancer} more`;
  const requests = own.reduce((sum, it) => sum + it.requests, 0);
  const lines =
    own.length === 0
      ? []
      : [`drainit: ${failed} of ${requests} failed (target: 0): ${failed === 0 ? 'met' : 'NOT MET'}${more}`];
  for (const slow of totals.filter(({ plan }) => plan.subject.name === 'preStop' && plan.lag === 2)) {
    const fast = totals.find(({ plan }) => plan.subject.name === 'drainit adaptive' && isSameCase(plan, slow.plan));
    if (fast === undefined) continue;
    const [gone, length] = [slow.gone.median / fast.gone.median, slow.length / fast.length];
    const isMet = gone >= 2 && length >= 2;
    lines.push(
      `drainit adaptive beside a sleep of 20 s, ${describeCase(slow.plan)}: a pod is gone ${gone.toFixed(1)} times as fast, the rollout ${length.toFixed(1)} times (target: 2): ${isMet ? 'met' : 'NOT MET'}`,
    );
  }
  return lines;
}
