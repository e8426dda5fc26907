import { constants } from 'node:os';
import { type Ffi, type Library, type Name, type NativeFunction, SIGNATURES, type Value } from './ffi.ts';

/** Functions of the C library by their names: how they are found, called, and asked why they have failed. */
export class Calls {
  protected readonly ffi: Ffi;
  protected readonly library: Library;
  private readonly functions = new Map<Name, NativeFunction>();
  /** Why the last {@link attempt} has failed. */
  errno = constants.errno.ENOSYS;

  constructor(ffi: Ffi) {
    this.ffi = ffi;
    this.library = ffi.dlopen(null, {}).lib;
  }

  /** Looked up when it is first needed: all of them at the start take most of a millisecond. */
  private find(name: Name): NativeFunction {
    const known = this.functions.get(name);
    if (known !== undefined) return known;
    const native = this.lookUp(name);
    this.functions.set(name, native);
    return native;
  }

  private lookUp(name: Name): NativeFunction {
    try {
      return this.library.getFunction(name, SIGNATURES[name]);
    } catch {
      return () => -1; // Not in this C library, as prctl(2) on macOS.
    }
  }

  protected call(name: Name, ...args: readonly Value[]): number {
    return Number(this.find(name)(...args));
  }

  /** A call that may fail, and then leaves its reason. @returns whether it has not */
  protected attempt(name: Name, ...args: readonly Value[]): boolean {
    // Both before, since to look something up changes what it points to.
    const locate = this.find('__errno_location');
    const native = this.find(name);
    if (Number(native(...args)) === 0) return true;
    this.errno = this.ffi.getInt32(BigInt(locate()), 0);
    return false;
  }
}
