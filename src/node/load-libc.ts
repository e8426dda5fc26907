import type { Ffi } from './ffi.ts';
import { Libc } from './libc.ts';
import { withoutWarnings } from './without-warnings.ts';

/** Whether this is the build that fails where a test asks it to; undefined where the source itself is run. */
declare const __TEST__: boolean | undefined;
const isTestBuild = typeof __TEST__ !== 'undefined' && __TEST__;

/** @returns why there is no C library, where there is none */
export function loadLibc(): Libc | string {
  // No option of Node's takes `node:ffi` from the packed file.
  if (isTestBuild && process.env['DRAINIT_TEST_NO_LIBRARY'] === '1') return 'a test wants none';
  // The numbers and structures here are Linux's: elsewhere waitid(2) would say that there are no children.
  if (process.platform !== 'linux') return `not known on ${process.platform}`;
  try {
    const ffi = withoutWarnings(() => process.getBuiltinModule('node:ffi') as unknown as Ffi | undefined);
    if (ffi === undefined) return `Node ${process.versions.node} has no node:ffi`;
    const libc = new Libc(ffi);
    return libc.canWait() ? libc : 'waitid(2) is refused';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
