/** A stop signal that is held back: for a time, until the clients have gone, until a hook has ended. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Network } from '../helpers/network.ts';
import { type Subject, subjects } from '../helpers/subjects.ts';
import { type Scene, World, pause } from '../helpers/world.ts';

const PORT = 8080;
const SLOW_ANSWER = 8_000_000;

/** A server in a network of its own, with one client from outside. */
function serve(subject: Subject, network: Network, drain: string, scene: Partial<Scene> = {}): World {
  return new World(subject, {
    before: network.before,
    run: `server ${PORT} & wait`,
    ...scene,
    options: ['-vv', '--drain', drain, ...(scene.options ?? [])],
  });
}

/** How long the server went on after the signal, in seconds. */
async function heldFor(world: World): Promise<number> {
  const { status, seconds } = await world.end();
  assert.equal(status, 0, world.describe());
  assert.equal(world.count('server got 15'), 1, world.describe());
  return seconds;
}

for (const subject of subjects) {
  describe(`${subject.name}: a held stop signal`, { concurrency: 4 }, () => {
    test('--drain 1s: the programs are told after a second, and run on until then', async () => {
      await using world = new World(subject, { run: 'P one --drain 0 & wait', options: ['-d', '1s'] });
      await world.has('one ready');
      world.signal('SIGTERM');
      const { status, seconds } = await world.end();
      assert.equal(status, 0);
      assert.ok(seconds >= 1 && seconds < 3, `${seconds} s`);
      assert.equal(world.stderr, '');
    });

    test('a second TERM ends the drain at once', async () => {
      await using world = new World(subject, { run: 'P one --drain 0 & wait', options: ['-v', '-d', '15s'] });
      await world.has('one ready');
      world.signal('SIGTERM');
      await world.until('the drain has begun', () => world.stderr.includes('holding SIGTERM back for 15 s'));
      assert.equal(world.count('one got 15'), 0);
      world.signal('SIGTERM');
      const { seconds } = await world.end();
      assert.ok(seconds < 3, `${seconds} s`);
      assert.match(world.stderr, /the drain is over after .*: another stop signal came/);
    });

    test('the end of the main program ends the drain, and the rest is told', async () => {
      await using world = new World(subject, {
        run: 'P one --drain 0 & read -r line; exit 4',
        options: ['-v', '-d', '15s'],
        hasInput: true,
      });
      await world.has('one ready');
      world.signal('SIGTERM');
      await world.until('the drain has begun', () => world.stderr.includes('holding SIGTERM back'));
      world.write('go\n');
      assert.equal((await world.end()).status, 4);
      assert.equal(world.count('one got 15'), 1);
    });

    test('--drain-signal leaves alone what has no handler for it', async () => {
      await using world = new World(subject, {
        run: 'P one --drain 0 & P sidecar --drain 0 --default 12 & wait',
        options: ['-v', '-d', '1s', '--drain-signal', 'USR2'],
      });
      await world.has('one ready', 'sidecar ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0, world.describe());
      assert.deepEqual([world.count('one got 12'), world.count('sidecar done')], [1, 1], world.describe());
      assert.match(world.stderr, /program \(\d+\) has no handler for SIGUSR2, and is not told that the drain begins/);
    });

    test('what a hook leaves behind is told when the stop begins', async () => {
      const untilLeft = 'until grep -q "left ready" $LOG; do :; done; exit 0';
      await using world = new World(subject, {
        run: 'P one --drain 0 & wait',
        options: ['-d', '500ms', '--pre-stop', `sh -c 'program left --drain 0 & ${untilLeft}'`],
      });
      await world.has('one ready');
      world.signal('SIGTERM');
      const { seconds } = await world.end();
      assert.ok(seconds < 5, `${seconds} s`);
      assert.equal(world.count('left got 15'), 1, world.describe());
    });

    test('--drain-signal tells the programs that it begins; other signals pass', async () => {
      await using world = new World(subject, {
        run: 'P one --drain 0 & wait',
        options: ['-d', '15s', '--drain-signal', 'USR2'],
      });
      await world.has('one ready');
      world.signal('SIGTERM');
      await world.has('one got 12');
      world.signal('SIGHUP');
      await world.has('one got 1');
      assert.equal(world.count('one got 15'), 0);
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
    });

    test('--drain 0s..20s lasts as long as a client is connected, and a second more', async () => {
      using network = new Network();
      await using world = serve(subject, network, '0s..20s');
      await world.has('server ready');
      const client = await network.connect(PORT);
      await world.has('server accepted');
      world.signal('SIGTERM');
      await world.until('the client is seen', () =>
        world.stderr.includes('clients connected: 1, such as one from 10.'),
      );
      assert.equal(world.count('server got 15'), 0);
      client.destroy();
      const seconds = await heldFor(world);
      assert.ok(seconds < 10, `${seconds} s`);
      assert.match(world.stderr, /the drain is over after .*: nobody is connected, and nobody came for a second/);
    });

    test('--drain 0s..2s gives up on a client that stays, and says from where it is', async () => {
      using network = new Network();
      await using world = serve(subject, network, '0s..2s');
      await world.has('server ready');
      await network.connect(PORT);
      await world.has('server accepted');
      world.signal('SIGTERM');
      const seconds = await heldFor(world);
      assert.ok(seconds >= 2 && seconds < 5, `${seconds} s`);
      assert.match(world.stderr, /it may last no longer; clients connected: 1, such as one from 10\./);
    });

    test('a client on the same machine, as a health check is, keeps no drain open', async () => {
      using network = new Network();
      const check = `exec 3<>/dev/tcp/127.0.0.1/${PORT}; exec 4<>/dev/tcp/${network.address}/${PORT}; sleep 60`;
      const run = `server ${PORT} & until grep -q ready $LOG; do :; done; bash -c '${check}' & wait`;
      await using world = serve(subject, network, '0s..15s', { run });
      await world.until('both are connected', () => world.count('server accepted') === 2);
      world.signal('SIGTERM');
      const seconds = await heldFor(world);
      assert.ok(seconds < 6, `${seconds} s`);
    });

    test('a port that is not ours keeps no drain open', async () => {
      using network = new Network();
      await using other = new World(subject, { before: network.before, run: `exec server ${PORT + 1}` });
      await other.has('server ready');
      await using world = serve(subject, network, '0s..15s');
      await world.has('server ready');
      await network.connect(PORT + 1);
      await other.has('server accepted');
      world.signal('SIGTERM');
      const seconds = await heldFor(world);
      assert.ok(seconds < 6, `${seconds} s`);
    });

    test('new connections from the same machine, ten and more a second, keep no drain open', async () => {
      using network = new Network();
      const check = `while :; do exec 3<>/dev/tcp/127.0.0.1/${PORT}; exec 3<&-; echo checked >> $LOG; sleep 0.05; done`;
      const run = `server ${PORT} & until grep -q ready $LOG; do :; done; bash -c '${check}' & wait`;
      await using world = serve(subject, network, '0s..15s', { run });
      await world.has('checked');
      world.signal('SIGTERM');
      const seconds = await heldFor(world);
      assert.ok(seconds < 6, `${seconds} s`);
      assert.match(world.stderr, /: nobody is connected, and nobody came for a second/);
    });

    test('new clients of a port that is not ours keep no drain open', async () => {
      using network = new Network();
      await using other = new World(subject, { before: network.before, run: `exec server ${PORT + 1}` });
      await other.has('server ready');
      await using world = serve(subject, network, '0s..15s');
      await world.has('server ready');
      const coming = (async () => {
        while (!world.isOver) {
          await network.connect(PORT + 1);
          await pause(50);
        }
      })();
      await other.until('they come', () => other.count('server accepted') > 2);
      const before = other.count('server accepted');
      world.signal('SIGTERM');
      const seconds = await heldFor(world);
      await coming;
      // Each would have begun the quiet second anew.
      assert.ok(other.count('server accepted') > before + 1, other.describe());
      assert.ok(seconds < 6, `${seconds} s`);
    });

    test('new clients keep a drain open to its maximum, and the report says so', async () => {
      using network = new Network();
      await using world = serve(subject, network, '0s..3s', { options: ['--report'] });
      await world.has('server ready');
      world.signal('SIGTERM');
      const coming = (async () => {
        while (!world.isOver) {
          (await network.connect(PORT).catch(() => undefined))?.destroy();
          await pause(20);
        }
      })();
      const seconds = await heldFor(world);
      await coming;
      assert.ok(seconds >= 3, `${seconds} s`);
      assert.match(
        world.stderr,
        /why: the drain ran to its maximum of 3(\.\d)? s: (new connections came|clients connected)/,
      );
    });

    test('a client that comes at the end of a quiet second is waited for', async () => {
      using network = new Network();
      await using world = serve(subject, network, '1s..4s');
      await world.has('server ready');
      world.signal('SIGTERM');
      const second = performance.now() + 1_000;
      await world.until('the second is quiet so far', () => world.stderr.includes('no client is connected'));
      // So that its end comes after the client, however late that is.
      process.kill(world.drainit, 'SIGSTOP');
      await world.until('it is over', () => performance.now() > second);
      await network.connect(PORT);
      await world.has('server accepted');
      process.kill(world.drainit, 'SIGCONT');
      const seconds = await heldFor(world);
      assert.ok(seconds >= 4, `${seconds} s`);
      assert.match(world.stderr, /it may last no longer; clients connected: 1/);
    });

    test('a client that has closed its half, and one that reads slowly, get their answers', async () => {
      using network = new Network();
      const code = `
        const net = require('node:net');
        const say = (text) => require('node:fs').appendFileSync(process.env.LOG, text + '\\n');
        // More than the buffers of both ends take, and less than this one alone may hold.
        net.createServer((socket) => socket.end('x'.repeat(${SLOW_ANSWER}))).listen(${PORT}, () => say('listens'));
        const half = net.createServer({ allowHalfOpen: true }, (socket) =>
          socket.resume().on('end', () => setTimeout(() => socket.end('late'), 2500)));
        half.listen(${PORT + 1}, () => say('listens'));
        process.on('SIGTERM', () => process.exit(0));`;
      await using world = new World(subject, {
        before: network.before,
        run: [process.execPath, '-e', code],
        options: ['-vv', '--drain', '0s..15s'],
      });
      await world.until('both listen', () => world.count('listens') === 2);
      const half = await network.connect(PORT + 1);
      let late = '';
      half.on('data', (chunk: Buffer) => (late += chunk.toString()));
      half.end();
      const slow = await network.connect(PORT);
      slow.pause();
      let length = 0;
      slow.on('data', (chunk: Buffer) => (length += chunk.length));
      world.signal('SIGTERM');
      await world.until('both are seen', () => world.stderr.includes('clients connected: 2'));
      await world.until('the late answer', () => late === 'late');
      assert.ok(!world.isOver);
      slow.resume();
      await world.until('the slow one has all', () => length === SLOW_ANSWER);
      assert.equal((await world.end()).status, 0);
      assert.match(world.stderr, /: nobody is connected, and nobody came for a second/);
    });

    test('a server that begins to listen while the drain lasts has its clients waited for', async () => {
      using network = new Network();
      const late = `until grep -q go $LOG; do sleep 0.05; done; exec server ${PORT + 1}`;
      await using world = serve(subject, network, '0s..20s', { run: `server ${PORT} & bash -c '${late}' & wait` });
      await world.has('server ready');
      const first = await network.connect(PORT);
      await world.has('server accepted');
      world.signal('SIGTERM');
      await world.until('the client is seen', () => world.stderr.includes('clients connected: 1'));
      world.mark('go');
      await world.until('both listen', () => world.count('server ready') === 2);
      const second = await network.connect(PORT + 1);
      await world.until('both are seen', () => world.stderr.includes('clients connected: 2'));
      first.destroy();
      await world.until('one has gone', () => world.stderr.split('clients connected: 1').length === 3);
      await pause(1_500);
      assert.equal(world.count('server got 15'), 0);
      second.destroy();
      await world.until('both are told', () => world.count('server got 15') === 2);
      assert.equal((await world.end()).status, 0);
    });

    test('a server with more ports than there is room for has its clients waited for', async () => {
      using network = new Network();
      const code = `
        const net = require('node:net');
        let open = 0;
        const onListening = () => (open += 1) === 600 && require('node:fs').appendFileSync(process.env.LOG, 'all listen\\n');
        for (let port = ${PORT}; port < ${PORT} + 600; port += 1) net.createServer().listen(port, onListening);
        process.on('SIGTERM', () => process.exit(0));`;
      await using world = new World(subject, {
        before: network.before,
        run: [process.execPath, '-e', code],
        options: ['-vv', '--drain', '0s..20s'],
      });
      await world.has('all listen');
      const client = await network.connect(PORT + 599);
      world.signal('SIGTERM');
      await world.until('the client is seen', () => world.stderr.includes('clients connected: 1'));
      client.destroy();
      assert.equal((await world.end()).status, 0);
      assert.match(world.stderr, /: nobody is connected, and nobody came for a second/);
    });

    test('the drain signal reaches a server that is loading when the drain begins', async () => {
      await using world = new World(subject, {
        run: `bash -c 'echo loading >> $LOG; until grep -q go $LOG; do sleep 0.05; done; exec P one --drain 0' & wait`,
        options: ['-d', '15s', '--drain-signal', 'USR2'],
      });
      await world.has('loading');
      world.signal('SIGTERM');
      await world.until('nobody hears', () =>
        world.stderr.includes('no program has a handler for SIGUSR2: whoever has one later is told then'),
      );
      world.mark('go');
      await world.has('one got 12');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assert.equal(world.count('one got 12'), 1);
    });

    test('a pre-stop hook holds the signal until it ends, and its output is passed through', async () => {
      await using world = new World(subject, {
        run: 'P one --drain 0 & wait',
        options: ['--pre-stop', "sh -c 'echo out; echo err >&2; touch hooked; sleep 0.5; echo end >> $LOG'"],
      });
      await world.has('one ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assert.deepEqual([world.stdout, world.stderr], ['out\n', 'err\n']);
      const lines = world.lines.map((line) => line.split(' from ')[0]);
      assert.ok(lines.indexOf('end') < lines.indexOf('one got 15'), world.describe());
    });

    const failures = [
      [
        'a hook that fails',
        ['--pre-stop', 'sh -c "exit 3"'],
        /^drainit: the pre-stop hook exited with 3 after \d+(\.\d)? s\ndrainit: report: /,
      ],
      [
        'a hook that takes too long',
        ['--pre-stop', 'sh -c "sleep 100; :"', '--pre-stop-timeout', '300ms'],
        /^drainit: killed the pre-stop hook: it was still running after \d+(\.\d)? s; --pre-stop-timeout, or stop_grace_period of a service, gives it more time\ndrainit: report: /,
      ],
    ] as const;
    for (const [name, options, message] of failures) {
      test(`${name} is one line and a report, and no reason not to stop`, async () => {
        await using world = new World(subject, { run: 'P one --drain 0 & wait', options });
        await world.has('one ready');
        world.signal('SIGTERM');
        const { status, seconds } = await world.end();
        assert.equal(status, 0);
        assert.ok(seconds < 5, `${seconds} s`);
        assert.equal(world.count('one got 15'), 1);
        assert.match(world.stderr, message);
      });
    }

    const refusals = [
      [
        ['--drain-signal', 'KILL', '-d', '1s'],
        "--drain-signal: 'KILL' can be caught by no program: write one that can, such as USR2",
      ],
      [['--drain', '60s..5s'], "--drain: '60s..5s' ends before it begins: write the shorter time first"],
      [
        ['-d', 'fast'],
        "-d: 'fast' is not a time to hold back: write a duration such as 30s, 1m30s or 500ms, or two such as 5s..20s",
      ],
      [
        ['--pre-stop', 'no-such-hook -x'],
        "--pre-stop: 'no-such-hook' cannot be run: No such file or directory: check the path, PATH and the execute permission",
      ],
      [['--pre-stop', "'open"], "--pre-stop: ''open' is not a command: write one, and close its quotes"],
    ] as const;
    for (const [options, message] of refusals) {
      test(`${options.join(' ')} starts nothing`, async () => {
        await using world = new World(subject, { run: 'echo started >> $LOG', options });
        assert.equal((await world.end()).status, 1);
        assert.equal(world.stderr, `drainit: ${message}\n`);
        assert.deepEqual(world.lines, []);
      });
    }

    test('a hook of the environment that cannot be run is named by its variable', async () => {
      await using world = new World(subject, {
        run: 'echo started >> $LOG',
        env: { DRAINIT_PRE_STOP: 'no-such-hook' },
      });
      assert.equal((await world.end()).status, 1);
      assert.match(
        world.stderr,
        /^drainit: DRAINIT_PRE_STOP: 'no-such-hook' cannot be run: No such file or directory: /,
      );
      assert.deepEqual(world.lines, []);
    });

    test('a grace period alone is part of the sum that -v prints', async () => {
      await using world = new World(subject, { run: ['true'], options: ['-v', '--grace', '12s'] });
      await world.end();
      assert.match(
        world.stderr,
        /^drainit: a stop may take 12 s: terminationGracePeriodSeconds \(30 by default\) has to be more$/m,
      );
    });

    test('the drain is held until the hook has ended, and says so', async () => {
      await using world = new World(subject, {
        run: 'P one --drain 0 & wait',
        options: ['-v', '--pre-stop', 'sleep 0.3'],
      });
      await world.has('one ready');
      world.signal('SIGTERM');
      assert.equal((await world.end()).status, 0);
      assert.match(
        world.stderr,
        /^drainit: holding SIGTERM back until the pre-stop hook has ended: everything keeps running$/m,
      );
    });

    test('a hold that outlasts a pod is warned of before anything starts', async () => {
      await using world = new World(subject, { run: ['true'], options: ['--drain', '60s', '--grace', '30s'] });
      assert.equal((await world.end()).status, 0);
      assert.match(
        world.stderr,
        /^drainit: a stop signal may be held back for 60 s, longer than the grace period of 30 s that follows, and a stop may take 90 s in all: terminationGracePeriodSeconds \(30 by default\) has to be more$/m,
      );
    });
  });
}
