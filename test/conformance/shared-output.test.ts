/** drainit writes where its program writes, and does nothing to it. */
import assert from 'node:assert/strict';
import { constants, createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { subjects } from '../helpers/subjects.ts';
import { type Scene, World } from '../helpers/world.ts';

const SIZE = 10 * 1_024 * 1_024;
const TILDE = '~'.codePointAt(0);

for (const subject of subjects) {
  // A pipe that drainit makes non-blocking is so for the program as well, whose write would fail when it is full.
  test(`${subject.name}: 10 MB through a slow pipe that drainit logs to as well`, async () => {
    await using world = new World(subject, {
      run: `head -c ${SIZE} /dev/zero | tr '\\0' '~'`,
      before: ['sh', '-c', 'mkfifo slow && exec "$@" >slow 2>&1', 'sh'],
      options: ['-vv'],
    });
    const slow = path.join(world.folder, 'slow');
    await world.until('the pipe', () => existsSync(slow));
    let count = 0;
    let chunks = 0;
    let text = '';
    for await (const chunk of createReadStream(slow, { highWaterMark: 4_096 }) as AsyncIterable<Buffer>) {
      if (chunks % 100 === 0 && !world.isOver) world.signal('SIGURG');
      chunks += 1;
      const written = chunk.filter((byte) => byte === TILDE).length;
      count += written;
      if (written < chunk.length) text += Buffer.from(chunk.filter((byte) => byte !== TILDE)).toString();
    }
    assert.equal((await world.end()).status, 0, text);
    assert.equal(count, SIZE, text);
    assert.match(text, /received SIGURG|lines were lost/);
    assert.doesNotMatch(text, /write error/);
  });

  /** What else has sockets: the process that writes names before lines, and `ps`, where there is no /proc to see more. */
  const withSockets: Readonly<Record<string, Partial<Scene>>> = {
    '--prefix': { run: [], options: ['--prefix', '-f', 'Procfile'], files: { Procfile: 'web: echo hello\n' } },
    'a killing without /proc': {
      run: "trap '' TERM; kill -TERM $PPID; while :; do sleep 1; done",
      shell: '/bin/bash',
      options: ['--grace', '100ms'],
      before: ['unshare', '--mount', 'sh', '-ec', 'mount -t tmpfs none /proc; exec "$@"', 'sh'],
    },
  };
  for (const [what, scene] of Object.entries(withSockets)) {
    test(`${subject.name}: a pipe on standard error blocks as before: ${what}`, async () => {
      const keep = 'mkfifo pipe && exec 3<>pipe 2>pipe && { "$@" 3>&- || :; }; cat /proc/self/fdinfo/2 >flags';
      await using world = new World(subject, {
        run: [],
        isPlain: true,
        ...scene,
        before: ['sh', '-c', keep, 'sh', ...(scene.before ?? [])],
      });
      assert.equal((await world.end()).status, 0);
      const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(path.join(world.folder, 'flags'), 'utf8'))?.[1] ?? '';
      assert.equal(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0, flags);
    });
  }
}
