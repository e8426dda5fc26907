/**
 * Text for a terminal and for a collector of logs. A program names itself as it likes (prctl(2), PR_SET_NAME): what moves a
 * cursor or turns the direction of writing, and bytes that are no UTF-8, would reach whoever reads the log.
 */

const REPLACEMENT = '?';
/** What a decoder makes of bytes that are no UTF-8. */
const NO_CHARACTER = 0xff_fd;

const isBetween = (point: number, first: number, last: number): boolean => point >= first && point <= last;

/** One alone is no character. */
const isSurrogate = (point: number): boolean => isBetween(point, 0xd800, 0xdfff);

/** Control characters but the newline, line and paragraph separators, and what sets the direction of writing: UAX #9. */
const isHarmful = (point: number): boolean =>
  (point < 0x20 && point !== 0x0a) ||
  isBetween(point, 0x7f, 0x9f) ||
  isBetween(point, 0x2028, 0x202e) ||
  isBetween(point, 0x2066, 0x2069) ||
  isSurrogate(point) ||
  point === 0x200e ||
  point === 0x200f ||
  point === 0x061c ||
  point === NO_CHARACTER;

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x7f || (unit < 0x20 && unit !== 0x0a)) return false;
  }
  return true;
}

/** {@link cleanBytes} of a text whose characters are characters. */
export function cleanText(text: string): string {
  if (isPlain(text)) return text;
  return Array.from(text, (character) => (isHarmful(character.codePointAt(0) ?? 0) ? REPLACEMENT : character)).join('');
}

/** The smallest code point that takes so many bytes: a longer form of a smaller one is no UTF-8, RFC 3629. */
const SMALLEST = [0, 0, 0x80, 0x800, 0x1_0000];

const lengthByLead = (lead: number): number => {
  if (lead < 0x80) return 1;
  if (isBetween(lead, 0xc2, 0xdf)) return 2;
  if (isBetween(lead, 0xe0, 0xef)) return 3;
  return isBetween(lead, 0xf0, 0xf4) ? 4 : 0;
};

/** The character that begins there; null: these bytes are none. */
function readCharacter(bytes: string, at: number): { readonly length: number; readonly point: number } | null {
  const lead = bytes.charCodeAt(at);
  const length = lengthByLead(lead);
  let point = length === 1 ? lead : lead & (0x7f >> length);
  for (let index = 1; index < length; index += 1) {
    const byte = bytes.charCodeAt(at + index);
    if (!isBetween(byte, 0x80, 0xbf)) return null;
    point = (point << 6) | (byte & 0x3f);
  }
  const isValid = length > 0 && point >= (SMALLEST[length] ?? 0) && point <= 0x10_ffff;
  return isValid ? { length, point } : null;
}

/** The same bytes, a question mark for what should not be written. `bytes`: a character for each. */
export function cleanBytes(bytes: string): string {
  if (isPlain(bytes)) return bytes;
  let clean = '';
  for (let at = 0; at < bytes.length;) {
    const { length, point } = readCharacter(bytes, at) ?? { length: 1, point: 0 };
    clean += isHarmful(point) ? REPLACEMENT : bytes.slice(at, at + length);
    at += length;
  }
  return clean;
}
