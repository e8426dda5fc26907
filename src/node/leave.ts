import { closeSync } from 'node:fs';

/**
 * Ends this process, also where its terminal has gone: as it exits Node gives 0 to 2 the modes that it has found them in,
 * and aborts where it cannot. What is closed it passes over.
 */
export function leave(status: number): never {
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd);
    } catch {
      continue; // It is closed already.
    }
  }
  process.exit(status);
}
