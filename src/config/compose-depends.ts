import { sortIntoLevels } from '../core/services/order.ts';
import type { Condition, Dependency, Service } from '../core/services/service.ts';
import { DEPENDENCY_KEYS } from './compose-keys.ts';
import type { Reader } from './compose-reader.ts';
import type { Node } from './yaml-node.ts';

/** A dependency while the other services are not known yet. */
export interface Wish {
  readonly name: string;
  readonly at: number;
  readonly condition: Condition;
  readonly isRequired: boolean;
}

/** A service as its part of the file has it. */
export interface Draft {
  readonly service: Service;
  readonly wishes: readonly Wish[];
  /** What is wrong with its health check has been said. */
  readonly isHealthUnknown: boolean;
}

const CONDITIONS: ReadonlyMap<string, Condition> = new Map([
  ['service_started', 'started'],
  ['service_healthy', 'healthy'],
  ['service_completed_successfully', 'completed'],
]);

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export const readSwitch = (reader: Reader, node: Node | undefined, as: string, fallback: boolean): boolean =>
  node === undefined ? fallback : (reader.parsed(node, as, 'switch', (text) => SWITCHES.get(text)) ?? fallback);

function readWish(reader: Reader, name: string, at: number, node: Node): Wish {
  const values = reader.values(node, `depends_on: ${name}`, 'dependency', 'depends_on', DEPENDENCY_KEYS);
  const condition = values.get('condition');
  if (condition === undefined && node.type === 'mapping')
    reader.refuse(at, { type: 'missingKey', as: `depends_on: ${name}`, key: 'condition', example: 'service_started' });
  const read =
    condition === undefined
      ? undefined
      : reader.parsed(condition, 'condition', 'condition', (text) => CONDITIONS.get(text));
  const isRequired = readSwitch(reader, values.get('required'), 'required', true);
  return { name, at, condition: read ?? 'started', isRequired };
}

/** Reads `depends_on`: a list of names, or a map. */
export function readWishes(reader: Reader, node: Node | undefined): readonly Wish[] {
  if (node === undefined) return [];
  if (node.type !== 'list')
    return reader
      .entries(node, 'depends_on', 'dependencies')
      .map(({ key, at, value }) => readWish(reader, key, at, value));
  return node.items.flatMap((item) => {
    const name = reader.text(item, 'depends_on', 'dependencies');
    return name === undefined ? [] : [{ name, at: item.at, condition: 'started', isRequired: true }];
  });
}

/** Whether it can ever come to what is wanted of it. */
function checkCondition(reader: Reader, { name, at, condition }: Wish, other: Draft): void {
  const { healthCheck, restart } = other.service;
  if (condition === 'healthy' && healthCheck === null && !other.isHealthUnknown)
    reader.refuse(at, { type: 'neverHealthy', name });
  if (condition === 'completed' && restart.when === 'always') reader.refuse(at, { type: 'neverCompleted', name });
}

/** Cycles have others in them; so many are named. */
const CYCLE_LIMIT = 16;

function refuseCycles(reader: Reader, drafts: readonly Draft[], services: readonly Service[]): void {
  let left = services;
  for (let count = 0; count < CYCLE_LIMIT; count += 1) {
    const sorted = sortIntoLevels(left);
    if (!('cycle' in sorted)) return;
    const [first = 0, second = 0] = sorted.cycle;
    const names = sorted.cycle.map((index) => left[index]?.name ?? '');
    const wish = drafts[first]?.wishes.find(({ name }) => name === names[1]);
    reader.refuse(wish?.at ?? 0, { type: 'cycle', names });
    left = left.map((service, index) =>
      index === first ? { ...service, dependsOn: service.dependsOn.filter(({ on }) => on !== second) } : service,
    );
  }
}

/** Finds the services that others depend on. */
export function fulfil(reader: Reader, drafts: readonly Draft[]): readonly Service[] {
  const indexes = new Map(drafts.map(({ service }, index) => [service.name, index]));
  const known = [...indexes.keys()];
  const services = drafts.map(({ service, wishes }) => {
    const dependsOn: Dependency[] = [];
    for (const wish of wishes) {
      const on = indexes.get(wish.name);
      const other = on === undefined ? undefined : drafts[on];
      if (on !== undefined && other !== undefined) {
        checkCondition(reader, wish, other);
        dependsOn.push({ on, condition: wish.condition, isRequired: wish.isRequired });
      } else if (wish.isRequired) reader.refuse(wish.at, { type: 'unknownService', name: wish.name, known });
    }
    return { ...service, dependsOn };
  });
  refuseCycles(reader, drafts, services);
  return services;
}
