/** What a start file with many services costs, beside supervisord and s6 with the same services: `npm run bench:services`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { main } from '../scripts/run.ts';
import { root } from '../test/helpers/subjects.ts';
import { World, childrenOf, read } from '../test/helpers/world.ts';
import { type Row, median } from './row.ts';
import { renderTable } from './table.ts';

const COUNTS = [100, 1_000];
const ROUNDS = 3;
const PATIENCE = 120_000;
const PROGRAM = 'sleep 1000';

/** Something that runs services. */
interface Manager {
  readonly name: string;
  readonly file: string;
  /** Writes what it needs into the folder; the words that start it. */
  readonly prepare: (folder: string, count: number) => readonly string[];
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `s${index}`);

const managers: readonly Manager[] = [
  {
    name: 'drainit',
    file: path.join(root, 'dist/drainit'),
    prepare: (folder, count) => {
      const file = path.join(folder, 'drainit.yaml');
      const services = names(count).map((name) => `  ${name}:\n    command: ${PROGRAM}\n`);
      writeFileSync(file, `services:\n${services.join('')}`);
      return [path.join(root, 'dist/drainit'), '-f', file];
    },
  },
  {
    name: 'supervisord',
    file: '/usr/bin/supervisord',
    prepare: (folder, count) => {
      const file = path.join(folder, 'supervisord.conf');
      const programs = names(count).map((name) => `[program:${name}]\ncommand=${PROGRAM}\nstartsecs=0\n`);
      const settings = ['nodaemon=true', 'user=root', 'logfile=/dev/null', 'logfile_maxbytes=0', 'minfds=8192'];
      const own = [...settings, `pidfile=${folder}/pid`, `childlogdir=${folder}`];
      writeFileSync(file, `[supervisord]\n${own.join('\n')}\n${programs.join('')}`);
      return ['/usr/bin/supervisord', '-c', file];
    },
  },
  {
    name: 's6',
    file: '/usr/bin/s6-svscan',
    prepare: (folder, count) => {
      for (const name of names(count)) {
        mkdirSync(path.join(folder, 'scan', name), { recursive: true });
        const run = path.join(folder, 'scan', name, 'run');
        writeFileSync(run, `#!/bin/sh\nexec ${PROGRAM}\n`);
        chmodSync(run, 0o755);
      }
      return ['/usr/bin/s6-svscan', '-c', String(count + 8), path.join(folder, 'scan')];
    },
  },
];

/** The processes below one, and how many of them are programs of services. */
function countPrograms(pid: number): { readonly programs: number; readonly managing: readonly number[] } {
  const managing = [pid];
  let programs = 0;
  for (const child of childrenOf(pid)) {
    if (read(`/proc/${child}/comm`).trim() === 'sleep') {
      programs += 1;
    } else {
      const below = countPrograms(child);
      programs += below.programs;
      managing.push(...below.managing);
    }
  }
  return { programs, managing };
}

/** Proportional set size, so that what many processes share counts once. */
const readShare = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? Number.NaN);

async function measure(manager: Manager, count: number): Promise<readonly number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'drainit-bench-'));
  try {
    const command = manager.prepare(folder, count);
    let began = performance.now();
    await using world = new World({ name: manager.name, command, isOurs: false }, { run: [] });
    const isUp = (): boolean => world.hasStarted && countPrograms(world.init).programs === count;
    await world.until('all services run', isUp, PATIENCE);
    const startUp = performance.now() - began;
    const memory = countPrograms(world.init).managing.reduce((sum, pid) => sum + readShare(pid), 0);
    began = performance.now();
    world.signal('SIGTERM');
    await world.until('all services have ended', () => world.isOver, PATIENCE);
    return [startUp, memory / count, performance.now() - began];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LINE = 'x'.repeat(79);
const BYTES = 1_000_000_000;

/** Bytes a second that come through, in MB. */
function measureOutput(command: string): number {
  const began = performance.now();
  execFileSync('sh', ['-c', `${command} > /dev/null`]);
  return BYTES / 1e3 / (performance.now() - began);
}

/** Lines of 80 bytes with their names, beside cat(1), which changes nothing. */
function measurePrefix(): Row {
  const folder = mkdtempSync(path.join(tmpdir(), 'drainit-bench-'));
  try {
    const file = path.join(folder, 'drainit.yaml');
    const source = `yes ${LINE} | head -c ${BYTES}`;
    writeFileSync(file, `services:\n  one:\n    command: ["sh", "-c", "${source}"]\n`);
    const commands = { drainit: `${path.join(root, 'dist/drainit')} --prefix -f ${file}`, cat: `${source} | cat` };
    const values = Object.entries(commands).map(
      ([name, command]) => [name, median(Array.from({ length: ROUNDS }, () => measureOutput(command)))] as const,
    );
    return { what: 'output with --prefix', unit: 'MB/s', budget: null, values: new Map(values) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main(async () => {
  const present = managers.filter(({ file }) => existsSync(file));
  const rows: Row[] = [];
  for (const count of COUNTS) {
    const results = new Map<string, (readonly number[])[]>(present.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const manager of present) results.get(manager.name)?.push(await measure(manager, count));
    }
    const column = (index: number): Row['values'] =>
      new Map([...results].map(([name, runs]) => [name, median(runs.map((run) => run[index] ?? Number.NaN))]));
    rows.push(
      { what: `${count} services, until all run`, unit: 'ms', budget: null, values: column(0) },
      { what: `${count} services, memory for each`, unit: 'KiB', budget: null, values: column(1) },
      { what: `${count} services, from TERM to the end`, unit: 'ms', budget: null, values: column(2) },
    );
  }
  rows.push(measurePrefix());
  console.log(renderTable(rows, [...present.map(({ name }) => name), 'cat']));
});
