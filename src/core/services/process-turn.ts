import type { Ended, Event } from '../event.ts';
import { type Pid, toStartTime } from '../ids.ts';
import type { Process } from '../process-table.ts';
import { hasten } from '../reaping.ts';
import { isSuccess } from '../wait-status.ts';
import { stepAsker, stepContainer } from './container-turn.ts';
import { shareProcesses } from './ownership.ts';
import type { Running } from './life.ts';
import { onPostStartEnded } from './post-start.ts';
import { endProbe } from './probes.ts';
import { stepService } from './service-turn.ts';
import { CONTAINER } from './state.ts';
import type { Turn } from './turn.ts';

type Reaped = Extract<Event, { type: 'reaped' }>;

export function onReaped(turn: Turn, event: Reaped): void {
  if (turn.isSweeping) {
    turn.ended.push(...event.ended);
    stepContainer(turn, event);
    return;
  }
  const shares = new Map<number, Ended[]>();
  const nobodys: Ended[] = [];
  for (const end of event.ended) {
    const owner = turn.owners.get(end.pid);
    if (owner === undefined) {
      if (!onHelperEnded(turn, end)) nobodys.push(end);
      continue;
    }
    turn.ended.push(end);
    const share = shares.get(owner);
    if (share === undefined) shares.set(owner, [end]);
    else share.push(end);
  }
  if (nobodys.length > 0 || event.isLast) stepContainer(turn, { ...event, ended: nobodys });
  const concerned = event.isLast ? turn.lives.keys() : shares.keys();
  for (const index of concerned) onShareReaped(turn, index, { ...event, ended: shares.get(index) ?? [], stopped: [] });
}

function onShareReaped(turn: Turn, index: number, event: Reaped): void {
  stepService(turn, index, event);
  const life = turn.running(index);
  if (life === null || life.state.main.status === null || life.state.phase.type !== 'stopping') return;
  // waitpid's ECHILD cannot say that a service has nothing left while others have: a look at the table does.
  const { phase } = life.state;
  turn.lives[index] = { ...life, state: { ...life.state, phase: { ...phase, stop: hasten(phase.stop, turn.at) } } };
}

export function onProcesses(turn: Turn, rows: readonly Process[] | null): void {
  const askers = [...turn.tableAskers];
  turn.tableAskers.clear();
  const { self, hasProc } = turn.before.setup.facts;
  const own = hasProc ? rows?.find(({ pid }) => pid === self) : undefined;
  if (rows === null || own === undefined) {
    for (const asker of askers) {
      stepAsker(turn, asker, { type: 'processes', rows: null });
      // Nobody can tell what a program has left behind: its service ends with it.
      if (asker !== CONTAINER) onNothingLeft(turn, asker);
    }
    return;
  }
  const hooks = listHookGroups(turn);
  const known = new Map([...turn.owners, ...turn.newOwners]);
  const { byService, owners } = shareProcesses(rows, self, known, hooks);
  // A table may lack what has just ended; whose the programs themselves are stays known.
  const programs = turn.lives.flatMap((life, index): [Pid, number][] =>
    life.type === 'running' ? [[life.pid, index]] : [],
  );
  turn.owners = new Map([...owners, ...programs]);
  for (const asker of askers) {
    if (asker === CONTAINER) {
      stepContainer(turn, { type: 'processes', rows: rows.filter(({ group }) => !hooks.has(group)) });
      continue;
    }
    const share = byService.get(asker) ?? [];
    stepService(turn, asker, { type: 'processes', rows: [own, ...share] });
    if (share.length === 0) onNothingLeft(turn, asker);
  }
}

function onNothingLeft(turn: Turn, index: number): void {
  const life = turn.running(index);
  if (life === null || life.state.main.status === null) return;
  const nothing = { ended: [], stopped: [], isLast: true, isForeground: false };
  stepService(turn, index, { type: 'reaped', ...nothing, boottime: toStartTime(0) });
}

function listHookGroups(turn: Turn): ReadonlySet<Pid> {
  const groups = new Set<Pid>();
  // Of what is left when no service is, nothing is hidden from the container: what does not end has to be killed.
  if (turn.isSweeping) return groups;
  if (turn.relay !== null) groups.add(turn.relay);
  if (turn.container.hookGroup !== null) groups.add(turn.container.hookGroup);
  for (const life of turn.lives) {
    if (life.type !== 'running') continue;
    if (life.state.hookGroup !== null) groups.add(life.state.hookGroup);
    for (const pid of listHelpers(life)) groups.add(pid);
  }
  return groups;
}

/** What runs for a service and is no part of it. */
const listHelpers = ({ health, postStart }: Running): readonly Pid[] =>
  [health?.probe?.pid ?? null, postStart?.pid ?? null].filter((pid) => pid !== null);

function onHelperEnded(turn: Turn, { pid, status }: Ended): boolean {
  const index = turn.lives.findIndex((life) => life.type === 'running' && listHelpers(life).includes(pid));
  if (index < 0) return false;
  if (turn.running(index)?.postStart?.pid === pid) onPostStartEnded(turn, index, status);
  else endProbe(turn, index, isSuccess(status));
  return true;
}
