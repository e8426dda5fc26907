import { readFileSync } from 'node:fs';
import type { Libc } from './libc.ts';

/** A mapping in proc_pid_smaps(5), up to what was written to it. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) (\S+) .*? (\/.*)?\n(?:\w+: .*\n)*?Private_Dirty: +(\d+) kB$/gm;

/** Empty where there is no /proc: what is thrown here would end the rule of the core. */
function readMappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return '';
  }
}

/**
 * Lets go of what only the start needed: two thirds of the memory of an idle Node are pages of its own file, and it comes
 * to use few of them again.
 */
export function shedMemory(libc: Libc): void {
  libc.trimHeap();
  for (const [, start, end, access = '', file, dirty] of readMappings().matchAll(MAPPING)) {
    // A page that was written to, as by the dynamic linker, would come back as it was before.
    if (file !== process.execPath || access.includes('w') || dirty !== '0') continue;
    libc.dropPages(BigInt(`0x${start}`), BigInt(`0x${end}`) - BigInt(`0x${start}`));
  }
}
