/** supervise() with real processes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { supervise } from '../../../src/library/supervise.ts';
import type { SuperviseEvent, SuperviseOptions } from '../../../src/library/types.ts';
import { Scene, app } from '../../helpers/supervised.ts';
import { until } from '../../helpers/world.ts';

test('the outcome is that of the program', async () => {
  const supervised = supervise(['sh', '-c', 'exit 3']);
  assert.equal(typeof supervised.pid, 'number');
  assert.deepEqual(await supervised.outcome, {
    exitStatus: 3,
    main: { type: 'exited', code: 3 },
    startError: null,
    wasStopped: false,
    orphans: [],
    killed: [],
  });
});

const unstartable: readonly (readonly [file: string, status: number, code: string])[] = [
  ['/no/such/program', 127, 'ENOENT'],
  ['/etc/passwd', 126, 'EACCES'],
];
for (const [file, status, code] of unstartable) {
  test(`${file} cannot be started: ${code}`, async () => {
    const supervised = supervise([file]);
    const failed = once(supervised, 'startFailed');
    const { exitStatus, main, startError } = await supervised.outcome;
    assert.deepEqual({ exitStatus, main, startError }, { exitStatus: status, main: null, startError: code });
    const [event] = (await failed) as [SuperviseEvent];
    assert.match(event.message, new RegExp(`^cannot start '${file}': `));
    assert.equal(supervised.pid, undefined);
  });
}

test('a stop reaches the programs of a script, and their statuses are the outcome', async () => {
  await using scene = new Scene(`(${app('one', 0)}) & (${app('two', 4)}) & wait`);
  await scene.says('one ready', 'two ready');
  scene.supervised.stop();
  const { exitStatus, main, wasStopped } = await scene.supervised.outcome;
  await scene.says('one told', 'two told');
  assert.deepEqual(
    { exitStatus, main, wasStopped },
    { exitStatus: 4, main: { type: 'signalled', signal: 'SIGTERM' }, wasStopped: true },
  );
  const types = scene.events.map(({ type }) => type);
  assert.deepEqual(types.slice(0, 3), ['started', 'received', 'told']);
  assert.equal(types.filter((type) => type === 'mainEnded').length, 1);
});

test('an AbortSignal that is aborted is a stop', async () => {
  const controller = new AbortController();
  await using scene = new Scene(`(${app('one', 5)}) & wait`, { abortSignal: controller.signal });
  await scene.says('one ready');
  controller.abort();
  assert.equal((await scene.supervised.outcome).exitStatus, 5);
  assert.throws(() => supervise(['true'], { abortSignal: controller.signal }), { name: 'AbortError' });
});

test('a program that has put itself out of sight is found, told and waited for', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'drainit-test-'));
  try {
    const file = path.join(folder, 'pid');
    const daemon = `trap 'exit 9' TERM; echo $$ > ${file}.new; mv ${file}.new ${file}; while :; do sleep 0.02; done`;
    await using scene = new Scene(
      `(setsid bash -c "${daemon.replaceAll('$', String.raw`\$`)}" &); (${app('one', 0)}) & wait`,
    );
    await scene.says('one ready');
    const read = (): string => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return '';
      }
    };
    await until('the daemon is there', () => read() !== '');
    const pid = Number(read());
    scene.supervised.stop();
    const { orphans } = await scene.supervised.outcome;
    assert.deepEqual(
      orphans.find((orphan) => orphan.pid === pid),
      { pid, ending: { type: 'exited', code: 9 } },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is left after the grace period is killed, by name', async () => {
  await using scene = new Scene(`trap '' TERM; echo ready; while :; do sleep 0.02; done`, { grace: '300ms' });
  await scene.says('ready');
  scene.supervised.stop();
  const { exitStatus, killed } = await scene.supervised.outcome;
  assert.equal(exitStatus, 137);
  assert.ok(
    killed.some(({ pid, name }) => pid === scene.supervised.pid && name === 'bash'),
    JSON.stringify(killed),
  );
  assert.ok(scene.events.some(({ type }) => type === 'report'));
});

const words: readonly (readonly [what: string, script: string, options: SuperviseOptions, status: number])[] = [
  ['remapExit', 'exit 5', { remapExit: 5 }, 0],
  ['env', 'exit $CODE', { env: { CODE: '11' } }, 11],
  ['cwd', '[ $PWD = / ] && exit 12', { cwd: '/' }, 12],
  ['group', '[ $(cut -d " " -f 5 /proc/$$/stat) = $$ ] && exit 13', { group: true }, 13],
];
for (const [what, script, options, status] of words) {
  test(`${what} is as asked for`, async () => {
    assert.equal((await supervise(['bash', '-c', script], options).outcome).exitStatus, status);
  });
}

test('a signal is rewritten, and any can be sent', async () => {
  const script = `trap 'exit 20' USR1; trap 'exit 21' USR2; echo ready; while :; do sleep 0.02; done`;
  await using scene = new Scene(script, { rewrite: { USR1: 'USR2' } });
  await scene.says('ready');
  assert.throws(
    () => scene.supervised.send('TREM' as 'TERM'),
    /^TypeError: send: 'TREM' is not a signal: did you mean TERM/,
  );
  scene.supervised.send('USR1');
  assert.equal((await scene.supervised.outcome).exitStatus, 21);
});

test('a drain holds a stop back, and runs the hook', async () => {
  await using scene = new Scene(app('one', 0), { drain: '30s', preStop: 'sh -c "exit 2"' });
  await scene.says('one ready');
  scene.supervised.stop();
  const [hook] = (await once(scene.supervised, 'hookEnded')) as [Extract<SuperviseEvent, { type: 'hookEnded' }>];
  assert.deepEqual(hook.ending, { type: 'exited', code: 2 });
  assert.equal(scene.output, 'one ready\n');
  scene.supervised.stop();
  const { orphans } = await scene.supervised.outcome;
  assert.ok(
    orphans.every(({ ending }) => ending.type !== 'exited' || ending.code !== 2),
    'a hook is no orphan',
  );
  await scene.says('one told');
});

test('standard streams may be pipes', async () => {
  const { stdin, stdout, outcome } = supervise(['cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  stdin?.end('hello');
  assert.equal(stdout === null ? '' : await text(stdout), 'hello');
  assert.equal((await outcome).exitStatus, 0);
});

test('what is not read at once is not lost', async () => {
  const { stdout, outcome } = supervise(['seq', '1000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await outcome;
  const output = stdout === null ? '' : await text(stdout);
  assert.equal(output.split('\n').length, 1001);
});

test('kill() ends everything at once', async () => {
  const stubborn = (name: string): string => `(trap '' TERM; echo ${name}; while :; do sleep 0.02; done)`;
  await using scene = new Scene(`${stubborn('one')} & ${stubborn('two')} & wait`);
  await scene.says('one', 'two');
  scene.supervised.kill();
  const { exitStatus, main, orphans, killed, wasStopped } = await scene.supervised.outcome;
  assert.equal(exitStatus, 137);
  assert.deepEqual(main, { type: 'signalled', signal: 'SIGKILL' });
  assert.ok(wasStopped);
  const names = killed.filter(({ reason }) => reason === 'kill').map(({ name }) => name);
  assert.ok(names.filter((name) => name === 'bash').length >= 3, JSON.stringify(killed));
  assert.equal(new Set(killed.map(({ pid }) => pid)).size, killed.length);
  assert.ok(orphans.length >= 2, JSON.stringify(orphans));
});
