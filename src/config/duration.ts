import { type Millis, toMillis } from '../core/ids.ts';

const MILLIS_PER: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';

/** Reads characters of `text` from `start` on as long as `belongs` says so. */
function takeWhile(text: string, start: number, belongs: (char: string) => boolean): string {
  let end = start;
  while (end < text.length && belongs(text[end] ?? '')) end += 1;
  return text.slice(start, end);
}

const isNumber = (text: string): boolean => isDigit(text[0]) && isDigit(text.at(-1)) && text.split('.').length <= 2;

/**
 * Reads a duration as the Compose specification writes it ("Specifying durations": `1m30s`, `500ms`, units us, ms, s, m
 * and h); a bare number is seconds.
 *
 * @returns undefined where it is none
 */
export function parseDuration(text: string): Millis | undefined {
  let total = 0;
  let position = 0;
  while (position < text.length) {
    const number = takeWhile(text, position, (char) => isDigit(char) || char === '.');
    position += number.length;
    const unit = takeWhile(text, position, (char) => !isDigit(char) && char !== '.');
    position += unit.length;
    const isBare = unit === '' && number.length === text.length;
    const factor = isBare ? MILLIS_PER['s'] : MILLIS_PER[unit];
    if (factor === undefined || !isNumber(number)) return undefined;
    total += Number(number) * factor;
  }
  return text === '' || !Number.isFinite(total) ? undefined : toMillis(Math.round(total));
}

/** A duration above 0: checks without a pause between them would be all that happens, and a hook needs some time. */
export function parseInterval(text: string): Millis | undefined {
  const interval = parseDuration(text);
  return interval === undefined || interval < 1 ? undefined : interval;
}

/** What to write instead, for error messages. */
export const durationExample = 'a duration such as 30s, 1m30s or 500ms';
