export const isDigit = (char: string): boolean => char >= '0' && char <= '9';

export const isLetter = (char: string): boolean => (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z');

/**
 * Reads digits and nothing else.
 *
 * @returns undefined where there are none, or ones that mean more than `most`
 */
export function parseWhole(text: string, most: number): number | undefined {
  const isWhole = text !== '' && text.length <= 10 && text.split('').every(isDigit);
  return isWhole && Number(text) <= most ? Number(text) : undefined;
}
