import type { HealthCheck } from './service.ts';
import type { Pid } from '../ids.ts';
import { endProbe as judgeProbe, probeStarted } from './health.ts';
import { KILL } from '../signal.ts';
import type { Turn } from './turn.ts';

export function onProbeStarted(turn: Turn, index: number, pid: Pid): void {
  const life = turn.running(index);
  if (life === null || life.health === null) return;
  turn.lives[index] = { ...life, health: probeStarted(life.health, pid) };
}

export function endProbe(turn: Turn, index: number, isSuccess: boolean): void {
  const life = turn.running(index);
  const check: HealthCheck | null = turn.serviceAt(index).healthCheck;
  if (life === null || life.health === null || check === null) return;
  const health = judgeProbe(life.health, check, isSuccess, life.since, turn.at);
  turn.lives[index] = { ...life, health };
  if (health.status === life.health.status) return;
  turn.isNews = true;
  turn.note(index, { type: 'health', status: health.status });
}

export function killProbe(turn: Turn, index: number): void {
  const pid = turn.running(index)?.health?.probe?.pid ?? null;
  if (pid !== null) turn.actions.push({ type: 'signalGroup', group: pid, signal: KILL });
}
