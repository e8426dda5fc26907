import { type Row, judge } from './row.ts';

const NONE = '–';

function formatValue(value: number | undefined): string {
  if (value === undefined) return NONE;
  if (Number.isInteger(value)) return String(value);
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
}

function describeBudget({ budget, unit, values }: Row, columns: readonly string[]): string {
  if (budget === null) return NONE;
  if (budget.type === 'absolute') return `≤ ${budget.limit}`;
  const { limit, against } = budget;
  const other = columns.includes(against) ? '' : ` (${formatValue(values.get(against))} ${unit})`;
  return `≤ ${limit} × ${against}${other}`;
}

/** A Markdown table whose columns have one width; numbers are on the right. */
export function layOut(
  head: readonly string[],
  body: readonly (readonly string[])[],
  isNumber: (column: number) => boolean,
): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (isNumber(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => '-'.repeat(width + 1) + (isNumber(at) ? ':' : '-')).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

/**
 * What was measured, with its budgets.
 *
 * @param own what the budgets are for: the first column
 */
export function renderTable(rows: readonly Row[], inits: readonly string[], own = 'drainit'): string {
  const others = inits.filter((name) => name !== own);
  const head = ['what', 'unit', 'budget', 'met', 'ratio', own, ...others];
  const body = rows.map((row) => {
    const { ratio, isMet } = judge(row, own);
    return [
      row.what,
      row.unit,
      describeBudget(row, inits),
      isMet === null ? NONE : isMet ? 'yes' : 'NO',
      ratio === null ? NONE : ratio.toFixed(2),
      ...[own, ...others].map((name) => formatValue(row.values.get(name))),
    ];
  });
  return layOut(head, body, (column) => column > 3);
}
