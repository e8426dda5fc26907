import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** elf(5): the header of a 64-bit file, and those of its segments. */
const MAGIC = 0x7f45_4c46;
const HEADER = 64;
const CLASS_AT = 4;
const CLASS_64 = 2;
const MACHINE_AT = 18;
const SEGMENTS_AT = 32;
const SEGMENT_COUNT_AT = 56;
const SEGMENT = 56;
const OFFSET_AT = 8;
const SIZE_AT = 32;

/** e_machine, by Node's names of architectures. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

const INCOMPLETE = 'a part of it is missing';

/** The npm package has binaries for Linux alone, and not for each machine. */
export const FOREIGN = `it is no program for ${process.platform} on ${process.arch}`;

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(fd, bytes, 0, length, at);
  return bytes;
}

/**
 * Why it is no program for this machine, or not all of one; null: it is. What the kernel does not know execvp(3) gives to a
 * shell, and what ends too early is killed when it comes to what is missing.
 */
function findFlaw(fd: number): string | null {
  const header = readAt(fd, 0, HEADER);
  if (header.readUInt32BE(0) !== MAGIC || header[CLASS_AT] !== CLASS_64) return 'it is no ELF file';
  if (process.platform !== 'linux' || header.readUInt16LE(MACHINE_AT) !== MACHINES[process.arch]) return FOREIGN;
  const { size } = fstatSync(fd);
  const count = header.readUInt16LE(SEGMENT_COUNT_AT);
  const first = Number(header.readBigUInt64LE(SEGMENTS_AT));
  if (count === 0 || first + count * SEGMENT > size) return INCOMPLETE;
  const segments = readAt(fd, first, count * SEGMENT);
  const isWhole = Array.from({ length: count }, (_, index) => index * SEGMENT).every(
    (at) => segments.readBigUInt64LE(at + OFFSET_AT) + segments.readBigUInt64LE(at + SIZE_AT) <= BigInt(size),
  );
  return isWhole ? null : INCOMPLETE;
}

/** Why this is no native binary that can be run here; null: it is one. */
export function whyNotNative(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    const fd = openSync(file, 'r');
    try {
      return findFlaw(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return (error as Error).message;
  }
}
