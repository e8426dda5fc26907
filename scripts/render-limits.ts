import { type Limit, type LimitedHost, limits } from '../src/host/limits.ts';

const HOSTS: readonly (readonly [host: LimitedHost, heading: string])[] = [
  ['command', 'the command'],
  ['front', 'before Node 22.15'],
  ['node', 'on Node'],
  ['pkg', 'in one file'],
];

function render({ hosts, isOfStart = false }: Limit, host: LimitedHost): string {
  if (!hosts.includes(host)) return 'no';
  return isOfStart && host === 'command' ? 'to start' : 'yes';
}

/** The limits of the Node host as a table in Markdown. */
export function renderLimits(): string {
  const cells = [
    ['what is different there', ...HOSTS.map(([, heading]) => heading)],
    ...limits.map((limit: Limit) => [limit.what, ...HOSTS.map(([host]) => render(limit, host))]),
  ];
  const width = (column: number): number => Math.max(...cells.map((row) => row[column]?.length ?? 0));
  const rows = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(width(column))).join(' | ')} |`);
  const rule = `| ${(cells[0] ?? []).map((_, column) => '-'.repeat(width(column))).join(' | ')} |`;
  return [rows[0], rule, ...rows.slice(1), ''].join('\n');
}
