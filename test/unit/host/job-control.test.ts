import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJob } from '../../../src/host/job-control.ts';

type Ancestor = readonly [pid: number, group: number, session: number];

/** Ourselves first, each with its parent behind it. */
const isJobUnder = (...line: readonly Ancestor[]): boolean => {
  const find = (pid: number): number => (pid === 0 ? 0 : line.findIndex(([own]) => own === pid));
  return isJob({
    getpgid: (pid) => line[find(pid)]?.[1] ?? -1,
    getsid: (pid) => line[find(pid)]?.[2] ?? -1,
    parentOf: (pid) => line[find(pid) + 1]?.[0] ?? 0,
  });
};

const shell: Ancestor = [5, 5, 5];

test('a job is continued by the shell that made it, also behind what else is of the job', () => {
  assert.ok(isJobUnder([9, 9, 5], shell));
  assert.ok(isJobUnder([9, 7, 5], [8, 7, 5], [7, 7, 5], shell));
});

test('nobody continues an orphaned process group', () => {
  assert.ok(!isJobUnder([1, 1, 1]), 'PID 1');
  assert.ok(!isJobUnder([9, 5, 5], shell), 'a shell without job control, which leads the session');
  assert.ok(!isJobUnder([9, 9, 9], shell), 'a session of its own');
  assert.ok(
    !isJobUnder([9, 7, 7], [7, 7, 7], [3, 3, 3]),
    'what leads the session is of the group, and above it is another',
  );
});
