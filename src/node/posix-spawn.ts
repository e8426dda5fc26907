import { fstatSync } from 'node:fs';
import type { Ffi, Name, Value } from './ffi.ts';

/** Linux, all architectures: spawn.h. */
const POSIX_SPAWN_SETPGROUP = 2;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
const POSIX_SPAWN_SETSID = 0x80;
/** What becomes of the process group. */
export type Group = 'own' | 'session' | 'inherited';

const GROUP_FLAGS: Readonly<Record<Group, number>> = {
  own: POSIX_SPAWN_SETPGROUP,
  session: POSIX_SPAWN_SETSID,
  inherited: 0,
};

/** Larger than glibc's and musl's structures of these kinds. */
const ATTRIBUTES_SIZE = 512;
export const SIGSET_SIZE = 128;

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** Words for C: an array of pointers to strings, and a null. `keep` holds the strings as long as it lives. */
function vectorOf(ffi: Ffi, words: readonly string[], keep: Buffer[]): Buffer {
  const vector = Buffer.alloc(8 * (words.length + 1));
  const bytes = Buffer.from(words.map((word) => `${word}\0`).join(''));
  keep.push(bytes);
  let at = words.length === 0 ? 0n : ffi.getRawPointer(bytes);
  for (const [index, word] of words.entries()) {
    vector.writeBigUInt64LE(at, 8 * index);
    at += BigInt(Buffer.byteLength(word) + 1);
  }
  return vector;
}

/** {@link Libc.spawn}; `isGivenLate`: the C library could not make its group the foreground group before the exec. */
export function spawnByPosix(
  ffi: Ffi,
  call: (name: Name, ...args: readonly Value[]) => number,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  group: Group,
  terminal: number | null,
): { readonly pid: number; readonly isGivenLate: boolean } {
  // All zeros, as their _init() leaves them in glibc and musl: each function that Node looks up takes a tenth of a millisecond.
  const attributes = Buffer.alloc(ATTRIBUTES_SIZE);
  const actions = Buffer.alloc(ATTRIBUTES_SIZE);
  const pid = Buffer.alloc(4);
  const keep: Buffer[] = [];
  call('posix_spawnattr_setflags', attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | GROUP_FLAGS[group]);
  if (group === 'own') call('posix_spawnattr_setpgroup', attributes, 0);
  call('posix_spawnattr_setsigmask', attributes, Buffer.alloc(SIGSET_SIZE));
  call('posix_spawnattr_setsigdefault', attributes, Buffer.alloc(SIGSET_SIZE, 0xff));
  // A descriptor that is duplicated onto itself loses its FD_CLOEXEC: POSIX.1-2024.
  for (const fd of [0, 1, 2]) if (isOpen(fd)) call('posix_spawn_file_actions_adddup2', actions, fd, fd);
  // Since glibc 2.35; elsewhere the program may see for a moment that others have the terminal.
  const isGivenLate = terminal !== null && call('posix_spawn_file_actions_addtcsetpgrp_np', actions, terminal) !== 0;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const error = call(
    'posix_spawnp',
    pid,
    words[0] ?? '',
    actions,
    attributes,
    vectorOf(ffi, words, keep),
    vectorOf(ffi, variables, keep),
  );
  return { pid: error === 0 ? pid.readInt32LE(0) : -error, isGivenLate };
}
