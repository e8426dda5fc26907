import type { Action } from '../action.ts';
import { decide } from '../decide.ts';
import { beginDrain, endDrain, isHeld } from '../drain.ts';
import type { Event, StartResult } from '../event.ts';
import { isShortage, statusOfFailedStart } from '../exit-status.ts';
import { type Pid, type Signal, addMillis } from '../ids.ts';
import type { Outcome } from '../outcome.ts';
import { TERM } from '../signal.ts';
import { type State, noSurvey } from '../state.ts';
import { survey } from '../survey.ts';
import { beginHealth } from './health.ts';
import { beginPostStart, killPostStart } from './post-start.ts';
import type { Running } from './life.ts';
import { hookLimitOf } from './longest-stop.ts';
import { killProbe } from './probes.ts';
import { pauseBeforeRestart, restartsSoFar } from './restart.ts';
import type { Dependency } from './service.ts';
import { tagOf } from './tags.ts';
import type { Turn } from './turn.ts';

export function stepService(turn: Turn, index: number, event: Event): void {
  const life = turn.running(index);
  if (life !== null) applyToService(turn, index, decide(life.state, { at: turn.at, event }));
}

function applyToService(turn: Turn, index: number, { state, actions }: Outcome): void {
  const life = turn.running(index);
  if (life === null) return;
  turn.lives[index] = { ...life, state };
  for (const action of actions) passOn(turn, index, life, action);
}

/** What the policy of one service asks for, asked for in its name. */
function passOn(turn: Turn, index: number, life: Running, action: Action): void {
  switch (action.type) {
    case 'readProcesses':
      turn.tableAskers.add(index);
      break;
    case 'inspect':
      turn.actions.push({ ...action, tag: index });
      break;
    case 'startHook':
      turn.actions.push({ ...action, tag: tagOf(index, 'preStop') });
      break;
    case 'signal':
      turn.newOwners.push([action.pid, index]);
      turn.actions.push(action);
      break;
    case 'signalEverything':
      // Meant for all that is left of it, and nobody else.
      turn.actions.push({ type: 'signalGroup', group: life.pid, signal: action.signal });
      break;
    case 'note':
      // Its end has a note of its own.
      if (action.note.type !== 'exiting') turn.note(index, action.note);
      break;
    case 'exit':
      onServiceEnded(turn, index, action.status);
      break;
    default:
      turn.actions.push(action);
  }
}

export function onStarted(turn: Turn, { service: index, pid, errno }: StartResult): void {
  const life = turn.lives[index];
  if (life?.type !== 'starting') return;
  turn.isNews = true;
  if (pid === null) {
    turn.note(index, { type: 'startFailed', errno });
    const status = statusOfFailedStart(errno);
    // What has run before is not wrong: it is started once more, as if it had ended.
    if (life.restarts > 0 && isShortage(errno) && turn.stopping === null && backOff(turn, index, status, life.restarts))
      return;
    turn.lives[index] = { type: 'ended', status, isOwnEnd: turn.stopping !== null };
    turn.beginStop({ type: 'ended', status });
    return;
  }
  const { healthCheck } = turn.serviceAt(index);
  turn.note(index, { type: 'started', pid });
  turn.newOwners.push([pid, index]);
  turn.lives[index] = {
    type: 'running',
    state: beginService(turn, index, pid),
    pid,
    since: turn.at,
    restarts: life.restarts,
    health: healthCheck === null ? null : beginHealth(healthCheck, turn.at),
    postStart: null,
    isStopping: false,
  };
  beginPostStart(turn, index, 0);
}

function beginService(turn: Turn, index: number, pid: Pid): State {
  const { setup } = turn.before;
  const { grace, preStop } = turn.serviceAt(index);
  const limit = hookLimitOf(turn.serviceAt(index));
  return {
    setup: {
      facts: { ...setup.facts, terminals: [] },
      options: {
        ...setup.options,
        audience: 'programs',
        rewrites: new Map(),
        remapped: new Set(),
        grace,
        drain: null,
        drainSignal: null,
        preStop: preStop.length === 0 ? null : { commands: preStop, limit },
      },
    },
    main: { pid, status: null, role: null, isStopped: false, hasGroup: true },
    phase: { type: 'running' },
    hookGroup: null,
    survey: noSurvey,
    awake: null,
    chronicle: null,
  };
}

/** Tells a service to stop; a further signal is delivered again. */
export function stopService(turn: Turn, index: number, signal: Signal): void {
  const life = turn.running(index);
  if (life === null) return;
  killProbe(turn, index);
  killPostStart(turn, index);
  const sent = turn.serviceAt(index).stopSignal ?? signal;
  const isFirst = !life.isStopping;
  turn.lives[index] = { ...life, isStopping: true, health: null, postStart: null };
  if (life.state.phase.type === 'draining') {
    applyToService(turn, index, endDrain(life.state, 'signal', sent, turn.at));
    return;
  }
  const held = isFirst && life.state.main.status === null && isHeld(life.state.setup.options);
  applyToService(
    turn,
    index,
    held ? beginDrain(life.state, sent, turn.at) : survey(life.state, { type: 'stop', signal: sent, cause: 'signal' }),
  );
}

/** @returns whether the service is started again, after a pause */
function backOff(turn: Turn, index: number, status: number, restarts: number): boolean {
  const pause = pauseBeforeRestart(turn.serviceAt(index).restart, status, restarts);
  if (pause === null) return false;
  turn.note(index, { type: 'restarting', after: pause, count: restarts + 1 });
  turn.lives[index] = { type: 'backingOff', restarts: restarts + 1, until: addMillis(turn.at, pause) };
  return true;
}

function onServiceEnded(turn: Turn, index: number, status: number): void {
  const life = turn.running(index);
  if (life === null) return;
  turn.isNews = true;
  killProbe(turn, index);
  killPostStart(turn, index);
  turn.note(index, { type: 'serviceEnded', status });
  // Its hook has been killed with it: that is nobody to be told.
  const { hookGroup } = life.state;
  if (hookGroup !== null) turn.container = { ...turn.container, hookGroup };
  if (turn.relay !== null) turn.actions.push({ type: 'endLine', service: index });
  if (turn.stopping !== null || life.isStopping) {
    const { phase } = life.state;
    const signal = phase.type === 'stopping' || phase.type === 'killing' ? phase.stop.signal : TERM;
    const isOwnEnd = status !== 128 + signal && status !== 128 + TERM;
    turn.lives[index] = { type: 'ended', status, isOwnEnd };
    return;
  }
  if (backOff(turn, index, status, restartsSoFar(life.restarts, turn.at - life.since))) return;
  turn.lives[index] = { type: 'ended', status, isOwnEnd: false };
  if (!isAwaited(turn, index, status)) turn.beginStop({ type: 'ended', status });
}

/** Whether the service was there to come to this end: a migration that others wait for. */
function isAwaited(turn: Turn, index: number, status: number): boolean {
  const isFor = ({ on, condition }: Dependency): boolean => on === index && condition === 'completed';
  const dependents = turn.before.dependents[index] ?? [];
  const asked = dependents.flatMap((dependent) => turn.serviceAt(dependent).dependsOn.filter(isFor));
  return asked.length > 0 && (status === 0 || asked.every(({ isRequired }) => !isRequired));
}
