import type { Action } from '../core/action.ts';
import type { Event, Refusal } from '../core/event.ts';
import { type Pid, type Signal, toPid } from '../core/ids.ts';
import type { Facts } from '../core/setup.ts';
import { type Surroundings, sameSurroundings } from '../core/services/service.ts';
import { STOP, TSTP } from '../core/signal.ts';
import { continued } from '../host/job-control.ts';
import { countClients, findListeners } from './clients.ts';
import { inspect, readProcess, readProcesses } from './proc.ts';

const PR_SET_PDEATHSIG = 1;
const ESRCH = 3;

/** Everything that the routine does not need. */
export type LaterAction = Exclude<
  Action,
  {
    readonly type:
      | 'becomeSubreaper'
      | 'start'
      | 'openOutputs'
      | 'endLine'
      | 'closeOutputs'
      | 'startServices'
      | 'note'
      | 'exit';
  }
>;

export type CarryOut = (action: LaterAction, facts: Facts) => Event | undefined;

/** What a signal was for. */
interface Target {
  readonly pid: Pid;
  readonly name: string | null;
  readonly signal: Signal;
}

const refusedUnless = (result: number, refuse: (errno: number) => Refusal): Event | undefined =>
  result < 0 ? { type: 'refused', refusal: refuse(-result) } : undefined;

/** That a process has gone is no news: it had the chance to. */
const signalled = ({ pid, name, signal }: Target, result: number): Event | undefined =>
  result === -ESRCH ? undefined : refusedUnless(result, (errno) => ({ what: 'signal', pid, name, signal, errno }));

function setParentDeathSignal(signal: Signal, parent: Pid): Event | undefined {
  const refused = refusedUnless(sys.prctl(PR_SET_PDEATHSIG, signal), (errno) => ({ what: 'parentDeathSignal', errno }));
  if (refused !== undefined) return refused;
  // Our parent may have ended before the kernel was asked: prctl(2), PR_SET_PDEATHSIG.
  if (sys.getppid() === parent) return undefined;
  return { type: 'signals', arrivals: [{ signal, sender: parent }], isForeground: false };
}

/** Another process may have the pid by now: kill(2) only if it is still the one that was meant. */
function sendByPid(target: Target, start: number): Event | undefined {
  const { pid, signal } = target;
  return readProcess(pid)?.start === start ? signalled(target, sys.kill(pid, signal)) : undefined;
}

function send(action: Extract<Action, { type: 'signal' }>): Event | undefined {
  const { pid, start, signal } = action;
  if (action.isOwnChild || start === null) return signalled(action, sys.kill(pid, signal));
  const pidfd = sys.pidfdOpen(pid);
  if (pidfd === -ESRCH) return undefined;
  // Before Linux 5.3, or where a seccomp profile refuses pidfds, a check just before must do.
  if (pidfd < 0) return sendByPid(action, start);
  const isSame = readProcess(pid)?.start === start;
  const result = isSame ? sys.pidfdSignal(pidfd, signal) : 0;
  sys.close(pidfd);
  return result === 0 || result === -ESRCH ? undefined : sendByPid(action, start);
}

/** Standard output and error as we have them. */
const OURS = -1;

/** In a process group of its own; the pid, or the negated errno. */
export const startProgram = (
  words: readonly string[],
  surroundings: Surroundings = sameSurroundings,
  output = OURS,
): number => {
  const { environment, folder, user } = surroundings;
  return sys.spawnProgram(
    words,
    environment,
    folder,
    user === null ? null : [user.user, user.group, ...user.groups],
    output,
  );
};

function takeTerminal({ terminal, group }: Extract<Action, { type: 'takeTerminal' | 'stopSelf' }>): void {
  if (sys.tcgetpgrp(terminal) === group) sys.tcsetpgrp(terminal, sys.getpgid(0));
}

/** {@link NativeHost.perform} of these actions. */
export const carryOut: CarryOut = (action, facts) => {
  switch (action.type) {
    case 'setParentDeathSignal':
      return setParentDeathSignal(action.signal, facts.parent);
    case 'readProcesses': {
      const rows = readProcesses();
      return { type: 'processes', rows: typeof rows === 'number' ? null : rows };
    }
    case 'inspect':
      return { type: 'inspected', findings: action.queries.map(inspect), tag: action.tag };
    case 'signal':
      return send(action);
    case 'signalGroup':
      return signalled({ pid: toPid(-action.group), ...action, name: null }, sys.kill(-action.group, action.signal));
    case 'signalEverything':
      return signalled({ pid: toPid(-1), ...action, name: null }, sys.kill(-1, action.signal));
    case 'startHook': {
      const { tag } = action;
      const pid = startProgram(action.words, action.surroundings);
      return pid < 0 ? { type: 'hookNotStarted', errno: -pid, tag } : { type: 'hookStarted', pid: toPid(pid), tag };
    }
    case 'findListeners':
      return findListeners(action.pids);
    case 'countClients':
      return countClients(action.ports, action.lookBack);
    case 'giveTerminal':
      sys.tcsetpgrp(action.terminal, action.group);
      return undefined;
    case 'takeTerminal':
      takeTerminal(action);
      return undefined;
    case 'stopSelf':
      if (!action.isForeground && sys.tcgetpgrp(action.terminal) === sys.getpgid(0)) return continued;
      takeTerminal(action);
      // The rest of our process group, as in `drainit app | less`: ours stays blocked, so SIGSTOP follows for us.
      sys.kill(0, TSTP);
      sys.kill(facts.self, STOP);
      return undefined;
  }
};
