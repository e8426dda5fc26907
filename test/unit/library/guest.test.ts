/** supervise() as a guest in a process that has children and signals of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { readAsked } from '../../../src/library/read-options.ts';
import { supervise } from '../../../src/library/supervise.ts';
import { statOf } from '../../helpers/process.ts';
import { Scene, app } from '../../helpers/supervised.ts';
import { until } from '../../helpers/world.ts';

/** For processes of their own. */
const library = path.resolve(import.meta.dirname, '../../../src/library/supervise.ts');

const ended = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0];

test('several run at a time, and a stop of one is none of another', async () => {
  await using first = new Scene(`(${app('one', 6)}) & wait`);
  await using second = new Scene(`(${app('two', 7)}) & wait`);
  await first.says('one ready');
  await second.says('two ready');
  first.supervised.stop();
  assert.equal((await first.supervised.outcome).exitStatus, 6);
  assert.equal(second.output, 'two ready\n');
  second.supervised.stop();
  assert.equal((await second.supervised.outcome).exitStatus, 7);
});

test('children that were started by other means are left alone', async () => {
  const mine = spawn('bash', ['-c', app('mine', 8)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const mineEnds = ended(mine);
  let said = '';
  mine.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // Each of the subshells leaves an orphan behind, which ends at once.
  await using scene = new Scene(`for i in {1..100}; do (:& :); done; echo done; (${app('one', 0)}) & wait`);
  const statuses = await Promise.all(
    Array.from({ length: 40 }, (_, code) => ended(spawn('sh', ['-c', `exit ${code}`]))),
  );
  assert.deepEqual(
    statuses,
    Array.from({ length: 40 }, (_, code) => code),
  );
  await scene.says('done', 'one ready');
  await until('mine is ready', () => said !== '');
  scene.supervised.stop();
  await scene.supervised.outcome;
  assert.equal(said, 'mine ready\n');
  mine.kill();
  assert.equal(await mineEnds, 8);
});

test('signals of this process are taken only on demand, and only until the end', async () => {
  const count = (): readonly number[] => ['SIGTERM', 'SIGUSR2', 'SIGCHLD'].map((name) => process.listenerCount(name));
  const before = count();
  await using other = new Scene(app('other', 0));
  assert.deepEqual(count().slice(0, 2), before.slice(0, 2));
  await using scene = new Scene(app('one', 14), { signals: true });
  await scene.says('one ready');
  process.kill(process.pid, 'SIGTERM');
  assert.equal((await scene.supervised.outcome).exitStatus, 14);
  await other.says('other ready');
  other.supervised.stop();
  await other.supervised.outcome;
  assert.deepEqual(count(), before);
});

test('orphans of others are adopted only while something is supervised', async () => {
  const findParent = async (): Promise<number> => {
    const orphan = spawn('sh', ['-c', 'sleep 5 & echo $!'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    orphan.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await ended(orphan);
    await until('its pid', () => chunks.length > 0);
    const pid = Number(Buffer.concat(chunks).toString());
    try {
      return statOf(pid).parent;
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  };
  {
    await using scene = new Scene(app('one', 0));
    await scene.says('one ready');
    assert.equal(await findParent(), process.pid);
  }
  assert.notEqual(await findParent(), process.pid);
});

test(
  'a program that /proc hides is told and waited for',
  { skip: process.getuid?.() === 0 ? false : 'not root' },
  async () => {
    const code = `
    import { supervise } from '${library}';
    const words = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'bash', '-c', process.argv[1]];
    const supervised = supervise(words, { stdio: ['ignore', 'pipe', 'inherit'] });
    supervised.stdout.once('data', () => supervised.stop());
    console.log((await supervised.outcome).exitStatus);`;
    const hide = 'mount -o remount,hidepid=2,gid=12345 /proc; "$@"; exit';
    const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-ec', hide, 'sh'];
    const blind = ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace', process.execPath];
    const args = [...namespace, ...blind, '--input-type=module', '-e', code, app('one', 5)];
    const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.equal(await text(child.stdout), '5\n');
  },
);

/** Its child has ended, and nobody has waited for it, when it ends itself. */
const leavesZombie = (ending: string): readonly string[] => [
  'perl',
  '-e',
  `if (fork) { wait; exit 0 }
   my $child = fork;
   if (!$child) { ${ending} }
   for (my $stat = ''; $stat !~ /\\) Z/;) { open my $file, '<', "/proc/$child/stat"; $stat = <$file>; }`,
];

for (const [ending, expected] of [
  ['exit 3', { type: 'exited', code: 3 }],
  ['kill 9, $$', { type: 'signalled', signal: 'SIGKILL' }],
] as const) {
  test(`an orphan that had ended before it was seen is among the orphans: ${ending}`, async () => {
    const { orphans } = await supervise(leavesZombie(ending)).outcome;
    assert.deepEqual(
      orphans.map((orphan) => orphan.ending),
      [expected],
    );
  });
}

test('where there are other children, nobody knows whose orphan that was', async () => {
  const other = spawn('sleep', ['1000']);
  try {
    // It may be seen while it lives, and is known then.
    for (let tries = 20; (await supervise(leavesZombie('exit 3')).outcome).orphans.length > 0; tries -= 1)
      assert.ok(tries > 0, 'it is always known');
  } finally {
    other.kill();
    await ended(other);
  }
});

test('many at a time do not look like a leak', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning);
  process.on('warning', onWarning);
  const { signal: abortSignal } = new AbortController();
  const many = Array.from({ length: 12 }, () => supervise(['true'], { signals: true, abortSignal }));
  await Promise.all(many.map(({ outcome }) => outcome));
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
});

test('what is typed at a terminal reaches a program once', async () => {
  const program = `
    let count = 0;
    process.on('SIGINT', () => (count += 1));
    process.on('SIGUSR1', () => process.exit(count));
    setInterval(() => undefined, 1000);
    console.log('ready');`;
  const code = `
    import { supervise } from '${library}';
    const supervised = supervise([process.execPath, '-e', process.argv[1]], { signals: true });
    supervised.on('told', ({ signal }) => signal === 'SIGINT' && supervised.send('USR1'));
    const { exitStatus } = await supervised.outcome;
    console.log(\`times: \${exitStatus}\`);`;
  const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const words = [process.execPath, '--input-type=module', '-e', code, program];
  const terminal = spawn('script', ['-qec', `exec ${words.map(quote).join(' ')}`, '/dev/null']);
  let output = '';
  terminal.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await until(
      'the program is ready',
      () => output.includes('ready'),
      () => output,
    );
    terminal.stdin.write('\x03');
    await until(
      'the outcome',
      () => /times: \d/.test(output),
      () => output,
    );
    assert.match(output, /times: 1\r/);
  } finally {
    terminal.stdin.end();
    terminal.kill();
  }
});

test('what was adopted and had ended before it was seen is reaped all the same', async () => {
  const countZombies = (): number =>
    readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1')
      .split(' ')
      .filter((pid) => pid !== '' && statOf(Number(pid)).state === 'Z').length;
  for (let round = 0; round < 10; round += 1) {
    await using scene = new Scene('(: & (exit 3) & ) ; exit 0');
    await scene.supervised.outcome;
  }
  await until('no zombies', () => countZombies() === 0);
});

test('without a C library all are told and waited for, and only how orphans end is not known', async () => {
  const script = `(trap 'sleep 0.2; echo told; exit 4' TERM; kill -TERM $ABOVE; while :; do sleep 0.02; done) & wait`;
  const code = `
    import { supervise } from '${library}';
    const options = { signals: ['TERM'], env: { ABOVE: String(process.pid) } };
    const { outcome } = supervise(['bash', '-c', process.argv[1]], options);
    console.log((await outcome).exitStatus);`;
  const args = ['--no-experimental-ffi', '--input-type=module', '-e', code, script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.equal(await text(child.stdout), 'told\n143\n');
});

test('without a C library an orphan that nobody reaps does not keep the outcome', async () => {
  const code = `
    import { supervise } from '${library}';
    const { outcome } = supervise(['sh', '-c', '(sleep 0.4 &); sleep 0.1; exit 3']);
    console.log((await outcome).exitStatus);`;
  const node = [process.execPath, '--no-experimental-ffi', '--input-type=module', '-e', code];
  // Its orphans are adopted by it as PID 1, which knows of none.
  const namespace = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const child = spawn('unshare', [...namespace, ...node], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(await text(child.stdout), '3\n');
});

test('a pipe to a program that has ended is closed', async () => {
  const countPipes = (): number => readdirSync('/proc/self/fd').length;
  const before = countPipes();
  for (let round = 0; round < 10; round += 1)
    await supervise(['true'], { stdio: ['pipe', 'ignore', 'ignore'] }).outcome;
  await until('the descriptors are closed', () => countPipes() <= before);
});

test('a signal that is named twice is told once', () => {
  const { signals } = readAsked(['true'], { signals: ['TERM', 'SIGTERM', 'INT'] });
  assert.deepEqual(signals, [15, 2]);
});

test('a child of a busy worker is left to it', async () => {
  // The worker cannot wait for its child before it is told to go on, which is after an abandoned one would be reaped.
  const worker = `
    const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
    const child = process.getBuiltinModule('node:child_process').spawn('sh', ['-c', 'exit 9']);
    child.on('exit', (code) => parentPort.postMessage(code));
    Atomics.wait(workerData, 0, 0);`;
  const code = `
    import { Worker } from 'node:worker_threads';
    import { supervise } from '${library}';
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const supervised = supervise(['sleep', '1.6']);
    const worker = new Worker(process.argv[1], { eval: true, workerData: gate, name: 'busy' });
    const said = new Promise((resolve) => worker.once('message', resolve));
    const look = setInterval(() => process.emit('SIGCHLD'), 50);
    const { orphans } = await supervised.outcome;
    clearInterval(look);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    console.log(orphans.length, await said);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, worker], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(await text(child.stdout), '0 9\n');
});

test('without a C library the warning says that orphans are waited for', async () => {
  const code = `
    import { supervise } from '${library}';
    const supervised = supervise(['true']);
    supervised.on('warning', ({ message }) => console.log(message));
    await supervised.outcome;`;
  const args = ['--no-experimental-ffi', '--input-type=module', '-e', code];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.match(
    await text(child.stdout),
    /^cannot become a subreaper: .*; orphans are found in .* and waited for; .*\n$/,
  );
});

test('a failure of its own does not end a process that only listens to events', async () => {
  const code = `
    import { supervise } from '${library}';
    import { Family } from '${path.resolve(library, '../family.ts')}';
    Family.prototype.harvest = () => { throw new Error('a bug'); };
    supervise(['true']).on('mainEnded', () => undefined);
    process.once('beforeExit', () => console.log('goes on'));`;
  const args = ['--input-type=module', '-e', code];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  assert.equal(await text(child.stdout), 'goes on\n');
});
