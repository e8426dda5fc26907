import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { type Schema, schema } from '../../../scripts/schema.ts';
import { composeCases, inService } from '../../helpers/compose-cases.ts';

function typesOf(value: unknown): readonly string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['number', 'integer'] : [typeof value];
}

/** Whether a schema allows a value, as far as the one of start files goes. */
function allows(wanted: Schema, value: unknown): boolean {
  const { type, anyOf, enum: texts, pattern, minimum = -Infinity, items = {} } = wanted;
  const types = typesOf(value);
  if (type !== undefined && ![type].flat().some((name) => types.includes(name))) return false;
  if (anyOf !== undefined && !anyOf.some((one) => allows(one, value))) return false;
  if (texts !== undefined && !(typeof value === 'string' && texts.includes(value))) return false;
  if (typeof value === 'string' && pattern !== undefined && !new RegExp(pattern).test(value)) return false;
  if (typeof value === 'number' && value < minimum) return false;
  if (!Array.isArray(value)) return typeof value !== 'object' || value === null || allowsMap(wanted, value);
  const { minItems = 0, maxItems = Infinity } = wanted;
  return value.length >= minItems && value.length <= maxItems && value.every((item) => allows(items, item));
}

function allowsMap(wanted: Schema, value: object): boolean {
  const { properties = {}, patternProperties = {}, additionalProperties = true, required = [] } = wanted;
  const entries = Object.entries(value);
  if (entries.length < (wanted.minProperties ?? 0) || !required.every((key) => Object.hasOwn(value, key))) return false;
  return entries.every(([key, item]) => {
    const own = Object.hasOwn(properties, key) ? [properties[key] ?? {}] : [];
    const matching = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern).test(key));
    const all = [...own, ...matching.map(([, one]) => one)];
    return all.length === 0 ? additionalProperties : all.every((one) => allows(one, item));
  });
}

const read = (text: string): unknown => load(text, { schema: CORE_SCHEMA.withTags(mergeTag) });

for (const [keys] of composeCases) {
  const file = read(inService(keys));
  test(`editors accept ${keys.split('\n').join(' | ')}`, () => assert.ok(allows(schema, file)));
}

const accepted: readonly string[] = [
  'name: demo\nversion: "3"\nvolumes: {data: }\nx-any: [thing]\nservices: {web: {command: web, image: nginx, x-any: 1}}',
  'services: {a: {command: a, depends_on: [b]}, b: {command: b, restart: "${RESTART:-no}"}}',
  'services: {a: {command: a, depends_on: {b: {condition: service_healthy, required: false}}}}',
  'services: {a: {command: a}}\nx-drainit: {drain: 5s..20s, drain_signal: USR2, grace: none, pre_stop: a, pre_stop_timeout: 3}',
];
for (const text of accepted) test(`editors accept ${text}`, () => assert.ok(allows(schema, read(text))));

const refused: readonly string[] = [
  '{}',
  'services: {}',
  'services: {a b: {command: a}}',
  'services: {a: {command: a}}\nservcies: {}',
  'services: {a: {comand: a}}',
  'services: {a: {command: {a: b}}}',
  'services: {a: {command: a, restart: sometimes}}',
  'services: {a: {command: a, stop_grace_period: long}}',
  'services: {a: {command: a, depends_on: {b: {condition: healthy}}}}',
  'services: {a: {command: a, healthcheck: {test: a, retries: 0}}}',
  'services: {a: {command: a, healthcheck: {test: a, intervall: 5s}}}',
  'services: {a: {command: a, post_start: [{}]}}',
  'services: {a: {command: a, pre_stop: [{command: a, privileged: true}]}}',
  'services: {a: {command: a}}\nx-drainit: {drain: soon}',
];
for (const text of refused) test(`editors refuse ${text}`, () => assert.ok(!allows(schema, read(text))));
