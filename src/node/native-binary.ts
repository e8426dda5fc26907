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

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(fd, bytes, 0, length, at);
  return bytes;
}

/**
 * Whether it is a program for this machine, and all of it is there. The npm package has one for each architecture; what the
 * kernel does not know execvp(3) gives to a shell, and what ends too early is killed when it comes to what is missing.
 */
function isWhole(fd: number): boolean {
  const header = readAt(fd, 0, HEADER);
  const isOurs =
    header.readUInt32BE(0) === MAGIC &&
    header[CLASS_AT] === CLASS_64 &&
    header.readUInt16LE(MACHINE_AT) === MACHINES[process.arch];
  if (!isOurs) return false;
  const { size } = fstatSync(fd);
  const count = header.readUInt16LE(SEGMENT_COUNT_AT);
  const first = Number(header.readBigUInt64LE(SEGMENTS_AT));
  if (count === 0 || first + count * SEGMENT > size) return false;
  const segments = readAt(fd, first, count * SEGMENT);
  return Array.from({ length: count }, (_, index) => index * SEGMENT).every(
    (at) => segments.readBigUInt64LE(at + OFFSET_AT) + segments.readBigUInt64LE(at + SIZE_AT) <= BigInt(size),
  );
}

/** Whether this is a native binary that can be run here. */
export function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    const fd = openSync(file, 'r');
    try {
      return isWhole(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
