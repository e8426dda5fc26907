import type { Millis } from '../core/ids.ts';
import type { RestartPolicy, Service, UserIds } from '../core/services/service.ts';
import type { Options } from '../core/setup.ts';
import { parseSignal } from '../core/signal.ts';
import { isDigit, isLetter, parseWhole } from './characters.ts';
import { splitIntoWords } from './command-words.ts';
import { type Draft, readWishes } from './compose-depends.ts';
import { readEnvironment } from './compose-environment.ts';
import { readHealthCheck } from './compose-health.ts';
import {
  HOOK_KEYS,
  IGNORED_SERVICE_KEYS,
  SERVICE_KEYS,
  type ServiceKey,
  UNSUPPORTED_HOOK_KEYS,
  UNSUPPORTED_SERVICE_KEYS,
} from './compose-keys.ts';
import type { Expected } from './compose-problem.ts';
import { type Reader, isNothing } from './compose-reader.ts';
import { parseDuration } from './duration.ts';
import { findUser } from './user.ts';
import type { Entry, Node } from './yaml-node.ts';

/** A command: a list of words, or a text that is split into words and never sees a shell (Compose, `command`). */
function readWords(reader: Reader, node: Node | undefined, as: string): readonly string[] | undefined {
  if (isNothing(node)) return [];
  if (node.type === 'list') return reader.texts(node, as, 'words');
  const text = reader.text(node, as, 'command');
  if (text === undefined) return undefined;
  return splitIntoWords(text) ?? reader.refuse(node.at, { type: 'openQuote', as, text });
}

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

function readUser(reader: Reader, node: Node | undefined): UserIds | null {
  const text = node === undefined ? undefined : reader.text(node, 'user', 'text');
  if (node === undefined || text === undefined) return null;
  const user = findUser(text, reader.read('/etc/passwd') ?? '', reader.read('/etc/group') ?? '');
  if (!('type' in user)) return user;
  reader.refuse(node.at, user);
  return null;
}

/** The command of a hook; it runs as its service does, so that the rest of its keys are refused. */
function readHook(reader: Reader, node: Node): readonly string[] | null {
  const kept = reader.sift(node, new Set(), UNSUPPORTED_HOOK_KEYS);
  const values = reader.values(kept, 'pre_stop', 'hook', 'pre_stop', HOOK_KEYS);
  if (node.type !== 'mapping') return null;
  const words = readWords(reader, values.get('command'), 'command');
  if (words?.length === 0)
    reader.refuse(node.at, { type: 'missingKey', as: 'pre_stop', key: 'command', example: './drain' });
  return words ?? null;
}

function readPreStop(reader: Reader, node: Node | undefined): readonly string[] | null {
  if (node === undefined) return null;
  if (node.type === 'scalar') return reader.expect(node, 'pre_stop', 'hooks') ?? null;
  const hooks = node.type === 'list' ? node.items : [node];
  const commands = hooks.map((hook) => readHook(reader, hook));
  if (hooks.length > 1) reader.refuse(node.at, { type: 'severalHooks', count: hooks.length });
  return commands[0] ?? null;
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
  const service: Service = {
    name,
    words: [...(entrypoint ?? []), ...(command ?? [])],
    surroundings: {
      environment: readEnvironment(reader, values.get('environment'), values.get('env_file')),
      folder: read<string | null>('working_dir', 'text', (text) => (text === '' ? undefined : text), null),
      user: readUser(reader, values.get('user')),
    },
    dependsOn: [],
    healthCheck: healthCheck ?? null,
    restart: read('restart', 'restartPolicy', parseRestart, { when: 'never', limit: null }),
    stopSignal: read<Service['stopSignal']>('stop_signal', 'signal', parseSignal, null),
    grace: read<Millis | Options['grace']>('stop_grace_period', 'duration', parseDuration, grace),
    preStop: readPreStop(reader, values.get('pre_stop')),
  };
  return {
    service,
    wishes: readWishes(reader, values.get('depends_on')),
    isHealthUnknown: healthCheck === undefined,
  };
}
