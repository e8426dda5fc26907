import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toMillis } from '../../../src/core/ids.ts';
import type { Note } from '../../../src/core/note.ts';
import type { Service } from '../../../src/core/services/service.ts';
import { TERM } from '../../../src/core/signal.ts';
import type { FakeHook } from '../../../src/host/fake-host.ts';
import { service } from '../../helpers/core.ts';
import { after, program, runServices } from '../../helpers/services.ts';

const commands = (...names: string[]): Service['preStop'] => names.map((name) => ({ words: [name, '-x'] }));

interface Case {
  readonly services: readonly Service[];
  readonly hooks: Readonly<Record<string, FakeHook | null>>;
  readonly termAfter?: number;
  /** How long the first service runs before it ends by itself. */
  readonly life?: number;
}

/** When each hook was started and each note of a hook was made, in milliseconds from the start. */
function live({ services, hooks, termAfter, life }: Case) {
  const first = life === undefined ? {} : { life: { time: life, code: 0 } };
  const programs = services.map((_, index) => program(100, index === 0 ? first : {}));
  const run = runServices(services, programs, {
    ...(termAfter === undefined ? {} : { termAfter }),
    prepare: (host) => {
      for (const [name, hook] of Object.entries(hooks)) host.hooks.set(name, hook);
    },
  });
  const isOfHook = ({ type }: Note): boolean => type.startsWith('hook') || type.startsWith('postStart');
  const said = run.notes.flatMap(({ at, note }) =>
    isOfHook(note) && 'command' in note ? [`${note.type} ${note.command ?? 'alone'} ${Math.round(at)}`] : [],
  );
  const started = run.host.actions.flatMap(({ at, action }) =>
    action.type === 'startHook' ? [`${action.words.join(' ')} ${at - 1_000}`] : [],
  );
  return { ...run, said, started };
}

const good = { time: 300, code: 0 };

test('post-start hooks run one after the other, and what depends on the service waits for them', () => {
  const services = [
    service('db', { postStart: commands('one', 'two') }),
    service('app', { dependsOn: [after(0)] }),
    service('other'),
  ];
  const { started, starts, said, status } = live({ services, hooks: { one: good, two: good }, termAfter: 5_000 });
  assert.deepEqual(started, ['one -x 0', 'two -x 300']);
  assert.deepEqual(starts, ['db+other 0', 'app 600']);
  assert.deepEqual(said, ['postStartEnded one -x 300', 'postStartEnded two -x 600']);
  assert.equal(status, 0);
});

for (const [what, hook, code, note] of [
  ['fails', { time: 300, code: 7 }, 7, 'postStartEnded one -x 300'],
  ['cannot be started', null, 127, 'postStartNotStarted one -x 0'],
] as const) {
  test(`a post-start hook that ${what} stops the container, with its status`, () => {
    const services = [service('db', { postStart: commands('one', 'two') }), service('app', { dependsOn: [after(0)] })];
    const { starts, said, told, status, host } = live({ services, hooks: { one: hook, two: good } });
    assert.deepEqual(starts, ['db 0']);
    assert.deepEqual(said, [note]);
    assert.equal(told.length, 1);
    assert.equal(status, code);
    assert.equal(host.alive.size, 0);
  });
}

test('a stop kills a post-start hook, and what waits for it never starts', () => {
  const services = [service('db', { postStart: commands('one', 'two') }), service('app', { dependsOn: [after(0)] })];
  const { starts, said, started, status, host } = live({
    services,
    hooks: { one: { time: 60_000, code: 0 }, two: good },
    termAfter: 2_000,
  });
  assert.deepEqual(starts, ['db 0']);
  assert.deepEqual(started, ['one -x 0']);
  assert.deepEqual(said, ['postStartKilled one -x 2000']);
  assert.equal(status, 0);
  assert.equal(host.alive.size, 0);
});

test('the end of its service kills a post-start hook; a new start runs it again', () => {
  const restart = { when: 'always', limit: null } as const;
  const services = [service('db', { postStart: commands('one'), restart })];
  const { said, started } = live({ services, hooks: { one: { time: 60_000, code: 0 } }, life: 500, termAfter: 800 });
  assert.deepEqual(said, ['postStartKilled one -x 500', 'postStartKilled one -x 800']);
  assert.equal(started.length, 2);
});

test('a service whose hooks still run is not healthy yet for others', () => {
  const healthCheck = {
    words: ['probe'],
    interval: toMillis(100),
    timeout: toMillis(500),
    retries: 3,
    startPeriod: toMillis(0),
    startInterval: toMillis(100),
  };
  const services = [
    service('db', { postStart: commands('one'), healthCheck }),
    service('app', { dependsOn: [after(0, 'healthy')] }),
  ];
  const hooks = { one: { time: 3_000, code: 0 }, probe: { time: 10, code: 0 } };
  assert.deepEqual(live({ services, hooks, termAfter: 5_000 }).starts, ['db 0', 'app 3000']);
});

test('pre-stop hooks run one after the other, whatever becomes of each, and the service is told then', () => {
  const services = [service('app', { preStop: commands('one', 'missing', 'bad', 'two') })];
  const hooks = { one: good, missing: null, bad: { time: 200, code: 3 }, two: good };
  const { started, said, told, status } = live({ services, hooks, termAfter: 1_000 });
  assert.deepEqual(started, ['one -x 1000', 'missing -x 1300', 'bad -x 1300', 'two -x 1500']);
  assert.deepEqual(said, [
    'hookEnded one -x 1300',
    'hookNotStarted missing -x 1300',
    'hookEnded bad -x 1500',
    'hookEnded two -x 1800',
  ]);
  assert.deepEqual(told, [`app ${TERM} 1800`]);
  assert.equal(status, 0);
});

test('together they may take the grace period of the service: the rest is left out', () => {
  const services = [service('app', { preStop: commands('one', 'two', 'three'), grace: toMillis(500) })];
  const { started, said, told } = live({ services, hooks: { one: good, two: good, three: good }, termAfter: 1_000 });
  assert.deepEqual(started, ['one -x 1000', 'two -x 1300']);
  assert.deepEqual(said, ['hookEnded one -x 1300', 'hookKilled two -x 1500']);
  assert.deepEqual(told, [`app ${TERM} 1500`]);
});
