import type { DrainEnd } from '../core/note.ts';
import type { Reason, ReportNote, ReportedEnd } from '../core/report-note.ts';
import { nameSignal } from '../core/signal.ts';
import type { Wording } from './render-note.ts';
import { renderRefusal } from './render-refusal.ts';
import {
  MORE_TIME,
  adviseOnCause,
  describeAlike,
  describeCause,
  describeClients,
  describeEnd,
  describeHook,
  describeSkipped,
  ofService,
  oneLine,
  seconds,
} from './describe.ts';

/** The columns of the chart, so that with `drainit: ` in front it fits a terminal of 80. */
const LABEL_WIDTH = 20;
const BAR_WIDTH = 24;
/** What is left of 80 columns behind `drainit: `. */
const LINE_WIDTH = 71;

type Line<Type extends ReportNote['type']> = Extract<ReportNote, { readonly type: Type }>;

const column = (at: number, took: number): number =>
  took <= 0 ? 0 : Math.min(BAR_WIDTH - 1, Math.floor((at * BAR_WIDTH) / took));

const line = (label: string, bar: string, rest: string): string =>
  `${label.slice(0, LABEL_WIDTH).padEnd(LABEL_WIDTH)} ${bar.padEnd(BAR_WIDTH)}  ${rest}`.trimEnd();

function renderHead({ signal, took, status }: Line<'report'>): string {
  const cause = signal === null ? 'the main program ended' : nameSignal(signal);
  const last = seconds(took);
  return [
    `report: ${cause}, stopped in ${last}, exit status ${status}`,
    line('', `0 s${last.padStart(BAR_WIDTH - 3)}`, '> told x end # killed'),
  ].join('\n');
}

const DRAIN_ENDS: Record<DrainEnd, string> = {
  quiet: 'nobody connected',
  time: 'its time is up',
  longest: 'its maximum',
  hook: 'the hook is over',
  signal: 'a second signal',
  mainEnded: 'main ended',
};

/** A digit for each column: 0 where nobody is connected, 9 at the peak. */
function renderClients({ clients, after, took }: Line<'reportedDrain'>): readonly string[] {
  const peak = clients.reduce((most, { connected }) => Math.max(most, connected), 0);
  const [first] = clients;
  if (first === undefined) return [];
  const from = column(first.at, took);
  const to = column(after, took);
  const digits = Array.from({ length: to - from + 1 }, (_, index) => {
    const inColumn = clients.filter(({ at }) => column(at, took) === from + index);
    const before = clients.findLast(({ at }) => column(at, took) < from + index);
    const most = [...inColumn, ...(inColumn.length === 0 && before !== undefined ? [before] : [])];
    const connected = most.reduce((so, look) => Math.max(so, look.connected), 0);
    return Math.ceil((connected * 9) / Math.max(peak, 1));
  });
  return [line(`  clients, max ${peak}`, ' '.repeat(from) + digits.join(''), '')];
}

function renderDrain(drain: Line<'reportedDrain'>): string {
  const end = column(drain.after, drain.took);
  const bar = '='.repeat(end + 1);
  const held = line('signal held back', bar, `${seconds(drain.after)}, ${DRAIN_ENDS[drain.reason]}`);
  return [held, ...renderClients(drain)].join('\n');
}

const END_MARK: Record<ReportedEnd['type'], string> = { ended: 'x', killed: '#', unknown: '?' };

function renderEnd(end: ReportedEnd): string {
  switch (end.type) {
    case 'unknown':
      return 'ended, status unknown';
    case 'killed':
      return `SIGKILL, ${seconds(end.at)}`;
    case 'ended': {
      const { status } = end;
      const how = status.type === 'exited' ? `exited with ${status.code}` : nameSignal(status.signal);
      return `${how}, ${seconds(end.at)}`;
    }
  }
}

function drawLife({ told, end, took }: Pick<Line<'reportedProcess'>, 'told' | 'end' | 'took'>, from = 0): string {
  const cells: string[] = Array.from({ length: BAR_WIDTH }, () => ' ');
  const last = end.type === 'unknown' ? null : column(end.at, took);
  const first = column(told[0]?.at ?? from, took);
  if (last !== null) cells.fill('-', first, last + 1);
  for (const { at } of told) cells[column(at, took)] = '>';
  // Told and ended within one column: the end has the next one, or the telling gives way to it.
  if (last !== null) {
    const isTaken = cells[last] === '>' && last + 1 < BAR_WIDTH;
    cells[isTaken ? last + 1 : last] = END_MARK[end.type];
  }
  return cells.join('').trimEnd();
}

/** What of a service's name is given up so that what it runs can be read. */
const LEAST_OF_SERVICE = 8;

function labelOf(service: string | null, own: string, width: number): string {
  if (service === null) return own.slice(0, width);
  const room = Math.max(width - own.length - 2, LEAST_OF_SERVICE);
  return `${service.slice(0, room)}: ${own}`.slice(0, width);
}

const titleOf = ({ name, pid, service }: Line<'reportedProcess'>, program: string): string => {
  const suffix = ` (${pid})`;
  const own = oneLine(name ?? service ?? program.slice(program.lastIndexOf('/') + 1));
  return labelOf(service === own ? null : service, own, LABEL_WIDTH - suffix.length) + suffix;
};

const renderProcess = (process: Line<'reportedProcess'>, program: string): string =>
  line(titleOf(process, program), drawLife(process), renderEnd(process.end));

const describeRow = (command: string | null): string =>
  command === null ? 'pre-stop hook' : `hook ${oneLine(command)}`;

const renderHook = ({ command, service, from, end, took }: Line<'reportedHook'>): string =>
  line(labelOf(service, describeRow(command), LABEL_WIDTH), drawLife({ told: [], end, took }, from), renderEnd(end));

function renderReason(reason: Reason, { describeErrno }: Wording): string {
  switch (reason.type) {
    case 'process': {
      const { service, name, pid, others, cause } = reason;
      return `${ofService(service)}${describeAlike(name, pid, others)} ${describeCause(cause)}; ${adviseOnCause(cause)}`;
    }
    case 'moreProcesses':
      return `${reason.count} more for reasons of their own: each has a line when it is killed`;
    case 'clientsStayed':
      return `the drain ran to its maximum of ${seconds(reason.after)}: ${describeClients(reason.connected, reason.example)}; a server can let them go on --drain-signal (Connection: close)`;
    case 'newcomers':
      return `the drain ran to its maximum of ${seconds(reason.after)}: new connections came to the end; a load balancer still routes here, or probes come more often than once a second`;
    case 'clientsUnseen':
      return `the drain ran to its maximum of ${seconds(reason.after)}: nobody could see who is connected (/proc/net/tcp, /proc/net/snmp)`;
    case 'hookLate':
      return `${ofService(reason.service)}${describeHook(reason.command)} was killed after ${seconds(reason.after)}; ${MORE_TIME}${describeSkipped(reason.skipped)}`;
    case 'hookFailed':
      return `${ofService(reason.service)}${describeHook(reason.command)} ${describeEnd(reason.status)}`;
    case 'hookNotStarted':
      return `${ofService(reason.service)}${describeHook(reason.command)} could not be started: ${describeErrno(reason.errno)}`;
    case 'refused':
      return renderRefusal(reason.refusal, describeErrno(reason.refusal.errno));
  }
}

/** The words in lines, all but the first of which are indented by as much as `lead` is long. */
function wrap(lead: string, text: string): string {
  const lines: string[] = [];
  let current = lead;
  for (const word of text.split(' ')) {
    if (current.length + word.length > LINE_WIDTH && current.trim() !== lead.trim()) {
      lines.push(current.trimEnd());
      current = ' '.repeat(lead.length);
    }
    current += `${word} `;
  }
  return [...lines, current.trimEnd()].join('\n');
}

/** The report in a sentence for each of its lines, for machines that keep the facts beside it. */
function describeReport(note: ReportNote, wording: Wording): string {
  switch (note.type) {
    case 'report':
      return renderHead(note).split('\n', 1).join('');
    case 'reportedDrain':
      return `the signal was held back for ${seconds(note.after)}: ${DRAIN_ENDS[note.reason]}`;
    case 'reportedHook':
      return `${ofService(note.service)}${describeHook(note.command)}: ${renderEnd(note.end)}`;
    case 'reportedProcess':
      return `${titleOf(note, wording.program)}: ${renderEnd(note.end)}`;
    case 'reportedOthers':
      return renderOthers(note);
    case 'reportedReason':
      return renderReason(note.reason, wording);
  }
}

const renderOthers = ({ count, killed }: Line<'reportedOthers'>): string =>
  killed === 0 ? `and ${count} more` : `and ${count} more, ${killed} of them killed`;

/** The report as a chart for people: one or more lines for each of its parts, without the program's name in front. */
export function renderReport(note: ReportNote, wording: Wording): string {
  if (wording.format === 'json') return describeReport(note, wording);
  switch (note.type) {
    case 'report':
      return renderHead(note);
    case 'reportedDrain':
      return renderDrain(note);
    case 'reportedHook':
      return renderHook(note);
    case 'reportedProcess':
      return renderProcess(note, wording.program);
    case 'reportedOthers':
      return renderOthers(note);
    case 'reportedReason':
      return wrap('why: ', renderReason(note.reason, wording));
  }
}
