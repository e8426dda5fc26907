import { PassThrough, type Readable, pipeline } from 'node:stream';

/** execa throws away what is not read at once. Others read when they come to it, and the program waits for them then. */
export function keepUnread(source: Readable | null): Readable | null {
  if (source === null) return null;
  const kept = new PassThrough();
  pipeline(source, kept, () => undefined);
  return kept;
}
