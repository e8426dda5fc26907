import type { Ffi, Library, Name, Value } from './ffi.ts';

/** Larger than libuv's uv_signal_t. */
const UV_SIGNAL_SIZE = 512;

/** What of the C library this needs. */
interface Native {
  readonly ffi: Ffi;
  readonly library: Library;
  readonly call: (name: Name, ...args: readonly Value[]) => number;
}

/**
 * Calls back on signals that Node's own API does not know (the real-time ones), or that it cannot catch without harm: a
 * fault comes again and again, for ever, while it is caught.
 *
 * @param isOnce the second time the kernel acts as it does by default, unless the first was called back before that
 * @returns what libuv has pointers to: it must not be collected
 */
export function watchSignals(
  { ffi, library, call }: Native,
  signals: readonly number[],
  isOnce: boolean,
  callback: (signal: number) => void,
): readonly Buffer[] {
  const start = isOnce ? 'uv_signal_start_oneshot' : 'uv_signal_start';
  const loop = ffi.getCurrentEventLoop();
  const onSignal = library.registerCallback(
    { arguments: ['pointer', 'int32'], return: 'void' },
    (handle = 0, number = 0) => {
      // Later, since what is thrown may not go through the C code that calls, which also stops what is to be once.
      setImmediate(() => {
        if (isOnce) call(start, handle, onSignal, number);
        callback(Number(number));
      });
    },
  );
  return signals.map((signal) => {
    const handle = Buffer.alloc(UV_SIGNAL_SIZE);
    call('uv_signal_init', loop, handle);
    call(start, handle, onSignal, signal);
    return handle;
  });
}
