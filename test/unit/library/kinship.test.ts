/** supervise() and whom it takes for one of the program's: what has put itself out of sight, nested, without descriptors. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { supervise } from '../../../src/library/supervise.ts';
import { statOf } from '../../helpers/process.ts';
import { Scene, app } from '../../helpers/supervised.ts';
import { until } from '../../helpers/world.ts';

const library = path.resolve(import.meta.dirname, '../../../src/library/supervise.ts');

/** Runs a program with the library in a process of its own. @returns what it writes */
async function run(
  code: string,
  { args = [], before = [] }: { args?: string[]; before?: string[] } = {},
): Promise<string> {
  const words = [
    ...before,
    process.execPath,
    '--input-type=module',
    '-e',
    `import { supervise } from '${library}';${code}`,
  ];
  const [file = '', ...rest] = [...words, ...args];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000, killSignal: 'SIGKILL' });
  return text(child.stdout);
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

/** Says its pid, without a parent, in a session and with an environment of its own; ends with 9 after TERM. */
const daemon = (disguise: string): string => `
  use POSIX;
  exit 0 if fork;
  POSIX::setsid();
  exit 0 if fork;
  ${disguise}
  my $told = 0;
  $SIG{TERM} = sub { $told = 1 };
  $| = 1;
  print "daemon $$ ready\\n";
  select(undef, undef, undef, 0.02) until $told;
  exit 9;`;

const disguises: readonly (readonly [what: string, words: readonly string[], disguise: string])[] = [
  ['has written its title over its environment', ['perl', '-e'], `$0 = 'server: master process ' . 'x' x 100000;`],
  ['has no environment', ['env', '-i', '/usr/bin/perl', '-e'], ''],
];
for (const [what, words, disguise] of disguises) {
  test(`a daemon that ${what} is told and waited for`, async () => {
    const quoted = daemon(disguise).replaceAll("'", String.raw`'\''`);
    await using scene = new Scene(`${words.join(' ')} '${quoted}'; (${app('one', 0)}) & wait`);
    await scene.says('one ready');
    await until('the daemon is ready', () => /daemon \d+ ready/.test(scene.output));
    const pid = Number(/daemon (\d+)/.exec(scene.output)?.[1]);
    await until('it is ours', () => statOf(pid).parent === process.pid);
    scene.supervised.stop();
    const { orphans } = await scene.supervised.outcome;
    assert.deepEqual(
      orphans.find((orphan) => orphan.pid === pid),
      { pid, ending: { type: 'exited', code: 9 } },
    );
  });
}

test('a daemon of another child is left alone, also one without an environment', async () => {
  await using scene = new Scene(app('one', 5));
  await scene.says('one ready');
  const other = spawn('env', ['-i', '/usr/bin/perl', '-e', daemon('')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(other.stdout, 'data')) as [Buffer];
  const pid = Number(/daemon (\d+)/.exec(line.toString())?.[1]);
  await until('it is adopted', () => statOf(pid).parent === process.pid);
  scene.supervised.stop();
  assert.deepEqual((await scene.supervised.outcome).exitStatus, 5);
  assert.equal(statOf(pid).parent, process.pid);
  process.kill(pid, 'SIGTERM');
});

test('what a supervised program supervises itself belongs to both', async () => {
  // The one between is killed: what it looked after loses its parent.
  const inner = `
    const { pid } = supervise(['sh', '-c', '(' + process.argv[1] + ') & wait']);
    process.stdout.write('between ' + process.pid + '\\n');`;
  const code = `import { supervise } from '${library}';${inner}`;
  const words = [process.execPath, '--input-type=module', '-e', code, app('innermost', 6)];
  const supervised = supervise(words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  supervised.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until('all are ready', () => /between \d+/.test(output) && output.includes('innermost ready'));
  process.kill(Number(/between (\d+)/.exec(output)?.[1]), 'SIGKILL');
  const { main, orphans } = await supervised.outcome;
  assert.deepEqual(main, { type: 'signalled', signal: 'SIGKILL' });
  assert.match(output, /innermost told/);
  assert.ok(
    orphans.some(({ ending }) => ending.type === 'exited' && ending.code === 6),
    JSON.stringify(orphans),
  );
});

for (const call of ['stop', 'kill'] as const) {
  test(`what a shell has started just before the ${call} does not outlive the outcome`, async () => {
    const marked = (tag: string): readonly string[] =>
      readdirSync('/proc').filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(tag);
        } catch {
          return false;
        }
      });
    for (let round = 0; round < 25; round += 1) {
      const tag = `TAG=${call}-${process.pid}-${round}`;
      const supervised = supervise(['sh', '-c', 'sleep 50 & sleep 60'], {
        stdio: 'ignore',
        env: { TAG: tag.slice(4) },
      });
      supervised[call]();
      await supervised.outcome;
      assert.deepEqual(marked(tag), [], `round ${round}`);
    }
  });
}

test('the status of another child is not lost while the event loop is blocked', async () => {
  const output = await run(`
    import { spawn } from 'node:child_process';
    import { once } from 'node:events';
    const block = (millis) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
    const supervised = supervise(['sleep', '60']);
    const ended = once(spawn('sh', ['-c', 'exit 7']), 'exit');
    block(150);
    supervised.send('CONT');
    block(1_200);
    supervised.send('CONT');
    console.log((await ended)[0]);
    supervised.kill();`);
  assert.equal(output, '7\n');
});

test('what another child has left behind is reaped when it ends', async () => {
  const zombies = (): readonly string[] =>
    readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1')
      .split(' ')
      .filter((pid) => pid !== '' && statOf(Number(pid)).state === 'Z');
  // What was there before is left alone.
  const before = new Set(zombies());
  const count = (): number => zombies().filter((pid) => !before.has(pid)).length;
  await using scene = new Scene(app('one', 0));
  await scene.says('one ready');
  const other = spawn('sh', ['-c', 'sleep 0.1 & sleep 0.1 &'], { stdio: 'ignore' });
  await once(other, 'exit');
  await until('they have ended', () => count() >= 2);
  await until('nobody is left of them', async () => {
    // Each end of a child is a look.
    await once(spawn('true', { stdio: 'ignore' }), 'exit');
    return count() === 0;
  });
});

test('nothing is open after the end', async () => {
  const count = (): number => readdirSync('/proc/self/fd').length;
  await supervise(['true']).outcome;
  const before = count();
  for (let round = 0; round < 3; round += 1) await supervise(['true']).outcome;
  await until('all is closed', () => count() <= before);
  assert.ok(!readdirSync('/proc/self/fd').some((fd) => linkOf(fd) === '/'), 'the spare descriptor');
});

test('a stop reaches everyone when this process has no descriptor left', async () => {
  const output = await run(
    `
    import { openSync } from 'node:fs';
    const supervised = supervise(['bash', '-c', process.argv[1]], { stdio: ['ignore', 'pipe', 'inherit'] });
    supervised.stdout.once('data', () => {
      let error;
      while (error === undefined) try { openSync('/dev/null') } catch (it) { error = it }
      supervised.stop();
      console.log(error.code);
    });
    const { exitStatus, killed } = await supervised.outcome;
    console.log(exitStatus, killed.length);`,
    { before: ['prlimit', '--nofile=64:64'], args: [`(${app('one', 7)}) & wait`] },
  );
  assert.equal(output, 'EMFILE\n7 0\n');
});

test('a child of a worker that was there before is left to it, whatever it is called', async () => {
  // The worker cannot wait for its child before it is told to go on, which is after an abandoned one would be reaped.
  const worker = `
    const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
    parentPort.once('message', () => {
      const child = process.getBuiltinModule('node:child_process').spawn('sh', ['-c', 'exit 9']);
      child.on('exit', (code) => parentPort.postMessage(code));
      Atomics.store(workerData, 0, 1);
      Atomics.notify(workerData, 0);
      Atomics.wait(workerData, 1, 0);
    });`;
  const code = `
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(process.argv[1], { eval: true, workerData: gate, name: 'mine' });
    await once(worker, 'online');
    const { supervise } = await import('${library}');
    const supervised = supervise(['sleep', '1.6']);
    worker.postMessage('');
    Atomics.wait(gate, 0, 0);
    const said = once(worker, 'message');
    const look = setInterval(() => process.emit('SIGCHLD'), 50);
    const { orphans } = await supervised.outcome;
    clearInterval(look);
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
    console.log(orphans.length, (await said)[0]);
    await worker.terminate();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, worker], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(await text(child.stdout), '0 9\n');
});

test('a listener of all events that throws keeps nobody else from being told', async () => {
  const output = await run(`
    process.on('uncaughtException', ({ message }) => console.log(message));
    const supervised = supervise(['true']);
    supervised.on('event', ({ type }) => { throw new Error('thrown at ' + type) });
    supervised.on('mainEnded', () => console.log('told'));
    await supervised.outcome;`);
  assert.equal(output, 'thrown at started\nthrown at mainEnded\ntold\n');
});

for (const [what, call, status] of [
  ['stop()', 'stop()', 3],
  ['kill()', 'kill()', 137],
] as const) {
  test(`after a failure of its own ${what} still reaches the programs`, async () => {
    const output = await run(
      `
      import { Family } from '${path.resolve(library, '../family.ts')}';
      import { once } from 'node:events';
      Family.prototype.harvest = () => { throw new Error('a bug') };
      const supervised = supervise(['sh', '-c', process.argv[1]], { stdio: ['ignore', 'pipe', 'inherit'] });
      await supervised.outcome.catch(({ message }) => console.log(message));
      supervised.stdout.once('data', () => supervised.${call});
      await once(supervised.stdout, 'close');
      console.log('over');`,
      { args: [app('one', status)] },
    );
    assert.equal(output, 'a bug\nover\n');
  });
}
