import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { describeErrno } from '../../../src/node/runnable.ts';

test('the reasons that occur most are said as the native host says them', () => {
  const { ENOENT, EACCES, EISDIR, ETXTBSY, ENOEXEC, EMFILE, EPERM } = constants.errno;
  assert.deepEqual([ENOENT, EACCES, EISDIR, ETXTBSY, ENOEXEC, EMFILE, EPERM].map(describeErrno), [
    'No such file or directory',
    'Permission denied',
    'Is a directory',
    'Text file busy',
    'Exec format error',
    'No file descriptors available',
    'Operation not permitted',
  ]);
});

test('every reason has a text', () => {
  for (const [name, errno] of Object.entries(constants.errno)) {
    assert.doesNotMatch(describeErrno(errno), /unknown/i, name);
  }
});
