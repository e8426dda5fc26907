import { toMillis } from '../core/ids.ts';
import type { HealthCheck } from '../core/services/service.ts';
import { parseWhole } from './characters.ts';
import { throughShell } from './command-words.ts';
import { readSwitch } from './compose-depends.ts';
import { HEALTH_KEYS } from './compose-keys.ts';
import type { Expected } from './compose-problem.ts';
import type { Reader } from './compose-reader.ts';
import { parseDuration, parseInterval } from './duration.ts';
import type { Node } from './yaml-node.ts';

/** What Compose and Docker take where nothing is written. */
const INTERVAL = toMillis(30_000);
const TIMEOUT = toMillis(30_000);
const RETRIES = 3;
const MOST_RETRIES = 1_000_000;
const START_PERIOD = toMillis(0);
const START_INTERVAL = toMillis(5_000);

function parseRetries(text: string): number | undefined {
  const retries = parseWhole(text, MOST_RETRIES);
  return retries === 0 ? undefined : retries;
}

/** @returns null where there is no check, undefined where the test is none */
function readTest(reader: Reader, node: Node): readonly string[] | null | undefined {
  const words = reader.texts(node, 'test', 'test');
  if (words === undefined) return undefined;
  const [kind = '', ...rest] = words;
  if (node.type === 'scalar') return kind === '' ? reader.expect(node, 'test', 'test') : throughShell(kind);
  if (kind === 'NONE' && rest.length === 0) return null;
  if (kind === 'CMD' && rest.length > 0) return rest;
  if (kind === 'CMD-SHELL' && rest.length === 1) return throughShell(rest[0] ?? '');
  return reader.expect(node, 'test', 'test');
}

/** @returns null where there is none, undefined where it is refused */
export function readHealthCheck(reader: Reader, node: Node | undefined): HealthCheck | null | undefined {
  if (node === undefined) return null;
  const values = reader.values(node, 'healthcheck', 'healthCheck', 'healthcheck', HEALTH_KEYS);
  if (node.type !== 'mapping') return undefined;
  const read = <T>(
    key: (typeof HEALTH_KEYS)[number],
    expected: Expected,
    parse: (text: string) => T | undefined,
    fallback: T,
  ): T => {
    const value = values.get(key);
    return value === undefined ? fallback : (reader.parsed(value, key, expected, parse) ?? fallback);
  };
  const times = {
    interval: read('interval', 'interval', parseInterval, INTERVAL),
    timeout: read('timeout', 'interval', parseInterval, TIMEOUT),
    retries: read('retries', 'count', parseRetries, RETRIES),
    startPeriod: read('start_period', 'duration', parseDuration, START_PERIOD),
    startInterval: read('start_interval', 'interval', parseInterval, START_INTERVAL),
  };
  const test = values.get('test');
  const words = test === undefined ? undefined : readTest(reader, test);
  if (readSwitch(reader, values.get('disable'), 'disable', false) || words === null) return null;
  if (test === undefined)
    reader.refuse(node.at, { type: 'missingKey', as: 'healthcheck', key: 'test', example: '[CMD, program]' });
  return words === undefined ? undefined : { words, ...times };
}
