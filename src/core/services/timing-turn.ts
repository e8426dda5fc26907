import type { Event } from '../event.ts';
import { deadline as deadlineOf } from '../state.ts';
import { stepContainer } from './container-turn.ts';
import { beginProbe, isProbeDue, isProbeLate, probeStarted } from './health.ts';
import type { Running } from './life.ts';
import { start } from './order-turn.ts';
import { endProbe, killProbe } from './probes.ts';
import { hookTag, probeTag, stepService } from './service-turn.ts';
import type { Turn } from './turn.ts';

export function onHook(turn: Turn, event: Extract<Event, { type: 'hookStarted' | 'hookNotStarted' }>): void {
  const { tag } = event;
  if (tag === undefined) {
    stepContainer(turn, event);
    return;
  }
  const index = Math.floor(tag / 2);
  if (tag === hookTag(index)) {
    if (event.type === 'hookStarted') turn.newOwners.push([event.pid, index]);
    stepService(turn, index, event);
    return;
  }
  const life = turn.running(index);
  if (life === null || life.health === null) return;
  if (event.type === 'hookNotStarted') endProbe(turn, index, false);
  else turn.lives[index] = { ...life, health: probeStarted(life.health, event.pid) };
}

export function onTick(turn: Turn): void {
  const due = deadlineOf(turn.container);
  if (due !== null && turn.at >= due) stepContainer(turn, turn.event);
  for (const [index, life] of turn.lives.entries()) {
    if (life.type === 'running') onServiceTick(turn, index, life);
    else if (life.type === 'backingOff' && turn.at >= life.until) start(turn, [index], () => life.restarts);
  }
}

function onServiceTick(turn: Turn, index: number, life: Running): void {
  const due = deadlineOf(life.state);
  if (due !== null && turn.at >= due) stepService(turn, index, turn.event);
  const { healthCheck, surroundings } = turn.serviceAt(index);
  const now = turn.running(index);
  if (now === null || now.health === null || healthCheck === null) return;
  if (isProbeLate(now.health, turn.at)) {
    killProbe(turn, index);
    endProbe(turn, index, false);
  } else if (isProbeDue(now.health, turn.at)) {
    turn.lives[index] = { ...now, health: beginProbe(now.health, healthCheck, turn.at) };
    turn.actions.push({ type: 'startHook', words: healthCheck.words, surroundings, tag: probeTag(index) });
  }
}
