/** The picture of the README: what became of two requests under each init, drawn from what the demo measured. */

/** How long before SIGTERM the requests were sent, in seconds. */
export const REQUEST_BEFORE_STOP = 0.5;

/** What a stop did. Times are seconds after SIGTERM. */
export interface Result {
  readonly servers: readonly {
    readonly name: string;
    readonly isTold: boolean;
    /** Why its request was lost; undefined where it was answered. */
    readonly error: string | undefined;
    readonly end: number;
  }[];
  readonly status: string;
  /** When the container ended. */
  readonly seconds: number;
}

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 190;
const ROW = 34;
const GOOD = '#1a7f37';
const BAD = '#cf222e';
const INK = '#24292f';
const FAINT = '#6e7781';

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}" font-size="14" fill="${INK}" ${more}>${words}</text>`;

/** An SVG of one group of bars for each init: a bar is a request, from its start to its answer or its loss. */
export function drawDifference(results: readonly { readonly label: string; readonly result: Result }[]): string {
  const latest = Math.max(
    ...results.flatMap(({ result }) => [result.seconds, ...result.servers.map(({ end }) => end)]),
  );
  const scale = (WIDTH - LEFT - RIGHT) / (latest + REQUEST_BEFORE_STOP);
  const xOf = (seconds: number): number => Math.round(LEFT + (seconds + REQUEST_BEFORE_STOP) * scale);
  const parts: string[] = [];
  let y = 54;
  for (const { label, result } of results) {
    parts.push(text(16, y + 19, label, 'font-weight="bold"'));
    for (const { name, error, end } of result.servers) {
      const isLost = error !== undefined;
      const width = Math.max(2, xOf(end) - xOf(-REQUEST_BEFORE_STOP));
      parts.push(
        text(LEFT - 10, y + 19, name, 'text-anchor="end"'),
        `<rect x="${LEFT}" y="${y + 4}" width="${width}" height="20" rx="3" fill="${isLost ? BAD : GOOD}"/>`,
        text(LEFT + width + 8, y + 19, isLost ? `lost: ${error}` : 'answered'),
      );
      y += ROW;
    }
    const told = result.servers.filter(({ isTold }) => isTold).length;
    const outcome = `${told} of ${result.servers.length} got SIGTERM; the container ends after ${result.seconds.toFixed(2)} s with status ${result.status}`;
    parts.push(text(LEFT, y + 12, outcome, `style="fill:${FAINT};paint-order:stroke;stroke:#ffffff;stroke-width:5px"`));
    y += ROW + 6;
  }
  const line = xOf(0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif">`,
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    `<line x1="${line}" y1="36" x2="${line}" y2="${y - 10}" stroke="${INK}" stroke-dasharray="4 3"/>`,
    ...parts,
    text(line, 28, 'SIGTERM to PID 1', 'text-anchor="middle"'),
    '</svg>',
    '',
  ].join('\n');
}
