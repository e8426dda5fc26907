import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Of the machine's own, and those that `DRAINIT_NODES` names besides, with a colon between. */
export const otherNodes: readonly string[] = [
  ...['/usr/local/bin/node', '/usr/bin/node', '/usr/bin/nodejs'].filter((file) => existsSync(file)).slice(0, 1),
  ...(process.env['DRAINIT_NODES'] ?? '').split(':').filter(Boolean),
];

/** What an expression is in another Node. */
export const evaluateIn = (node: string, expression: string): string =>
  spawnSync(node, ['-p', expression], { encoding: 'utf8' }).stdout.trim();

/** One that cannot become another program (process.execve): before 22.15. */
export const oldNode = otherNodes.find((node) => evaluateIn(node, 'typeof process.execve') === 'undefined');
