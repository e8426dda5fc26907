import type { Millis } from '../core/ids.ts';
import { type RestartPolicy, type Service, sameSurroundings } from '../core/services/service.ts';
import type { Options } from '../core/setup.ts';
import { parseSignal } from '../core/signal.ts';
import { isDigit, isLetter, parseWhole } from './characters.ts';
import { readWords } from './compose-command.ts';
import { type Draft, readWishes } from './compose-depends.ts';
import { readHealthCheck } from './compose-health.ts';
import { readHooks } from './compose-hooks.ts';
import { IGNORED_SERVICE_KEYS, SERVICE_KEYS, type ServiceKey, UNSUPPORTED_SERVICE_KEYS } from './compose-keys.ts';
import type { Expected } from './compose-problem.ts';
import type { Reader } from './compose-reader.ts';
import { readSurroundings } from './compose-surroundings.ts';
import { parseDuration } from './duration.ts';
import type { Entry } from './yaml-node.ts';

const MOST_RESTARTS = 1_000_000;

function parseRestart(text: string): RestartPolicy | undefined {
  if (text === 'no') return { when: 'never', limit: null };
  if (text === 'always' || text === 'unless-stopped') return { when: 'always', limit: null };
  if (text === 'on-failure') return { when: 'onFailure', limit: null };
  const limit = text.startsWith('on-failure:')
    ? parseWhole(text.slice('on-failure:'.length), MOST_RESTARTS)
    : undefined;
  // Docker: 0 is no limit.
  return limit === undefined ? undefined : { when: 'onFailure', limit: limit === 0 ? null : limit };
}

const isName = (text: string): boolean =>
  text !== '' && text.split('').every((char) => isLetter(char) || isDigit(char) || '_.-'.includes(char));

/**
 * Reads one service.
 *
 * @param grace where it has none of its own
 */
export function readService(reader: Reader, { key: name, at, value: node }: Entry, grace: Options['grace']): Draft {
  if (!isName(name)) reader.refuse(at, { type: 'notAServiceName', name });
  const kept = reader.sift(node, IGNORED_SERVICE_KEYS, UNSUPPORTED_SERVICE_KEYS);
  const values = reader.values(kept, name, 'service', 'service', SERVICE_KEYS);
  const read = <T>(key: ServiceKey, expected: Expected, parse: (text: string) => T | undefined, fallback: T): T => {
    const value = values.get(key);
    return value === undefined ? fallback : (reader.parsed(value, key, expected, parse) ?? fallback);
  };
  const entrypoint = readWords(reader, values.get('entrypoint'), 'entrypoint');
  const command = readWords(reader, values.get('command'), 'command');
  if (node.type === 'mapping' && entrypoint?.length === 0 && command?.length === 0)
    reader.refuse(at, { type: 'nothingToRun', name });
  const healthCheck = readHealthCheck(reader, values.get('healthcheck'));
  const surroundings = readSurroundings(reader, values, sameSurroundings);
  const service: Service = {
    name,
    words: [...(entrypoint ?? []), ...(command ?? [])],
    surroundings,
    dependsOn: [],
    healthCheck: healthCheck ?? null,
    restart: read('restart', 'restartPolicy', parseRestart, { when: 'never', limit: null }),
    stopSignal: read<Service['stopSignal']>('stop_signal', 'signal', parseSignal, null),
    grace: read<Millis | Options['grace']>('stop_grace_period', 'duration', parseDuration, grace),
    postStart: readHooks(reader, values.get('post_start'), 'post_start', surroundings),
    preStop: readHooks(reader, values.get('pre_stop'), 'pre_stop', surroundings),
  };
  return {
    service,
    wishes: readWishes(reader, values.get('depends_on')),
    isHealthUnknown: healthCheck === undefined,
  };
}
