import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requirePrograms } from '../helpers/require-programs.ts';
import { type Teller, checkStop } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';

interface Launcher {
  readonly name: string;
  /** The program with the launcher in front. */
  readonly words: string;
  readonly needs?: string;
  readonly toldBy?: Teller;
}

/** They start a program and are gone, or wait for it, or pass signals on to it. */
const launchers: readonly Launcher[] = [
  { name: 'env', words: 'env A=b P one' },
  { name: 'nice', words: 'nice P one' },
  { name: 'nohup', words: 'nohup P one' },
  { name: 'chroot', words: 'chroot / P one' },
  { name: 'setpriv', words: 'setpriv --reuid=1000 --clear-groups P one' },
  { name: 'gosu', words: 'gosu nobody P one', needs: 'gosu' },
  { name: 'chpst', words: 'chpst -u nobody P one', needs: 'chpst' },
  { name: 'setsid', words: 'setsid --wait P one' },
  { name: 'xargs', words: 'xargs P one' },
  { name: 'find', words: String.raw`find . -maxdepth 0 -exec P one \;` },
  { name: 'flock', words: 'flock lock P one' },
  // It signals the program and then its whole process group.
  { name: 'timeout', words: 'timeout 1000 P one', toldBy: 'both' },
  { name: 'timeout --foreground', words: 'timeout --foreground 1000 P one', toldBy: 'script' },
  { name: 'sudo', words: 'sudo --preserve-env=LOG P one', needs: 'sudo', toldBy: 'script' },
  {
    name: 'subprocess of Python',
    words: `python3 -c 'import subprocess; subprocess.call(["program", "one"])'`,
    needs: 'python3',
  },
  { name: 'npm exec', words: 'npm exec --offline -- P one', needs: 'npm' },
];

/** On TERM they SIGKILL what they started two seconds later: su(1). */
const killers: readonly Launcher[] = [
  { name: 'su', words: `su -s /bin/bash nobody -c 'program one --drain 4000 --exit 5'` },
  {
    name: 'su, with a shell that stays',
    words: `su -s /bin/bash nobody -c 'program one --drain 4000 --exit 5 & wait'`,
  },
  { name: 'runuser', words: 'runuser -u nobody -- program one --drain 4000 --exit 5' },
  { name: 'script', words: `script --quiet --return --command 'program one --drain 4000 --exit 5' /dev/null` },
];

/** How a launcher stands in a start script. */
const places = [
  { place: 'alone', script: (words: string) => `exec ${words}` },
  { place: 'in a script', script: (words: string) => `${words}\n:` },
  { place: 'in the background', script: (words: string) => `${words} & wait` },
] as const;

const starts = ['program one', 'program one && program two', 'program one & wait'];

for (const subject of subjects) {
  describe(`${subject.name}: a launcher`, { concurrency: 4 }, () => {
    for (const { name, words, needs = 'bash', ...more } of launchers) {
      for (const { place, script } of places) {
        test(`${name} ${place}`, { skip: requirePrograms(needs) }, async () => {
          await checkStop(subject, { run: script(words), programs: ['one'], ...more });
        });
      }
    }
  });

  describe(`${subject.name}: a launcher that kills (su-drain)`, { concurrency: 12 }, () => {
    for (const { name, words } of killers) {
      for (const { place, script } of places) {
        test(`${name} ${place}`, async () => {
          const { end } = await checkStop(subject, { run: script(words), programs: ['one'], status: 5 });
          assert.ok(end.seconds >= 4, `${end.seconds} s`);
        });
      }
    }
  });

  describe(`${subject.name}: npm start`, { concurrency: 2 }, () => {
    for (const start of starts) {
      for (const { place, script } of places) {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) {
          test(`${JSON.stringify(start)} ${place}: ${signal}`, { skip: requirePrograms('npm') }, async () => {
            const { log } = await checkStop(subject, {
              run: script('npm start --silent'),
              files: { 'package.json': JSON.stringify({ name: 'service', scripts: { start } }) },
              signal,
              programs: ['one'],
            });
            assert.ok(!log.some((line) => line.startsWith('two')), log.join('\n'));
          });
        }
      }
    }
  });
}
