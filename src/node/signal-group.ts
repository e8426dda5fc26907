import type { ChildProcess } from 'node:child_process';
import type { Action } from '../core/action.ts';
import type { Event } from '../core/event.ts';
import type { Facts } from '../core/setup.ts';
import { KILL } from '../core/signal.ts';
import { killTree } from './kill-tree.ts';
import { isThere, send } from './send.ts';

/**
 * Signals a process group. SIGKILL of the group of something that we have started is meant for all that is left of it: where
 * nothing shows what that is, tree-kill looks for it.
 *
 * @param onHelper is given what tree-kill starts for that: a child of ours that Node waits for
 */
export function signalGroup(
  { group, signal }: Extract<Action, { type: 'signalGroup' }>,
  { hasProc, self }: Facts,
  onHelper: (child: ChildProcess) => void,
): Event | undefined {
  if (signal !== KILL || hasProc || self === 1) return send(-group, signal, null);
  // While the group is there nobody else has its number.
  if (isThere(-group)) void killTree(group, onHelper, () => void send(-group, signal, null));
  return undefined;
}
