import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type NodeHost, nodeHosts, packed, plainNode, whileWaiting } from '../node-hosts.ts';
import { type Row, atMost, median, takeTurns } from '../row.ts';
import { run } from '../../scripts/run.ts';
import { runTool } from '../tools.ts';
import { readMemoryOf } from './memory.ts';

const STARTS = 200;
const BOOTS = 20;
const MEMORY_ROUNDS = 3;
const NANOS = 1e6;
/** Node itself catches INT and TERM from early on, and lets them do then what they would have done: nothing, as PID 1. */
const HUP = 1n;
/** The packed file has given back what only its start needed. */
const SETTLED = 1_000;

/** `env` in front costs the exec of a small program. */
const withEnvironment = ({ command, env = {} }: NodeHost): readonly string[] =>
  Object.keys(env).length === 0
    ? command
    : ['/usr/bin/env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...command];

/**
 * Has the kernel forget what it has of the packed file in its cache, which the build leaves there in large pieces: more of
 * them is mapped at a fault than a program uses.
 */
export function forgetPages(): void {
  const [file = ''] = packed.command;
  run('sync', [file]);
  run('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
}

/** Has the kernel read the packed file in one go, as when it was copied to where it runs, and Node when it was installed. */
function readWhole(): void {
  forgetPages();
  readFileSync(packed.command[0] ?? '');
}

export function measureStarts(): readonly Row[] {
  readWhole();
  const commands = nodeHosts.map((host) => [...withEnvironment(host), ...host.runsNothing, '::']);
  const times = runTool('timer', STARTS, ...commands.flat());
  const values = new Map(nodeHosts.map(({ name }, index) => [name, (times[index]?.[0] ?? NaN) / NANOS]));
  return [{ what: 'start-up, X -- /bin/true', unit: 'ms', budget: atMost(1.25, plainNode.name), values }];
}

/** Resident and anonymous memory in KiB, when what only the start needs has been given back. */
export const measureIdle = async (host: NodeHost): Promise<readonly number[]> =>
  whileWaiting(host, async (pid) => {
    await setTimeout(SETTLED);
    return readMemoryOf(pid);
  });

export async function measureMemory(): Promise<readonly Row[]> {
  forgetPages();
  const [resident = new Map(), anonymous = new Map()] = await takeTurns(MEMORY_ROUNDS, nodeHosts, measureIdle);
  return [
    { what: 'resident memory, idle', unit: 'KiB', budget: atMost(1.2, plainNode.name), values: resident },
    { what: '… of it anonymous', unit: 'KiB', budget: null, values: anonymous },
  ];
}

/** Our handlers are there, all at once; or the native binary has blocked everything, as Node does only for moments. */
function keepsSignals(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const name = readlinkSync(`/proc/${pid}/exe`).endsWith('/drainit') ? 'SigBlk' : 'SigCgt';
  return (BigInt(`0x${new RegExp(`^${name}:\\s+(\\w+)$`, 'm').exec(status)?.[1] ?? '0'}`) & HUP) !== 0n;
}

/** From the exec on, in ms, in which PID 1 loses a TERM: nothing catches or blocks it for good yet. */
const measureBoot = async (host: NodeHost): Promise<number> =>
  whileWaiting(host, (pid) => {
    const begin = performance.now();
    while (!keepsSignals(pid)) continue;
    return performance.now() - begin;
  });

export async function measureBoots(): Promise<readonly Row[]> {
  const values = new Map<string, number>();
  for (const host of nodeHosts.filter((it) => it !== plainNode)) {
    const times: number[] = [];
    for (let round = 0; round < BOOTS; round += 1) times.push(await measureBoot(host));
    values.set(host.name, median(times));
  }
  return [{ what: 'boot window in which PID 1 loses TERM', unit: 'ms', budget: null, values }];
}

export const measureSize = (): readonly Row[] => [
  {
    what: 'file',
    unit: 'bytes',
    budget: null,
    values: new Map([plainNode, packed].map(({ name, command: [file = ''] }) => [name, statSync(file).size])),
  },
];
