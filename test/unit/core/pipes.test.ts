import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPid } from '../../../src/core/ids.ts';
import { type Finding, Inquiry, addFindings, noFindings } from '../../../src/core/inquiry.ts';
import { findOrphanedReaders, findReaders } from '../../../src/core/pipes.ts';
import { TERM } from '../../../src/core/signal.ts';
import { row } from '../../helpers/core.ts';

type Ends = readonly [input: string | null, ...outputs: string[]];

function readersOf(ends: readonly Ends[], ignoring: readonly number[] = []): Record<number, number[]> {
  const findings = ends.flatMap(([input, ...outputs], index): Finding[] => {
    const pid = toPid(index);
    return [
      { pid, facet: 'input', value: input },
      { pid, facet: 'outputs', value: outputs },
    ];
  });
  const programs = ends.map((_, index) => row(index, 1, { ignored: ignoring.includes(index) ? 0x4000 : 0 }));
  const inquiry = new Inquiry(addFindings(noFindings, findings));
  const readers = findReaders(inquiry, programs, TERM);
  assert.ok(inquiry.isComplete);
  return Object.fromEntries([...readers].map(([pid, { writers }]) => [pid, writers.map((writer) => writer.pid)]));
}

test('app | tee: tee waits for app', () => {
  assert.deepEqual(
    readersOf([
      ['/dev/null', 'pipe:[1]'],
      ['pipe:[1]', '/dev/pts/0'],
    ]),
    { 1: [0] },
  );
});
test('a | b | c: each waits for the one before', () => {
  const chain: Ends[] = [
    ['/dev/null', 'pipe:[1]'],
    ['pipe:[1]', 'pipe:[2]'],
    ['pipe:[2]', '/dev/null'],
  ];
  assert.deepEqual(readersOf(chain), { 1: [0], 2: [1] });
});
test('several writers, one of them by standard error', () => {
  const ends: Ends[] = [['/dev/null', '/dev/null', 'pipe:[1]'], ['/dev/null', 'pipe:[1]', 'pipe:[1]'], ['pipe:[1]']];
  assert.deepEqual(readersOf(ends), { 2: [0, 1] });
});
test('two programs that read from each other are both told at once, or one after the other, never neither', () => {
  assert.deepEqual(
    readersOf([
      ['pipe:[2]', 'pipe:[1]'],
      ['pipe:[1]', 'pipe:[2]'],
    ]),
    { 0: [1] },
  );
});
test('a writer that ignores the signal is not waited for', () => {
  assert.deepEqual(
    readersOf(
      [
        ['/dev/null', 'pipe:[1]'],
        ['pipe:[1]', '/dev/null'],
      ],
      [0],
    ),
    {},
  );
});
test('a pipe from somebody who is no recipient holds nobody back', () => {
  assert.deepEqual(
    readersOf([
      ['pipe:[9]', '/dev/null'],
      ['pipe:[9]', '/dev/null'],
    ]),
    {},
  );
});
test('a process that writes to its own input waits for nobody', () => {
  assert.deepEqual(readersOf([['pipe:[1]', 'pipe:[1]']]), {});
});

test('app > >(tee): the writer has gone with its parent; our own standard input is no such pipe', () => {
  const input = (pid: number, value: string): Finding => ({ pid: toPid(pid), facet: 'input', value });
  const outputs = (pid: number): Finding => ({ pid: toPid(pid), facet: 'outputs', value: [] });
  const findings = [input(1, 'pipe:[7]'), input(2, 'pipe:[1]'), outputs(2), input(3, 'pipe:[7]'), outputs(3)];
  const inquiry = new Inquiry(addFindings(noFindings, findings));
  const readers = findOrphanedReaders(inquiry, toPid(1), [row(2, 1), row(3, 1)], TERM);
  assert.ok(inquiry.isComplete);
  assert.deepEqual([...readers.values()], [{ pid: 2, start: 2, writers: [] }]);
});
