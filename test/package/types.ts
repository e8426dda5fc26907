/**
 * What the types of the library allow, and what not. Nothing here runs: the compiler checks it, in the repository and, by
 * `package.test.ts`, beside the installed package.
 */
import {
  type Ending,
  type Outcome,
  type DrainableOptions,
  type SuperviseEvent,
  type SuperviseOptions,
  type Supervised,
  supervise,
} from '../../src/library/index.ts';

export const allowed: readonly SuperviseOptions[] = [
  {},
  { singleChild: true, rewrite: { TERM: 'QUIT', SIGHUP: null, USR1: 12 } },
  { drain: '10s', drainSignal: 'SIGUSR2', preStop: 'sleep 1', preStopTimeout: '500ms' },
  { drain: '5s..20s', grace: 'none', remapExit: [143, 130] },
  { grace: '1m30s', drain: '500ms..1m30s' },
  { grace: '1.5m', remapExit: 143, drainSignal: 'RTMIN+3', report: true },
  { drainSignal: '10', rewrite: { '15': 'QUIT', 'RTMIN+3': 'TERM' }, signals: [15, 'USR1'] },
  { signals: true, abortSignal: AbortSignal.timeout(1_000) },
  { signals: ['TERM', 'SIGUSR2'], cwd: '/', env: { A: 'b', C: undefined }, stdio: 'ignore' },
  { stdio: ['ignore', 'pipe', 'inherit'] },
];

export const refused: readonly SuperviseOptions[] = [
  // @ts-expect-error -- of seconds or of milliseconds?
  { grace: 25 },
  // @ts-expect-error -- no unit
  { drain: '10' },
  // @ts-expect-error -- there is no such signal
  { drainSignal: 'TREM' },
  // @ts-expect-error -- there is no such signal
  { rewrite: { TREM: 'QUIT' } },
  // @ts-expect-error -- Node does not catch real-time signals
  { signals: ['RTMIN'] },
  // @ts-expect-error -- a slip
  { gracee: '1s' },
  // @ts-expect-error -- two of three
  { stdio: ['pipe', 'pipe'] },
  // @ts-expect-error -- a list
  { signals: 'TERM' },
  // @ts-expect-error -- as on the command line
  { rewrite: 'TERM:QUIT' },
  // @ts-expect-error -- variables are texts
  { env: { PORT: 80 } },
  // @ts-expect-error -- words are for the command
  { preStop: ['sleep', '1'] },
];

export function listen(supervised: Supervised): void {
  supervised
    .on('told', ({ pid, name, signal }) => [pid.toFixed(), name.trim(), signal.trim()])
    .on('killed', ({ reason }) => reason === 'grace' || reason === 'straggler')
    // @ts-expect-error -- a signal has no reason
    .on('told', ({ reason }) => reason);
  supervised.once('mainEnded', ({ ending }) => describe(ending));
}

export const describe = (ending: Ending): string =>
  ending.type === 'exited' ? `exited with ${ending.code.toFixed()}` : `ended by ${ending.signal.trim()}`;

export function count(event: SuperviseEvent): number {
  if (event.type === 'waiting') return event.count;
  // @ts-expect-error -- only some events have one
  return event.count;
}

export async function use(): Promise<number> {
  const { pid, stdin, outcome } = supervise('node app.js', { grace: '25s' });
  stdin?.end();
  const { exitStatus, main, orphans }: Outcome = await outcome;
  return exitStatus + (main?.type === 'exited' ? main.code : 0) + orphans.length + (pid ?? 0);
}

export const drainableAllowed: readonly DrainableOptions[] = [
  {},
  { drainSignal: null, stopSignals: ['SIGTERM', 'SIGQUIT'], timeout: Infinity },
];

export const drainableRefused: readonly DrainableOptions[] = [
  // @ts-expect-error -- Node has them with SIG
  { drainSignal: 'USR2' },
  // @ts-expect-error -- milliseconds
  { timeout: '5s' },
];
