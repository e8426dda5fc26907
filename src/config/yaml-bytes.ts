/**
 * On the native host a string is a string of bytes, and YAML does not allow half of those that UTF-8 is made of: to a
 * parser of characters they are control characters. They are moved to where nobody has characters while it reads them.
 */
const PRIVATE = 0xf700;

const isPrivate = (code: number): boolean => code >= PRIVATE + 0x80 && code <= PRIVATE + 0xff;

/** Moves the bytes of UTF-8 out of the parser's way; their number stays, and so every offset. */
export function hideBytes(text: string): string {
  let hidden = '';
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    hidden += text.slice(from, index) + String.fromCharCode(PRIVATE + (code & 0xff));
    from = index + 1;
  }
  return hidden + text.slice(from);
}

function encode(point: number): string {
  if (point < 0x80) return String.fromCharCode(point);
  const last = 0x80 | (point & 0x3f);
  if (point < 0x800) return String.fromCharCode(0xc0 | (point >> 6), last);
  const third = 0x80 | ((point >> 6) & 0x3f);
  if (point < 0x10000) return String.fromCharCode(0xe0 | (point >> 12), third, last);
  return String.fromCharCode(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), third, last);
}

/** Moves them back; what an escape such as `\u20ac` has made becomes the bytes of its UTF-8. */
export function showBytes(hidden: string): string {
  let text = '';
  for (let index = 0; index < hidden.length; index += 1) {
    const code = hidden.charCodeAt(index);
    if (isPrivate(code)) text += String.fromCharCode(code - PRIVATE);
    else {
      const point = hidden.codePointAt(index) ?? code;
      if (point > 0xffff) index += 1;
      text += encode(point);
    }
  }
  return text;
}
