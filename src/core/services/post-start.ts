import { type Pid, toMillis } from '../ids.ts';
import { KILL } from '../signal.ts';
import { type WaitStatus, isSuccess, toExitStatus } from '../wait-status.ts';
import { statusOfFailedStart } from '../exit-status.ts';
import { tagOf } from './tags.ts';
import type { Turn } from './turn.ts';

/** Starts the post-start hook with that index; behind the last one the service has begun. */
export function beginPostStart(turn: Turn, index: number, hook: number): void {
  const life = turn.running(index);
  if (life === null) return;
  const command = turn.serviceAt(index).postStart[hook];
  if (command === undefined) {
    turn.isNews = true;
    turn.lives[index] = { ...life, postStart: null };
    return;
  }
  turn.lives[index] = { ...life, postStart: { index: hook, pid: null, since: turn.at } };
  turn.actions.push({ type: 'startHook', ...command, tag: tagOf(index, 'postStart') });
}

const nameOf = (turn: Turn, index: number, hook: number): string =>
  turn.serviceAt(index).postStart[hook]?.words.join(' ') ?? '';

export function onPostStartStarted(turn: Turn, index: number, pid: Pid): void {
  const life = turn.running(index);
  if (life === null || life.postStart === null) {
    // The stop came first.
    turn.actions.push({ type: 'signalGroup', group: pid, signal: KILL });
    return;
  }
  turn.lives[index] = { ...life, postStart: { ...life.postStart, pid } };
}

/** Compose gives up where one fails, and so does Kubernetes with a container (`postStart`). */
export function onPostStartNotStarted(turn: Turn, index: number, errno: number): void {
  const life = turn.running(index);
  if (life === null || life.postStart === null) return;
  turn.note(index, { type: 'postStartNotStarted', command: nameOf(turn, index, life.postStart.index), errno });
  turn.lives[index] = { ...life, postStart: null };
  turn.beginStop({ type: 'ended', status: statusOfFailedStart(errno) });
}

export function onPostStartEnded(turn: Turn, index: number, status: WaitStatus): void {
  const life = turn.running(index);
  if (life === null || life.postStart === null) return;
  const { index: hook, since } = life.postStart;
  const after = toMillis(turn.at - since);
  turn.note(index, { type: 'postStartEnded', command: nameOf(turn, index, hook), status, after });
  if (isSuccess(status)) {
    beginPostStart(turn, index, hook + 1);
    return;
  }
  turn.lives[index] = { ...life, postStart: null };
  turn.beginStop({ type: 'ended', status: toExitStatus(status) });
}

/** Its service has ended, or is to. */
export function killPostStart(turn: Turn, index: number): void {
  const postStart = turn.running(index)?.postStart ?? null;
  if (postStart === null || postStart.pid === null) return;
  const after = toMillis(turn.at - postStart.since);
  turn.actions.push({ type: 'signalGroup', group: postStart.pid, signal: KILL });
  turn.note(index, { type: 'postStartKilled', command: nameOf(turn, index, postStart.index), after });
}
