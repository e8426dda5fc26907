import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toMillis, toPid } from '../../../src/core/ids.ts';
import { sortIntoLevels } from '../../../src/core/services/order.ts';
import type { Dependency, Service } from '../../../src/core/services/service.ts';
import { INT, KILL, QUIT, TERM, USR2 } from '../../../src/core/signal.ts';
import type { ServiceProgram } from '../../../src/host/fake-process.ts';
import { startFakeServices } from '../../../src/host/fake-start.ts';
import { service, setupWith } from '../../helpers/core.ts';
import { after, program, runServices } from '../../helpers/services.ts';

const check = {
  words: ['probe'],
  interval: toMillis(1_000),
  timeout: toMillis(500),
  retries: 3,
  startPeriod: toMillis(0),
  startInterval: toMillis(100),
};

test('what depends on nothing starts at once, the rest when it may; stops go the other way round', () => {
  const services = [
    service('db'),
    service('cache'),
    service('app', { dependsOn: [after(0), after(1)] }),
    service('web', { dependsOn: [after(2)] }),
  ];
  const { starts, told, status } = runServices(services, [program(300), program(100), program(200), program(400)], {
    termAfter: 5_000,
  });
  assert.deepEqual(starts, ['db+cache 0', 'app 0', 'web 0']);
  assert.deepEqual(
    told.map((line) => line.replace(/\d+$/, '')),
    ['web 15 ', 'app 15 ', 'db 15 ', 'cache 15 '],
  );
  const at = told.map((line) => Number(line.split(' ')[2]));
  assert.equal(at[0], 5_000);
  assert.ok((at[1] ?? 0) >= 5_400 && (at[2] ?? 0) >= (at[1] ?? 0) + 200, told.join());
  assert.ok((at[2] ?? 0) < 5_700, told.join());
  assert.equal(status, 0);
});

test('a one-shot service comes to its end before what waits for it starts, and is no reason to stop', () => {
  const services = [service('migrate'), service('app', { dependsOn: [after(0, 'completed')] })];
  const programs = [program(0, { life: { time: 3_000, code: 0 } }), program(100)];
  const { starts, status, host } = runServices(services, programs, { termAfter: 9_000 });
  assert.deepEqual(
    starts.map((line) => line.split(' ')[0]),
    ['migrate', 'app'],
  );
  assert.ok(Number(starts[1]?.split(' ')[1]) >= 3_000);
  assert.equal(status, 0);
  assert.equal(host.alive.size, 0);
});

test('a one-shot service that fails ends the container with its status, and nothing else starts', () => {
  const services = [service('migrate'), service('app', { dependsOn: [after(0, 'completed')] })];
  const { starts, status } = runServices(services, [program(0, { life: { time: 3_000, code: 7 } }), program(100)]);
  assert.deepEqual(starts, ['migrate 0']);
  assert.equal(status, 7);
});

test('one that is not required may fail', () => {
  const services = [service('warm-up'), service('app', { dependsOn: [after(0, 'completed', false)] })];
  const { starts, status } = runServices(services, [program(0, { life: { time: 300, code: 7 } }), program(100)], {
    termAfter: 9_000,
  });
  assert.equal(starts.length, 2);
  assert.equal(status, 0);
});

test('a service that ends by itself ends the container with its status', () => {
  const services = [service('one'), service('two')];
  const { told, status } = runServices(services, [program(0, { life: { time: 1_000, code: 0 } }), program(500)]);
  assert.equal(status, 0);
  assert.deepEqual(told, ['two 15 1000']);
  assert.equal(runServices(services, [program(0, { life: { time: 1_000, code: 4 } }), program(500)]).status, 4);
});

test('a service that cannot be started ends the container: 127', () => {
  const { status, host, notes } = runServices([service('one'), service('two')], [program(100)]);
  assert.equal(status, 127);
  assert.equal(host.alive.size, 0);
  assert.ok(notes.some(({ service: name, note }) => name === 'two' && note.type === 'startFailed'));
});

test('restarts wait longer each time, and are bounded', () => {
  const services = [service('app', { restart: { when: 'onFailure', limit: 4 } })];
  const { starts, status, notes } = runServices(services, [program(0, { life: { time: 10, code: 3 } })]);
  assert.equal(starts.length, 5);
  const pauses = notes.flatMap(({ note }) => (note.type === 'restarting' ? [note.after] : []));
  assert.deepEqual(pauses, [100, 200, 400, 800]);
  assert.equal(status, 3);
});

test('always: also after a success, and after a stable minute with a clean slate', () => {
  const services = [service('app', { restart: { when: 'always', limit: null } })];
  const { notes, status } = runServices(services, [program(0, { life: { time: 70_000, code: 0 } })], {
    limit: 400_000,
    termAfter: 300_000,
  });
  const pauses = notes.flatMap(({ note }) => (note.type === 'restarting' ? [note.after] : []));
  assert.deepEqual(pauses, [100, 100, 100, 100]);
  assert.equal(status, 0);
});

test('a crash loop waits a minute at most', () => {
  const services = [service('app', { restart: { when: 'always', limit: null } })];
  const { starts } = runServices(services, [program(0, { life: { time: 0, code: 1 } })], { limit: 3_600_000 });
  assert.ok(starts.length > 60 && starts.length < 80, String(starts.length));
});

test('a restart for which descriptors are short is one more end; a first start ends the container', () => {
  const services = [service('app', { restart: { when: 'always', limit: null } })];
  const life = { time: 1_000, code: 0 };
  const runShort = (from: number) =>
    runServices(services, [program(0, { life })], {
      termAfter: 3_000,
      prepare: (host) => {
        host.shortage = { from, until: 3_200 };
      },
    });
  const { status, starts, notes } = runShort(2_050);
  const pauses = notes.flatMap(({ note }) => (note.type === 'restarting' ? [note.after] : []));
  assert.deepEqual(pauses, [100, 200, 400, 800]);
  assert.equal(starts.length, 5);
  assert.equal(status, 0);
  assert.equal(runShort(0).status, 126);
});

test('no restart in a stop', () => {
  const services = [service('app', { restart: { when: 'always', limit: null } })];
  const { starts, status } = runServices(services, [program(100)], { termAfter: 1_000 });
  assert.equal(starts.length, 1);
  assert.equal(status, 0);
});

test('what waits for health starts after the first success', () => {
  const services = [service('db', { healthCheck: check }), service('app', { dependsOn: [after(0, 'healthy')] })];
  const { starts, status } = runServices(services, [program(100), program(100)], {
    termAfter: 20_000,
    prepare: (host) => (host.hook = { time: 200, code: 0 }),
  });
  assert.deepEqual(starts, ['db 0', 'app 1200']);
  assert.equal(status, 0);
});

for (const [what, hook] of [
  ['fail', { time: 200, code: 1 }],
  ['take too long', { time: 5_000, code: 0 }],
  ['cannot be started', null],
] as const) {
  test(`probes that ${what}: unhealthy after the third, and what needs it is not started`, () => {
    const services = [service('db', { healthCheck: check }), service('app', { dependsOn: [after(0, 'healthy')] })];
    const { starts, status, notes, host } = runServices(services, [program(100), program(100)], {
      prepare: (fake) => (fake.hook = hook),
    });
    assert.deepEqual(starts, ['db 0']);
    assert.equal(status, 1);
    assert.equal(host.alive.size, 0);
    const health = notes.flatMap(({ note }) => (note.type === 'health' ? [note.status] : []));
    assert.deepEqual(health, ['unhealthy']);
    assert.ok(
      notes.some(({ service: name, note }) => name === 'app' && note.type === 'dependencyFailed' && note.on === 'db'),
    );
  });
}

test('failures in the start period do not count', () => {
  const patient = { ...check, startPeriod: toMillis(10_000) };
  const services = [service('db', { healthCheck: patient })];
  const { notes } = runServices(services, [program(100)], {
    limit: 9_000,
    prepare: (host) => (host.hook = { time: 10, code: 1 }),
  });
  assert.ok(!notes.some(({ note }) => note.type === 'health'));
});

test('a stop in the middle of a start: what has started is stopped, the rest never starts', () => {
  const services = [service('migrate'), service('app', { dependsOn: [after(0, 'completed')] })];
  const { starts, status, host } = runServices(
    services,
    [program(100, { life: { time: 3_000, code: 0 } }), program(100)],
    {
      termAfter: 1_000,
    },
  );
  assert.deepEqual(starts, ['migrate 0']);
  assert.equal(status, 0);
  assert.equal(host.alive.size, 0);
});

test('each service has its own signal and its own grace period', () => {
  const services = [service('web', { stopSignal: QUIT, grace: toMillis(2_000) }), service('app')];
  const { told, status, host } = runServices(services, [program(60_000), program(100)], { termAfter: 1_000 });
  assert.deepEqual(told, ['web 3 1000', 'app 15 1000']);
  assert.equal(status, 137);
  assert.ok(host.now() < 5_000);
});

test('a second stop signal tells everyone who is left, in no order', () => {
  const services = [service('db'), service('app', { dependsOn: [after(0)] })];
  const { told } = runServices(services, [program(100), program(9_000)], {
    termAfter: 1_000,
    prepare: (host) => host.schedule(3_000, { type: 'arrive', signal: INT }),
  });
  assert.deepEqual(told, ['app 15 1000', 'db 2 3000', 'app 2 3000']);
});

test('a second stop signal ends the hook of a service with its drain', () => {
  const services = [service('web', { preStop: [{ words: ['slow'] }], grace: toMillis(9_000) })];
  const { told, notes, host } = runServices(services, [program(100)], {
    termAfter: 1_000,
    prepare: (it) => {
      it.hooks.set('slow', { time: 60_000, code: 0 });
      it.schedule(3_000, { type: 'arrive', signal: INT });
    },
  });
  assert.deepEqual(told, ['web 2 3000']);
  const types = notes.map(({ note }) => note.type);
  assert.ok(types.includes('hookKilled') && types.includes('drained'), types.join());
  assert.ok(host.now() < 6_000);
});

test('the drain is that of the container', () => {
  const services = [service('db'), service('app', { dependsOn: [after(0)] })];
  const drain = { least: toMillis(3_000), most: toMillis(3_000) };
  const { told, status } = runServices(services, [program(100), program(100)], {
    termAfter: 1_000,
    options: { drain },
  });
  assert.deepEqual(told[0], 'app 15 4000');
  assert.equal(status, 0);
});

test('all that a shell of a service runs is part of it, and so is what outlives it', () => {
  const services = [service('db'), service('app', { dependsOn: [after(0)] })];
  const { told, status } = runServices(
    services,
    [program(100), program(0, { executable: '/bin/bash', reaction: { type: 'dies' } })],
    {
      termAfter: 1_000,
      prepare: (host) =>
        host.schedule(10, {
          type: 'fork',
          actor: {
            pid: 2_000,
            parent: 1_002,
            executable: '/worker',
            reaction: { type: 'drains', time: 2_000, code: 5 },
          },
        }),
    },
  );
  assert.deepEqual(
    told.map((line) => line.split(' ')[0]),
    ['app', 'app', 'db'],
  );
  assert.ok(Number(told[2]?.split(' ')[2]) >= 3_000, told.join());
  assert.equal(status, 5);
});

test('levels, and cycles', () => {
  const services = [
    service('a', { dependsOn: [after(1), after(2)] }),
    service('b', { dependsOn: [after(2)] }),
    service('c'),
  ];
  assert.deepEqual(sortIntoLevels(services), { levels: [[2], [1], [0]] });
  const round = [
    service('a', { dependsOn: [after(1)] }),
    service('b', { dependsOn: [after(2)] }),
    service('c', { dependsOn: [after(1)] }),
  ];
  assert.deepEqual(sortIntoLevels(round), { cycle: [1, 2, 1] });
});

/** What a made-up hook of that name does. */
const hookKinds = {
  good: { time: 100, code: 0 },
  slow: { time: 5_000, code: 0 },
  bad: { time: 300, code: 3 },
  missing: null,
} as const;

const hookCommands = fc.array(
  fc.constantFrom('good', 'good', 'good', 'slow', 'bad', 'missing').map((name) => ({ words: [name] })),
  { maxLength: 2 },
);

/** Services of which each depends on earlier ones, with what they run. */
const graph = fc
  .array(
    fc.record({
      on: fc.array(fc.tuple(fc.nat(20), fc.constantFrom<Dependency['condition']>('started', 'completed')), {
        maxLength: 3,
      }),
      reaction: fc.constantFrom<ServiceProgram['reaction']>(
        { type: 'dies' },
        { type: 'drains', time: 300, code: 0 },
        { type: 'drains', time: 2_000, code: 3 },
        { type: 'ignores' },
      ),
      executable: fc.constantFrom('/app', '/bin/bash'),
      life: fc.option(fc.record({ time: fc.nat(3_000), code: fc.nat(2) })),
      postStart: hookCommands,
      preStop: hookCommands,
      restart: fc.constantFrom<Service['restart']>(
        { when: 'never', limit: null },
        { when: 'always', limit: null },
        { when: 'onFailure', limit: 2 },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((nodes) => ({
    // What ignores the signal is left alone, as a main program is, unless a grace period says otherwise.
    services: nodes.map(({ on, restart, reaction, postStart, preStop }, index) =>
      service(`s${index}`, {
        restart,
        postStart,
        preStop,
        grace: reaction.type === 'ignores' ? toMillis(20_000) : 'stragglers',
        dependsOn: index === 0 ? [] : on.map(([other, condition]) => after(other % index, condition)),
      }),
    ),
    programs: nodes.map(({ reaction, executable, life }) => ({
      reaction,
      executable,
      ...(life === null ? {} : { life }),
    })),
  }));

test('any services: each starts after what it depends on and is told before it; all end, and nothing is left', () => {
  fc.assert(
    fc.property(
      graph,
      fc.integer({ min: 0, max: 5_000 }),
      fc.option(fc.nat(4_000)),
      fc.boolean(),
      ({ services, programs }, first, second, isPrefixed) => {
        const { host, loop } = startFakeServices(setupWith(), services, programs, {
          isPrefixed,
          prepare: (fake) => {
            for (const [name, kind] of Object.entries(hookKinds)) fake.hooks.set(name, kind);
          },
        });
        host.schedule(first, { type: 'arrive', signal: TERM });
        if (second !== null) host.schedule(first + 1 + second, { type: 'arrive', signal: TERM });
        host.run(loop, 300_000);
        assert.notEqual(host.exitStatus, null, 'never ended');
        assert.equal(host.alive.size, 0, 'exited while something lived');

        const started = new Set<number>();
        let isStopping = false;
        for (const { action } of host.actions) {
          if (action.type === 'note' && action.note.type === 'received') isStopping = true;
          if (action.type !== 'startServices') continue;
          assert.ok(!isStopping, 'started in a stop');
          for (const index of action.services) {
            for (const { on } of services[index]?.dependsOn ?? []) assert.ok(started.has(on), `${index} before ${on}`);
            started.add(index);
          }
        }
        if (second !== null) return;
        // Whoever is told while something that depends on it lives was told too early.
        const pids = new Map<string, number>();
        for (const { action, alive } of host.actions) {
          if (action.type !== 'note' || action.service === undefined) continue;
          if (action.note.type === 'started') pids.set(action.service, action.note.pid);
          if (action.note.type !== 'told') continue;
          const index = services.findIndex(({ name }) => name === action.service);
          services.forEach(({ name, dependsOn }) => {
            if (!dependsOn.some(({ on }) => on === index)) return;
            assert.ok(!alive.has(pids.get(name) ?? -1), `${action.service} is told before ${name} has ended`);
          });
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a hook is told of its end also where the processes were looked at meanwhile', () => {
  const services = [service('one', { preStop: [{ words: ['hook'] }] }), service('two')];
  const { told, status } = runServices(services, [program(100), program(100)], {
    termAfter: 1_000,
    prepare: (host) => (host.hook = { time: 300, code: 0 }),
  });
  assert.deepEqual(told, ['two 15 1000', 'one 15 1300']);
  assert.equal(status, 0);
});

for (const isRead of [true, false]) {
  test(`names before lines: the last thing that ends is what writes them, ${isRead ? 'by itself' : 'or is killed'}`, () => {
    const { host, loop } = startFakeServices(setupWith(), [service('one')], [program(100)], { isPrefixed: true });
    host.relayEnds = isRead;
    host.schedule(1_000, { type: 'arrive', signal: TERM });
    host.run(loop, 60_000);
    assert.equal(host.exitStatus, 0);
    assert.equal(host.alive.size, 0);
    const told = host.actions.flatMap(({ action }) =>
      action.type === 'signal' && action.pid === 800 ? [action.signal] : [],
    );
    assert.deepEqual(told, isRead ? [] : [KILL]);
    const types = host.actions.map(({ action }) => action.type);
    assert.ok(types.indexOf('openOutputs') < types.indexOf('startServices'));
  });
}

test('what comes before everything is as it is for one program', () => {
  const options = { drainSignal: USR2, parentDeathSignal: TERM };
  const { host } = startFakeServices(setupWith(options, { self: toPid(50) }), [service('one')], [program(1)]);
  const types = host.actions.map(({ action }) => (action.type === 'note' ? action.note.type : action.type));
  assert.deepEqual(types.slice(0, 4), [
    'needlessDrainSignal',
    'becomeSubreaper',
    'setParentDeathSignal',
    'startServices',
  ]);
});

test('without /proc a grace period that is over kills the group of its service, and nobody else', () => {
  const services = [service('stuck', { grace: toMillis(1_000) }), service('slow')];
  const { host, loop } = startFakeServices(setupWith({}, { hasProc: false }), services, [
    { executable: '/app', reaction: { type: 'ignores' } },
    program(3_000),
  ]);
  host.schedule(100, { type: 'arrive', signal: TERM });
  host.run(loop, 60_000);
  assert.ok(!host.actions.some(({ action }) => action.type === 'signalEverything'));
  const killed = host.actions.flatMap(({ action }) =>
    action.type === 'signalGroup' && action.signal === KILL ? [action.group] : [],
  );
  assert.equal(new Set(killed).size, 1);
  assert.equal(host.exitStatus, 137);
});
