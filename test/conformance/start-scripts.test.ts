import { describe, test } from 'node:test';
import { constants } from 'node:os';
import { requirePrograms } from '../helpers/require-programs.ts';
import { type StopCase, type StopSignal, checkStop, shells, slowedFor, tellerUnder } from '../helpers/stop.ts';
import { subjects } from '../helpers/subjects.ts';

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

/** A start script in words that every shell has. Its two programs need a moment, and end with 0. */
interface Shape {
  readonly name: string;
  readonly script: string;
  /** Each of its programs is in the foreground of a shell: mksh waits for them there, and keeps how they ended for itself. */
  readonly isForeground?: true;
  /** zsh has no job control in scripts. */
  readonly isNotForZsh?: true;
}

const shapes: readonly Shape[] = [
  {
    name: 'two programs in the background',
    script: 'P one --drain 100 & P two --drain 150 & wait',
  },
  {
    name: 'one in the background, one in the foreground',
    // The first is the last to end by far: a shell that is still there would take its status with it.
    script: 'P one --drain 600 &\nP two --drain 100\necho next',
  },
  {
    name: 'a subshell around each',
    script: '(P one --drain 100; :) & (P two --drain 150; :)\n:',
    isForeground: true,
  },
  {
    name: 'nested shells',
    script: `sh -c 'P one --drain 150 & bash -c "P two --drain 100; :" & wait' & wait`,
  },
  {
    name: 'a function, a loop and a condition',
    script: 'run() { while :; do if P $1 --drain 100; then :; fi; done; }\nrun one & run two',
    isForeground: true,
  },
  {
    name: 'a script that checks everything',
    script: 'set -eu\nP one --drain 100 & P two --drain 150 &\nwait',
  },
  {
    name: 'job control',
    script: 'set -m\nP one --drain 100 & P two --drain 150 & wait',
    isNotForZsh: true,
  },
  {
    name: 'an ignored signal',
    script: "trap '' TERM INT QUIT\nP one --drain 100 & P two --drain 150 & wait",
  },
  {
    name: 'an EXIT trap',
    script: "trap 'echo bye' EXIT\nP one --drain 100 & P two --drain 150 & wait",
  },
  {
    name: 'a script of a script',
    script: `echo 'P one --drain 100 & exec P two --drain 50' > inner\nsh inner\n:`,
  },
];

/** Shapes that some shells do not have, or that no shell has a part in. */
const others: readonly (StopCase & { readonly name: string })[] = [
  {
    name: 'exec',
    run: 'exec P one --exit 3',
    programs: ['one'],
    status: 3,
  },
  {
    name: 'a helper, then exec (exec-helper)',
    run: 'P one --drain 100 --exit 4 & exec P two --drain 100 --exit 5',
    programs: ['one', 'two'],
    status: 5,
  },
  {
    name: 'no shell',
    run: ['program', 'one', '--exit', '6'],
    programs: ['one'],
    status: 6,
  },
  {
    name: 'sh -c with a sequence',
    run: ['sh', '-c', 'program one & program two; :'],
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'programs disowned, with nohup, and in sessions of their own',
    run: 'P one & disown\nnohup P two &\nsetsid P three &\nwait',
    programs: ['one', 'two', 'three'],
    status: 0,
  },
  {
    name: 'a coprocess',
    run: 'coproc P one\nP two & wait',
    programs: ['one', 'two'],
    status: 0,
  },
  {
    name: 'a program that has been stopped (stopped)',
    run: `P one & until grep -q "one ready" $LOG; do :; done
kill -STOP $!; until grep -q "State:.T" /proc/$!/status; do :; done
echo stopped >> $LOG; wait`,
    awaited: ['stopped'],
    programs: ['one'],
    status: 0,
  },
  {
    name: 'programs of a script that has gone',
    run: 'bash -c "P one & P two &"; P three; :',
    programs: ['one', 'two', 'three'],
    status: 0,
  },
];

for (const subject of subjects) {
  describe(`${subject.name}: a start script`, { concurrency: 4 }, () => {
    for (const { name, script, isForeground = false, isNotForZsh = false } of shapes) {
      for (const [shell, words] of Object.entries(shells)) {
        if (shell === 'zsh' && isNotForZsh) continue;
        for (const signal of SIGNALS) {
          const status = shell === 'mksh' && isForeground ? 128 + constants.signals[signal] : 0;
          test(`${name}: ${shell}, ${signal}`, { skip: requirePrograms(shell) }, async () => {
            const toldBy = tellerUnder(shell);
            const run = slowedFor(shell, script);
            await checkStop(subject, { run, shell: words, signal, programs: ['one', 'two'], toldBy, status });
          });
        }
      }
    }
  });

  describe(`${subject.name}: a start script of another shape`, { concurrency: 4 }, () => {
    for (const scene of others) {
      for (const signal of SIGNALS)
        test(`${scene.name}: ${signal}`, async () => {
          await checkStop(subject, { ...scene, signal });
        });
    }
  });
}
