import { writeSync } from 'node:fs';

const USAGE_ERROR = 1;

export const warn = (text: string): unknown => writeSync(2, `drainit: ${text}\n`);

export function refuse(text: string): never {
  warn(text);
  process.exit(USAGE_ERROR);
}

/** What the user has chosen by `DRAINIT_HOST`; anything else is an error. */
export function readHostChoice(): 'native' | 'node' | null {
  const wanted = process.env['DRAINIT_HOST'] ?? '';
  if (wanted === 'native' || wanted === 'node') return wanted;
  return wanted === '' ? null : refuse(`DRAINIT_HOST is '${wanted}': write native or node`);
}

/** `DRAINIT_HOST=native` where that cannot be had. */
export const refuseNative = (where: string): never =>
  refuse(`DRAINIT_HOST is 'native', but there is no native binary here (${where}): leave it out`);
