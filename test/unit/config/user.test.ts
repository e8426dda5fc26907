import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findUser } from '../../../src/config/user.ts';

const passwd = '# a comment\nroot:x:0:0:root:/root:/bin/sh\n\napp:x:1000:1001::/srv:/bin/sh\n7:x:70:71:::\nbroken\n';
const group = 'root:x:0:\nstaff:x:50:app,other\napp:x:1001:app\nlogs:x:60:root,app\nwrong:x:many:app\n';

const found: readonly (readonly [text: string, user: number, group: number, groups: number[], home: string])[] = [
  ['root', 0, 0, [60], '/root'],
  ['app', 1000, 1001, [50, 1001, 60], '/srv'],
  ['1000', 1000, 1001, [50, 1001, 60], '/srv'],
  ['5000', 5000, 0, [], '/'],
  ['app:staff', 1000, 50, [], '/srv'],
  ['app:50', 1000, 50, [], '/srv'],
  ['1000:7000', 1000, 7000, [], '/srv'],
  ['5000:5000', 5000, 5000, [], '/'],
  // A name that looks like a number is a name first.
  ['7', 70, 71, [], '/'],
];
for (const [text, user, id, groups, home] of found)
  test(`user ${text}`, () =>
    assert.deepEqual(findUser(text, passwd, group), { ids: { user, group: id, groups }, home }));

test('numbers need no files', () =>
  assert.deepEqual(findUser('1000:1000', '', ''), { ids: { user: 1000, group: 1000, groups: [] }, home: '/' }));

const missing: readonly (readonly [text: string, type: 'unknownUser' | 'unknownGroup', name: string])[] = [
  ['nobody', 'unknownUser', 'nobody'],
  ['', 'unknownUser', ''],
  ['-1', 'unknownUser', '-1'],
  ['99999999999', 'unknownUser', '99999999999'],
  [':staff', 'unknownUser', ''],
  ['broken', 'unknownUser', 'broken'],
  ['app:', 'unknownGroup', ''],
  ['app:nogroup', 'unknownGroup', 'nogroup'],
  ['app:wrong', 'unknownGroup', 'wrong'],
];
for (const [text, type, name] of missing)
  test(`user '${text}' is refused`, () => assert.deepEqual(findUser(text, passwd, group), { type, text, name }));
