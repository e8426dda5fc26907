import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPid } from '../../../src/core/ids.ts';
import { Inquiry, addFindings, noFindings } from '../../../src/core/inquiry.ts';
import { identifyProgram } from '../../../src/core/program.ts';

const pid = toPid(7);

function identify(executable: string | null, args: readonly string[] | null): string | undefined {
  const findings = addFindings(noFindings, [
    { pid, facet: 'executable', value: executable },
    { pid, facet: 'arguments', value: args },
  ]);
  const program = identifyProgram(new Inquiry(findings), pid);
  return program?.type === 'shell' ? program.name : program?.type;
}

const cases: readonly (readonly [executable: string | null, args: readonly string[] | null, expected: string])[] = [
  ['/usr/bin/bash', ['/start.sh'], 'bash'],
  ['/bin/dash', ['sh', '-c'], 'dash'],
  ['/usr/bin/bash5.2', ['bash'], 'bash'],
  ['/bin/ksh93', ['ksh'], 'ksh'],
  ['/bin/mksh-static', ['mksh'], 'mksh'],
  ['/bin/busybox', ['sh', '/start.sh'], 'ash'],
  ['/bin/busybox', ['/bin/sh'], 'ash'],
  ['/bin/busybox', ['-ash'], 'ash'],
  ['/bin/busybox', ['busybox', 'sh'], 'ash'],
  ['/bin/busybox.static', ['hush'], 'hush'],
  ['/bin/busybox', ['busybox', 'crond'], 'other'],
  ['/bin/busybox', ['crond', '-f'], 'other'],
  ['/usr/bin/su', ['su', 'u'], 'launcher'],
  ['/sbin/su-exec', ['su-exec', 'u'], 'other'],
  ['/usr/sbin/runuser', ['runuser'], 'launcher'],
  ['/usr/bin/script', ['script'], 'launcher'],
  // Another user's process: only the arguments are there to read.
  [null, ['/bin/bash', '/start.sh'], 'bash'],
  [null, ['-bash'], 'bash'],
  [null, ['sh', '/start.sh'], 'sh'],
  [null, ['busybox', 'sh'], 'sh'],
  [null, ['/usr/sbin/nginx: master'], 'other'],
  [null, null, 'other'],
  ['/usr/bin/node', ['npm start', ''], 'launcher'],
  ['/usr/local/bin/node', ['node', '/usr/local/bin/npm'], 'launcher'],
  ['/usr/bin/nodejs', ['node', '/usr/lib/node_modules/npm/bin/npx-cli.js'], 'launcher'],
  ['/usr/bin/node', ['node', 'npm.js'], 'other'],
  ['/usr/bin/node', ['node', 'server.js'], 'other'],
  // The name of a script is no shell's.
  ['/usr/bin/python3', ['bash'], 'other'],
  ['/app/start.sh', ['start.sh'], 'other'],
  ['/opt/node', ['sh'], 'other'],
];
for (const [executable, args, expected] of cases) {
  test(`${executable ?? 'unreadable'} called as ${args?.join(' ') ?? 'nothing'} is ${expected}`, () =>
    assert.equal(identify(executable, args), expected));
}
