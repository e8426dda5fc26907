import { writeSync } from 'node:fs';

const nothing = (): void => undefined;

/** For what Node itself may have to say, such as a warning. */
function write(text: string | Uint8Array): boolean {
  try {
    writeSync(2, text as string);
  } catch {
    // Nobody reads.
  }
  return true;
}

/**
 * When `process.stdin`, `stdout` or `stderr` is first asked for, Node makes the pipe behind it non-blocking, for everyone who
 * shares it: programs get EAGAIN. It asks by itself, as when a socket is closed. Nothing of drainit uses them.
 */
export function leaveStreamsAlone(): void {
  for (const [fd, name] of ['stdin', 'stdout', 'stderr'].entries()) {
    const value = { fd, isTTY: false, write, on: nothing, once: nothing, removeListener: nothing };
    Object.defineProperty(process, name, { value, configurable: true });
  }
}
