import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SocketScan } from '../../../src/node/socket-scan.ts';

/** One client of port 80, by the words of its address as /proc/net/tcp6 has them on a little-endian machine. */
const clientOf = (address: string): string | null => {
  const zeros = '0'.repeat(32);
  const row = (remote: string, state: string): string =>
    `   0: ${zeros}:0050 ${remote}:1234 ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0`;
  const scan = new SocketScan([80], 0);
  for (const line of [row(zeros, '0A'), row(address, '01')]) scan.take(Buffer.from(line), 0, line.length);
  return scan.result.example;
};

for (const [address, text] of [
  ['990000FD000000000000000002000000', 'fd00:99::2'],
  ['0000000000000000FFFF00000700000A', '10.0.0.7'],
  ['B80D0120000000000000000001000000', '2001:db8::1'],
  ['B80D0120000000000100000001000000', '2001:db8::1:0:1'],
  ['0100010001000100010001000100010A', '1:1:1:1:1:1:a01:1'],
] as const) {
  test(`the address ${text}`, () => assert.equal(clientOf(address), text));
}
