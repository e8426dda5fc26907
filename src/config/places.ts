/** A place in a text, as editors count: from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The places of some offsets. Lines end as those of YAML do. */
export function findPlaces(text: string, offsets: readonly number[]): ReadonlyMap<number, Place> {
  const places = new Map<number, Place>();
  let line = 1;
  let start = 0;
  let index = 0;
  for (const offset of offsets.toSorted((one, other) => one - other)) {
    for (; index < offset && index < text.length; index += 1) {
      const isEnd = text[index] === '\n' || (text[index] === '\r' && text[index + 1] !== '\n');
      if (!isEnd) continue;
      line += 1;
      start = index + 1;
    }
    places.set(offset, { line, column: offset - start + 1 });
  }
  return places;
}
