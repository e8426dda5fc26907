import { TERM } from '../signal.ts';
import { noSurvey } from '../state.ts';
import { survey } from '../survey.ts';
import { applyToContainer, stepContainer } from './container-turn.ts';
import { statusOfContainer } from './fate.ts';
import { hasBegun, hasCompleted, isAlive, isHealthy, isOver } from './life.ts';
import type { Dependency } from './service.ts';
import { stopService } from './service-turn.ts';
import type { StopReason } from './state.ts';
import type { Turn } from './turn.ts';

/** Starts what may start now, or tells what may stop now. */
export function advance(turn: Turn): void {
  turn.isNews = false;
  if (turn.stopping === null) startReady(turn);
  // Not else: what has just been looked at may have been the reason to stop.
  if (turn.stopping !== null) stopReady(turn, turn.stopping);
}

function startReady(turn: Turn): void {
  const ready: number[] = [];
  for (const [index, life] of turn.lives.entries()) {
    if (life.type !== 'waiting') continue;
    const states = turn.serviceAt(index).dependsOn.map((dependency) => judge(turn, dependency));
    const failed = states.indexOf('impossible');
    if (failed >= 0) {
      const on = turn.serviceAt(index).dependsOn[failed]?.on ?? index;
      turn.note(index, { type: 'dependencyFailed', on: turn.serviceAt(on).name });
      turn.beginStop({ type: 'dependency' });
      return;
    }
    if (states.every((state) => state === 'met')) ready.push(index);
  }
  if (ready.length > 0) start(turn, ready, () => 0);
}

export function start(turn: Turn, indices: readonly number[], restartsOf: (index: number) => number): void {
  for (const index of indices) turn.lives[index] = { type: 'starting', restarts: restartsOf(index) };
  turn.actions.push({ type: 'startServices', services: indices });
}

function judge(turn: Turn, { on, condition, isRequired }: Dependency): 'met' | 'open' | 'impossible' {
  const life = turn.lives[on];
  if (life === undefined) return 'impossible';
  const never = isRequired ? 'impossible' : 'met';
  switch (condition) {
    case 'started':
      return hasBegun(life) ? 'met' : 'open';
    case 'completed':
      if (hasCompleted(life)) return 'met';
      return isOver(life) ? never : 'open';
    case 'healthy':
      if (isHealthy(life)) return 'met';
      return isOver(life) || (life.type === 'running' && life.health?.status === 'unhealthy') ? never : 'open';
  }
}

function stopReady(turn: Turn, reason: StopReason): void {
  const signal = reason.type === 'signal' ? reason.signal : TERM;
  for (const [index, life] of turn.lives.entries()) {
    if (life.type !== 'running' || life.isStopping) continue;
    const dependents = turn.before.dependents[index] ?? [];
    const isNeeded = dependents.some((dependent) => {
      const other = turn.lives[dependent];
      return other !== undefined && isAlive(other);
    });
    if (!isNeeded) stopService(turn, index, signal);
  }
  if (!turn.isSweeping && turn.lives.every(isOver)) sweep(turn, reason);
}

/** No service is left. What is, has left its service: it is stopped as everything is that outlives a main program. */
function sweep(turn: Turn, reason: StopReason): void {
  if (turn.relay !== null) turn.actions.push({ type: 'closeOutputs' });
  const code = statusOfContainer(reason, turn.lives);
  const { self } = turn.before.setup.facts;
  turn.container = {
    ...turn.container,
    main: { pid: self, status: { type: 'exited', code }, role: 'program', isStopped: false, hasGroup: true },
    phase: { type: 'running' },
    survey: noSurvey,
    // It is not told, and ends by itself when all has been written; if nobody reads, it is a straggler.
    hookGroup: turn.relay,
  };
  if (turn.event.type === 'reaped' && turn.event.isLast) stepContainer(turn, { ...turn.event, ended: [] });
  else applyToContainer(turn, survey(turn.container, { type: 'stop', signal: TERM, cause: 'mainEnded' }));
}
