import type { Dependency, Service } from '../../src/core/services/service.ts';
import type { Options } from '../../src/core/setup.ts';
import { TERM } from '../../src/core/signal.ts';
import type { FakeHost } from '../../src/host/fake-host.ts';
import type { ServiceProgram } from '../../src/host/fake-process.ts';
import { startFakeServices } from '../../src/host/fake-start.ts';
import { setupWith } from './core.ts';

/** A dependency on the service with that index. */
export const after = (on: number, condition: Dependency['condition'] = 'started', isRequired = true): Dependency => ({
  on,
  condition,
  isRequired,
});

/** What drains for so long. */
export const program = (time: number, more: Partial<ServiceProgram> = {}): ServiceProgram => ({
  executable: '/app',
  reaction: { type: 'drains', time, code: 0 },
  ...more,
});

/** Runs the services with a TERM after so long; what became of them. */
export function runServices(
  services: readonly Service[],
  programs: readonly ServiceProgram[],
  {
    termAfter,
    limit = 60_000,
    options = {},
    prepare,
  }: {
    readonly termAfter?: number;
    readonly limit?: number;
    readonly options?: Partial<Options>;
    readonly prepare?: (host: FakeHost) => void;
  } = {},
) {
  const { host, loop } = startFakeServices(setupWith(options), services, programs, { prepare });
  if (termAfter !== undefined) host.schedule(termAfter, { type: 'arrive', signal: TERM });
  host.run(loop, limit);
  const starts = host.actions.flatMap(({ at, action }) =>
    action.type === 'startServices'
      ? [`${action.services.map((index) => services[index]?.name).join('+')} ${at - 1_000}`]
      : [],
  );
  const notes = host.actions.flatMap(({ at, action }) =>
    action.type === 'note' && action.service !== undefined
      ? [{ at: at - 1_000, service: action.service, note: action.note }]
      : [],
  );
  const told = notes.flatMap(({ at, service: name, note }) =>
    note.type === 'told' ? [`${name} ${note.signal} ${Math.round(at)}`] : [],
  );
  return { host, starts, notes, told, status: host.exitStatus };
}
