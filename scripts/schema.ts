/** The JSON Schema of YAML start files, for editors: made from the table of keys that they are read by. */
import {
  type DEPENDENCY_KEYS,
  type ENVIRONMENT_FILE_KEYS,
  type FILE_KEYS,
  type HEALTH_KEYS,
  type HOOK_KEYS,
  IGNORED_FILE_KEYS,
  IGNORED_SERVICE_KEYS,
  type SETTING_KEYS,
  type ServiceKey,
} from '../src/config/compose-keys.ts';

/** As much of JSON Schema (draft 7, which editors know best) as is needed. */
export interface Schema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly required?: readonly string[];
}

type Properties<Key extends string> = Readonly<Record<Key, Schema>>;

/** A map of known keys, and of any that begin with `x-`. */
const map = (properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  patternProperties: { '^x-': {} },
  additionalProperties: false,
  ...more,
});

const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more });

const describe = (description: string, schema: Schema): Schema => ({ description, ...schema });

const TEXT: Schema = { type: ['string', 'number', 'boolean'] };
const WORDS = list(TEXT);
const COMMAND: Schema = { anyOf: [{ type: ['string', 'null'] }, WORDS] };

/** A value with variables is read when they are put in. */
const VARIABLE: Schema = { type: 'string', pattern: '\\$' };
const orVariable = (...schemas: readonly Schema[]): Schema => ({ anyOf: [...schemas, VARIABLE] });

const DURATION_PATTERN = '([0-9]+(\\.[0-9]+)?(us|ms|s|m|h))+|[0-9]+(\\.[0-9]+)?';
const SECONDS: Schema = { type: 'number', minimum: 0 };
const DURATION = orVariable(SECONDS, { type: 'string', pattern: `^(${DURATION_PATTERN})$` });
const SWITCH = orVariable({ type: 'boolean' }, { type: 'string', enum: ['true', 'false'] });
const SIGNAL: Schema = { type: ['string', 'integer'] };

const DEPENDENCY: Properties<(typeof DEPENDENCY_KEYS)[number]> = {
  condition: describe(
    'What has to be so of the other service first.',
    orVariable({ enum: ['service_started', 'service_healthy', 'service_completed_successfully'] }),
  ),
  required: describe('false: do without the service where it cannot be had.', SWITCH),
  restart: describe('Means nothing to drainit.', {}),
};

const HEALTH_CHECK: Properties<(typeof HEALTH_KEYS)[number]> = {
  test: describe('A command for a shell, [CMD, program, argument], [CMD-SHELL, command] or [NONE].', {
    anyOf: [TEXT, list(TEXT, { minItems: 1 })],
  }),
  interval: describe('Between two checks; 30s.', DURATION),
  timeout: describe('So long one may take; 30s.', DURATION),
  retries: describe(
    'So many failures in a row make it unhealthy; 3.',
    orVariable({ type: 'integer', minimum: 1 }, { type: 'string', pattern: '^[0-9]*[1-9][0-9]*$' }),
  ),
  start_period: describe('Failures do not count for so long; 0s.', DURATION),
  start_interval: describe('The interval in that time; 5s.', DURATION),
  disable: describe('true: no check.', SWITCH),
};

const ENVIRONMENT_FILE: Properties<(typeof ENVIRONMENT_FILE_KEYS)[number]> = {
  path: describe('From where the start file is.', TEXT),
  required: describe('false: do without it where it is missing.', SWITCH),
  format: describe('raw: what is behind the equals sign is the value.', orVariable({ enum: ['raw'] })),
};

const ENVIRONMENT_FILES: Schema = { anyOf: [TEXT, map(ENVIRONMENT_FILE, { required: ['path'] })] };
const ENVIRONMENT: Schema = {
  anyOf: [
    { type: 'object', patternProperties: { '': { type: ['string', 'number', 'boolean', 'null'] } } },
    list({ type: 'string', pattern: '^[^=]' }),
    { type: 'null' },
  ],
};
const USER: Schema = { type: ['string', 'integer'] };

const HOOK_PROPERTIES: Properties<(typeof HOOK_KEYS)[number]> = {
  command: describe('What to run: a line that is split into words and sees no shell, or a list of words.', COMMAND),
  environment: describe('Variables over those of the service.', ENVIRONMENT),
  user: describe('Where it is not that of the service.', USER),
  working_dir: describe('Where it is not that of the service.', TEXT),
};
const HOOK = map(HOOK_PROPERTIES, { required: ['command'] });
const HOOKS: Schema = { anyOf: [HOOK, list(HOOK)] };

const SERVICE: Properties<ServiceKey> = {
  command: describe('What to run: a line that is split into words and sees no shell, or a list of words.', COMMAND),
  entrypoint: describe('Words in front of the command.', COMMAND),
  environment: describe('Variables over those that drainit has; without a value: the one that it has.', ENVIRONMENT),
  env_file: describe('Files of variables; environment is stronger.', {
    anyOf: [...(ENVIRONMENT_FILES.anyOf ?? []), list(ENVIRONMENT_FILES)],
  }),
  working_dir: describe('The folder it starts in.', TEXT),
  user: describe('Name or number, and behind a colon those of a group.', USER),
  depends_on: describe('Services that are started before it and stopped after it.', {
    anyOf: [
      list({ type: 'string' }),
      { type: 'object', patternProperties: { '': map(DEPENDENCY, { required: ['condition'] }) } },
    ],
  }),
  healthcheck: describe('How to find out whether it works.', map(HEALTH_CHECK)),
  restart: describe(
    'Whether to start it again when it ends; no: its end is that of the container.',
    orVariable({ type: 'string', pattern: '^(no|always|unless-stopped|on-failure(:[0-9]+)?)$' }),
  ),
  stop_signal: describe('Sent to stop it, instead of the signal that drainit was sent.', SIGNAL),
  stop_grace_period: describe('After so long it is killed.', DURATION),
  post_start: describe('Commands that run when it has been started; what depends on it waits for them.', HOOKS),
  pre_stop: describe('Commands that run before it is told to stop.', HOOKS),
};

const DRAIN: Schema = {
  type: 'string',
  pattern: `^(${DURATION_PATTERN})(\\.\\.(${DURATION_PATTERN}))?$`,
};

const SETTINGS: Properties<(typeof SETTING_KEYS)[number]> = {
  drain: describe(
    'Hold a stop signal back for so long, or MIN..MAX: until no client is connected.',
    orVariable(SECONDS, DRAIN),
  ),
  drain_signal: describe('Sent to the programs at the beginning of that.', SIGNAL),
  grace: describe('After so long in a stop everything is killed; none: never.', {
    anyOf: [...(DURATION.anyOf ?? []), { enum: ['none'] }],
  }),
  pre_stop: describe('A command that runs at the beginning of a stop.', { anyOf: [{ type: 'string' }, WORDS] }),
  pre_stop_timeout: describe('So long it may take; 10s.', DURATION),
};

const ignored = (keys: Iterable<string>): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    Array.from(keys, (key) => [key, { description: 'About the outside of a container: drainit passes it over.' }]),
  );

const FILE: Properties<(typeof FILE_KEYS)[number]> = {
  services: {
    description: 'The programs, by name.',
    type: 'object',
    patternProperties: { '^[A-Za-z0-9._-]+$': map({ ...SERVICE, ...ignored(IGNORED_SERVICE_KEYS) }) },
    additionalProperties: false,
    minProperties: 1,
  },
  name: describe('Means nothing to drainit.', {}),
  version: describe('Means nothing to drainit.', {}),
  'x-drainit': describe('Options of the command line, which is stronger.', map(SETTINGS)),
};

/** The whole of it. */
export const schema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'drainit start file',
  ...map({ ...FILE, ...ignored(IGNORED_FILE_KEYS) }, { required: ['services'] }),
};
