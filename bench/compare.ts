/**
 * What each init does to plain start scripts: `npm run compare`. Every cell is one container's life, from the start of
 * its programs to its end; nothing in the table is written by hand.
 */
import { peers, subjects } from '../test/helpers/subjects.ts';
import { World } from '../test/helpers/world.ts';

interface Script {
  readonly name: string;
  readonly shell: string;
  readonly text: string;
  /** Those that run when SIGTERM comes. */
  readonly programs: readonly string[];
  /** What a user expects the container to exit with. */
  readonly status: number;
}

const scripts: readonly Script[] = [
  { name: 'two & wait', shell: 'bash', text: 'P one & P two & wait', programs: ['one', 'two'], status: 0 },
  { name: 'the same, dash', shell: 'dash', text: 'P one & P two & wait', programs: ['one', 'two'], status: 0 },
  { name: 'one fails (3)', shell: 'bash', text: 'P one & P two --exit 3 & wait', programs: ['one', 'two'], status: 3 },
  {
    name: 'nested',
    shell: 'bash',
    text: `bash -c 'P one & wait' &\nP two & wait`,
    programs: ['one', 'two'],
    status: 0,
  },
  { name: 'foreground', shell: 'bash', text: 'P one\nP two', programs: ['one'], status: 0 },
  { name: 'one & exec two', shell: 'bash', text: 'P one &\nexec P two', programs: ['one', 'two'], status: 0 },
  { name: 'subshells', shell: 'bash', text: '(P one; :) & (P two; :) & wait', programs: ['one', 'two'], status: 0 },
  {
    name: 'trap and wait',
    shell: 'bash',
    text: `trap 'kill $(jobs -p); wait; exit 0' TERM\nP one & P two & wait`,
    programs: ['one', 'two'],
    status: 0,
  },
];

/** What became of the programs of a script under an init, in the fewest words; `ok` where nothing is wrong. */
async function judge(subject: (typeof subjects)[number], script: Script): Promise<string> {
  await using world = new World(subject, { run: script.text, shell: script.shell });
  await world.has(...script.programs.map((name) => `${name} ready`));
  world.signal('SIGTERM');
  const { status } = await world.end();
  const told = script.programs.map((name) => world.count(`${name} got 15`));
  if (told.includes(0)) return 'not told';
  if (script.programs.some((name) => world.count(`${name} done`) === 0)) return 'cut off';
  if (told.some((count) => count > 1)) return 'told twice';
  return status === script.status ? 'ok' : `exits ${status}`;
}

const columns = [...peers, ...subjects.filter(({ isOurs }) => isOurs)];
const rows: string[][] = [['start script', ...columns.map(({ name }) => (name === 'native' ? 'drainit' : name))]];
for (const script of scripts) {
  const cells: string[] = [];
  for (const subject of columns) cells.push(await judge(subject, script));
  rows.push([script.name, ...cells]);
}

const widths = rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? [];
const print = (cells: readonly string[]): void =>
  console.log(`| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
const [head = [], ...body] = rows;
print(head);
print(widths.map((width) => '-'.repeat(width)));
for (const cells of body) print(cells);
