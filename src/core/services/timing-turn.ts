import type { Event } from '../event.ts';
import { deadline as deadlineOf } from '../state.ts';
import { stepContainer } from './container-turn.ts';
import { beginProbe, isProbeDue, isProbeLate } from './health.ts';
import type { Running } from './life.ts';
import { start } from './order-turn.ts';
import { onPostStartNotStarted, onPostStartStarted } from './post-start.ts';
import { endProbe, killProbe, onProbeStarted } from './probes.ts';
import { stepService } from './service-turn.ts';
import { readTag, tagOf } from './tags.ts';
import type { Turn } from './turn.ts';

export function onHook(turn: Turn, event: Extract<Event, { type: 'hookStarted' | 'hookNotStarted' }>): void {
  const { tag } = event;
  if (tag === undefined) {
    stepContainer(turn, event);
    return;
  }
  const { index, purpose } = readTag(tag);
  switch (purpose) {
    case 'preStop':
      if (event.type === 'hookStarted') turn.newOwners.push([event.pid, index]);
      stepService(turn, index, event);
      break;
    case 'postStart':
      if (event.type === 'hookStarted') onPostStartStarted(turn, index, event.pid);
      else onPostStartNotStarted(turn, index, event.errno);
      break;
    case 'probe':
      if (event.type === 'hookStarted') onProbeStarted(turn, index, event.pid);
      else endProbe(turn, index, false);
      break;
  }
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
    turn.actions.push({ type: 'startHook', words: healthCheck.words, surroundings, tag: tagOf(index, 'probe') });
  }
}
