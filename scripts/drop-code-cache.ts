import { readFileSync, writeFileSync } from 'node:fs';
import { BuildError } from './run.ts';

/** What V8 begins cached code with. */
const MAGIC = Buffer.from('a906dec0', 'hex');
const WORD = 8;
/** Node has some hundred modules of its own. */
const FEWEST = 100;
const MOST = 10_000;

const readWord = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

/** Where the list of so many entries at `first` ends: a name and cached code, each with its length in front. */
function findEnd(bytes: Buffer, first: number, count: number): number | undefined {
  let at = first;
  for (let index = 0; index < count; index += 1) {
    if (at + WORD > bytes.length) return undefined;
    const code = at + WORD + readWord(bytes, at);
    if (!bytes.subarray(code + WORD, code + WORD + MAGIC.length).equals(MAGIC)) return undefined;
    at = code + WORD + readWord(bytes, code);
  }
  return at;
}

/** Where the snapshot says how many entries it has. */
function findCount(bytes: Buffer): number | undefined {
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    let name = at - WORD;
    while (/[\w/.-]/.test(String.fromCharCode(bytes[name - 1] ?? 0))) name -= 1;
    const first = name - WORD;
    const length = at - WORD - name;
    if (length === 0 || first < WORD || readWord(bytes, first) !== length) continue;
    const count = readWord(bytes, first - WORD);
    if (count > FEWEST && count < MOST && findEnd(bytes, first, count) !== undefined) return first - WORD;
  }
  return undefined;
}

/**
 * Node puts the cached code of all its modules into a snapshot, and copies it at each start: four megabytes, and a tenth of
 * the time. None of it is ever used, since V8 refuses it under other flags, and `--no-rehash-snapshot` is one. Node has a
 * switch for it where it writes a snapshot alone (`withoutCodeCache`), and none where it writes one for an executable.
 *
 * @throws BuildError where there is none: Node writes it in another way now
 */
export function dropCodeCache(file: string): void {
  const bytes = readFileSync(file);
  const at = findCount(bytes);
  if (at === undefined) throw new BuildError(`${file}: no cached code in the snapshot: see how Node writes it now`);
  bytes.writeBigUInt64LE(0n, at);
  writeFileSync(file, bytes);
}
