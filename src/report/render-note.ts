import type { Note } from '../core/note.ts';
import { nameSignal } from '../core/signal.ts';
import type { Output } from '../cli/command.ts';
import {
  MORE_TIME,
  describeAlike,
  describeCause,
  describeClients,
  describeCommand,
  describeEnd,
  describeHook,
  describeProcess,
  describeSkipped,
  oneLine,
  seconds,
} from './describe.ts';
import { renderRefusal } from './render-refusal.ts';
import { renderReport } from './render-report.ts';

/** What a host knows and the core does not. */
export interface Wording {
  /** The main program, as it was written on the command line. */
  readonly program: string;
  /** The text of an errno, as strerror(3) has it. */
  readonly describeErrno: (errno: number) => string;
  /** A report is a chart as text, and sentences otherwise. */
  readonly format: Output['format'];
}

const ENOENT = 2;
const ENOEXEC = 8;
const EAGAIN = 11;
const EACCES = 13;

/** What a person can do about a program that could not be started. */
function adviseOnStart(errno: number): string {
  switch (errno) {
    case ENOENT:
      return '; check the path, and for a script the interpreter in its first line';
    case EACCES:
      return '; it must be a file with the execute permission (chmod +x)';
    case ENOEXEC:
      return '; it was built for another architecture, or is a script without #! and there is no /bin/sh';
    case EAGAIN:
      return '; the limit of processes is reached (the pids limit of the container, or ulimit -u)';
    default:
      return '';
  }
}

function describeDrainEnd({ reason, connected, example, hasNewcomers }: Extract<Note, { type: 'drained' }>): string {
  switch (reason) {
    case 'quiet':
      return 'nobody is connected, and nobody came for a second';
    case 'hook':
      return 'the pre-stop hook is over';
    case 'time':
    case 'longest': {
      const end = reason === 'time' ? 'its time is up' : 'it may last no longer';
      const clients = connected === null || connected === 0 ? '' : `; ${describeClients(connected, example)}`;
      return clients === '' && hasNewcomers ? `${end}; somebody came in the last second of it` : `${end}${clients}`;
    }
    case 'signal':
      return 'another stop signal came';
    case 'mainEnded':
      return 'the main program ended by itself';
  }
}

function describeLongestStop({ hold, grace }: Extract<Note, { type: 'longestStop' }>): string {
  const held = `a stop signal may be held back for ${seconds(hold)}`;
  const pod = 'terminationGracePeriodSeconds (30 by default) has to be more';
  if (grace === null) return `${held}: ${pod} than ${seconds(hold)}, and the time to stop`;
  if (hold === 0) return `a stop may take ${seconds(grace)}: ${pod}`;
  const longer = `, longer than the grace period of ${seconds(grace)} that follows`;
  return `${held}${hold > grace ? longer : ''}, and a stop may take ${seconds(hold + grace)} in all: ${pod}`;
}

/** Without the cause, which the report has: it follows. */
function renderKill({ pid, name, reason, after }: Extract<Note, { type: 'killed' }>): string {
  return reason === 'grace'
    ? `killed ${describeProcess(name, pid)}: the grace period of ${seconds(after)} is over`
    : `killed ${describeProcess(name, pid)}: still there ${seconds(after)} after the stop, with nothing left to wait for`;
}

/** These name the service themselves. */
const NAMING: ReadonlySet<Note['type']> = new Set([
  'started',
  'startFailed',
  'mainEnded',
  'serviceEnded',
  'restarting',
  'health',
  'dependencyFailed',
]);

/** {@link renderNote} of a note about one of several services. */
export function renderServiceNote(note: Note, service: string, wording: Wording): string {
  const text = renderNote(note, { ...wording, program: service });
  return NAMING.has(note.type) ? text : `${service}: ${text}`;
}

/** What happened, in a line without the program's name in front; a report has several. */
export function renderNote(note: Note, wording: Wording): string {
  const { describeErrno } = wording;
  const program = oneLine(wording.program);
  switch (note.type) {
    case 'started':
      return `started ${program} as process ${note.pid}`;
    case 'startFailed':
      return `cannot start '${program}': ${describeErrno(note.errno)}${adviseOnStart(note.errno)}`;
    case 'received': {
      const sender = note.sender === 0 ? '' : ` from process ${note.sender}`;
      const rewritten =
        note.as === null ? ', dropped' : note.as === note.signal ? '' : `, rewritten to ${nameSignal(note.as)}`;
      return `received ${nameSignal(note.signal)}${sender}${rewritten}`;
    }
    case 'told':
      return `sent ${nameSignal(note.signal)} to ${describeProcess(note.name, note.pid)}`;
    case 'notTold':
      return `${describeProcess(note.name, note.pid)} has no handler for ${nameSignal(note.signal)}, and is not told that the drain begins`;
    case 'drainSignalUnheard':
      return note.isBlind
        ? `cannot see who has a handler for ${nameSignal(note.signal)} (/proc): nobody is told that the drain begins`
        : `no program has a handler for ${nameSignal(note.signal)}: whoever has one later is told then that the drain has begun`;
    case 'needlessDrainSignal':
      return 'the drain signal is sent when a drain begins, and there is none: give --drain as well';
    case 'deferred':
      return `${describeProcess(note.name, note.pid)} reads from a program that is ending, and is told after it`;
    case 'draining': {
      if (note.most === 0)
        return `holding ${nameSignal(note.signal)} back until the pre-stop hook has ended: everything keeps running`;
      const time = note.least === note.most ? seconds(note.most) : `${seconds(note.least)} to ${seconds(note.most)}`;
      return `holding ${nameSignal(note.signal)} back for ${time}: everything keeps running`;
    }
    case 'hookNotStarted':
      return `cannot start ${describeHook(note.command)}: ${describeErrno(note.errno)}; the stop goes on without it`;
    case 'hookEnded':
      return `${describeHook(note.command)} ${describeEnd(note.status)} after ${seconds(note.after)}`;
    case 'hookKilled':
      return note.isLate
        ? `killed ${describeHook(note.command)}: it was still running after ${seconds(note.after)}; ${MORE_TIME}${describeSkipped(note.skipped)}`
        : `killed ${describeHook(note.command)} after ${seconds(note.after)}: the drain is over${describeSkipped(note.skipped)}`;
    case 'postStartNotStarted':
      return `cannot start the post-start hook ${describeCommand(note.command)}: ${describeErrno(note.errno)}${adviseOnStart(note.errno)}`;
    case 'postStartEnded':
      return `the post-start hook ${describeCommand(note.command)} ${describeEnd(note.status)} after ${seconds(note.after)}`;
    case 'postStartKilled':
      return `killed the post-start hook ${describeCommand(note.command)} after ${seconds(note.after)}: its service ends`;
    case 'longestStop':
      return describeLongestStop(note);
    case 'drainBlind':
      return note.what === 'clients'
        ? 'cannot see who is connected (/proc/net/tcp, /proc/net/snmp): the drain lasts its longest'
        : 'cannot see whose ports are whose: the drain waits for the clients of every port that somebody listens on';
    case 'clients':
      return describeClients(note.connected, note.example);
    case 'drained':
      return `the drain is over after ${seconds(note.after)}: ${describeDrainEnd(note)}`;
    case 'mainEnded':
      return `${program} (${note.pid}) ${describeEnd(note.status)}`;
    case 'reaped':
      return `reaped orphan ${note.pid}, which ${describeEnd(note.status)}`;
    case 'waitingForStragglers':
      return `${note.count} left that cannot or will not act on the signal: SIGKILL in ${seconds(note.limit)}`;
    case 'slow':
      return `${describeAlike(note.name, note.pid, note.others)} is still there after ${seconds(note.after)}: it ${describeCause(note.cause)}`;
    case 'killed':
      return renderKill(note);
    case 'killedEverything':
      return `killed everything that was left ${seconds(note.after)} after the stop`;
    case 'refused':
      return renderRefusal(note.refusal, describeErrno(note.refusal.errno));
    case 'exiting':
      return `exiting with ${note.status}`;
    case 'serviceEnded':
      return `${program} ended with ${note.status}`;
    case 'restarting':
      return `${program} is started again in ${seconds(note.after)} (${note.count} in a row)`;
    case 'health':
      return `${program} is ${note.status}`;
    case 'dependencyFailed':
      return `${program} is not started: it depends on ${note.on}, which has failed`;
    case 'report':
    case 'reportedDrain':
    case 'reportedHook':
    case 'reportedProcess':
    case 'reportedOthers':
    case 'reportedReason':
      return renderReport(note, wording);
  }
}
