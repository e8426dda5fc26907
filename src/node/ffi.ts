/** `node:ffi` and the functions that are called through it. */
export type Value = number | bigint | string | Buffer | null;
export type NativeFunction = (...args: readonly Value[]) => number | bigint;

interface Signature {
  readonly arguments: readonly string[];
  readonly return: string;
}

/** A library that has been loaded. */
export interface Library {
  getFunction(name: string, signature: Signature): NativeFunction;
  registerCallback(signature: Signature, callback: (...args: readonly (number | bigint)[]) => void): bigint;
}

/** What `node:ffi` has, as far as it is used here; it has no types yet. */
export interface Ffi {
  dlopen(path: null, functions: Readonly<Record<string, Signature>>): { readonly lib: Library };
  getRawPointer(buffer: Buffer): bigint;
  getInt32(pointer: bigint, offset: number): number;
  getCurrentEventLoop(): bigint;
}

const int = 'int32';
const pointer = 'pointer';

export const SIGNATURES = {
  __errno_location: { arguments: [], return: pointer },
  _exit: { arguments: [int], return: 'void' },
  waitid: { arguments: [int, int, pointer, int], return: int },
  waitpid: { arguments: [int, pointer, int], return: int },
  prctl: { arguments: [int, 'uint64', 'uint64', 'uint64', 'uint64'], return: int },
  fcntl: { arguments: [int, int, int], return: int },
  pidfd_open: { arguments: [int, 'uint32'], return: int },
  pidfd_send_signal: { arguments: [int, int, pointer, 'uint32'], return: int },
  pipe2: { arguments: [pointer, int], return: int },
  poll: { arguments: [pointer, 'uint64', int], return: int },
  pthread_sigmask: { arguments: [int, pointer, pointer], return: int },
  getpgid: { arguments: [int], return: int },
  getsid: { arguments: [int], return: int },
  tcgetpgrp: { arguments: [int], return: int },
  tcsetpgrp: { arguments: [int, int], return: int },
  tcgetsid: { arguments: [int], return: int },
  posix_spawnp: { arguments: [pointer, 'string', pointer, pointer, pointer, pointer], return: int },
  posix_spawnattr_setflags: { arguments: [pointer, 'int16'], return: int },
  posix_spawnattr_setpgroup: { arguments: [pointer, int], return: int },
  posix_spawnattr_setsigmask: { arguments: [pointer, pointer], return: int },
  posix_spawnattr_setsigdefault: { arguments: [pointer, pointer], return: int },
  posix_spawn_file_actions_adddup2: { arguments: [pointer, int, int], return: int },
  posix_spawn_file_actions_addtcsetpgrp_np: { arguments: [pointer, int], return: int },
  uv_signal_init: { arguments: [pointer, pointer], return: int },
  uv_signal_start: { arguments: [pointer, pointer, int], return: int },
  uv_signal_start_oneshot: { arguments: [pointer, pointer, int], return: int },
  malloc_trim: { arguments: ['uint64'], return: int },
  madvise: { arguments: [pointer, 'uint64', int], return: int },
} as const;

/** A function of the C library that is used here. */
export type Name = keyof typeof SIGNATURES;
