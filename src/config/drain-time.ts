import type { DrainTime } from '../core/setup.ts';
import { parseDuration } from './duration.ts';

/**
 * Reads how long to hold back a stop signal: `10s`, or `5s..20s` for at least and at most.
 *
 * @returns undefined where it is none
 */
export function parseDrainTime(text: string): DrainTime | 'backwards' | undefined {
  const [leastText = '', mostText, ...rest] = text.split('..');
  const least = parseDuration(leastText);
  const most = mostText === undefined ? least : parseDuration(mostText);
  if (least === undefined || most === undefined || rest.length > 0) return undefined;
  return least > most ? 'backwards' : { least, most };
}
