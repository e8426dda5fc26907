import { begin } from '../core/begin.ts';
import type { Service } from '../core/services/service.ts';
import type { ServicesState } from '../core/services/state.ts';
import { beginServices, forServices } from '../core/services/step.ts';
import type { Setup } from '../core/setup.ts';
import type { State } from '../core/state.ts';
import { step } from '../core/step.ts';
import { Driver, forProgram } from './driver.ts';
import { FakeHost } from './fake-host.ts';
import type { Actor, ServiceProgram } from './fake-process.ts';

/** Starts drainit over made-up processes; the first is the main program. */
export function startFake(
  setup: Setup,
  actors: readonly Actor[],
): { readonly host: FakeHost; readonly driver: Driver<State> } {
  const host = new FakeHost(setup, actors);
  return { host, driver: new Driver(host, forProgram(step), begin(setup)) };
}

/** Starts drainit over services of made-up programs; `prepare` makes the host ready before anything is started. */
export function startFakeServices(
  setup: Setup,
  services: readonly Service[],
  programs: readonly ServiceProgram[],
  { isPrefixed = false, prepare }: { isPrefixed?: boolean; prepare?: ((host: FakeHost) => void) | undefined } = {},
): { readonly host: FakeHost; readonly loop: Driver<ServicesState> } {
  const host = new FakeHost(setup, []);
  host.programs = programs;
  prepare?.(host);
  return { host, loop: new Driver(host, forServices, beginServices(setup, services, host.now(), isPrefixed)) };
}
