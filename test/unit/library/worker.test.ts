/** supervise() in a worker thread, which is told of no signal, SIGCHLD included. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Outcome } from '../../../src/library/types.ts';
import { app } from '../../helpers/supervised.ts';
import { until } from '../../helpers/world.ts';

const library = pathToFileURL(path.resolve(import.meta.dirname, '../../../src/library/supervise.ts')).href;

/** Supervises a script, stops it at the first message, and tells of the outcome. */
const code = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.library).then(async ({ supervise }) => {
  const supervised = supervise(['bash', '-c', workerData.script], { stdio: ['ignore', 'pipe', 'inherit'] });
  supervised.stdout.on('data', (chunk) => process.stdout.write(chunk));
  parentPort.once('message', () => supervised.stop());
  parentPort.postMessage(await supervised.outcome);
});
`;

test('an orphan is told and waited for, and the status is that of the program', async () => {
  // The orphan loses its parent at once.
  const script = `(( ${app('orphan', 4)} ) &); ${app('main', 3)}`;
  const worker = new Worker(code, { eval: true, workerData: { library, script }, stdout: true });
  const exited = once(worker, 'exit');
  const output = text(worker.stdout);
  let said = '';
  worker.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('both are ready', () => said.includes('main ready') && said.includes('orphan ready'));
  worker.postMessage('stop', []);
  const [outcome] = (await once(worker, 'message')) as [Outcome];
  assert.deepEqual(
    { exitStatus: outcome.exitStatus, main: outcome.main, orphans: outcome.orphans, killed: outcome.killed },
    { exitStatus: 3, main: { type: 'exited', code: 3 }, orphans: [], killed: [] },
  );
  assert.deepEqual(await exited, [0], 'nothing keeps the worker');
  assert.match(await output, /orphan told/);
});
