import assert from 'node:assert/strict';
import { constants } from 'node:os';
import type { Subject } from './subjects.ts';
import { type End, type Scene, World } from './world.ts';

/** The shells that scripts are written for, as a scene is given them; zsh and mksh may be missing. */
export const shells = { bash: 'bash', dash: 'dash', busybox: ['busybox', 'sh'], zsh: 'zsh', mksh: 'mksh' } as const;

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT';

/**
 * Who tells a program, once: the init, or its script; both, where each tells it for itself, the init at most once; or
 * nobody, where the end of another program ends it.
 */
export type Teller = 'init' | 'script' | 'both' | 'nobody';

/** mksh as the leader of a process group sends the TERM that ends it to the whole group. */
export const tellerUnder = (shell: string): Teller => (shell === 'mksh' ? 'both' : 'init');

/**
 * A script for a shell that catches the signal which ends it, as mksh does: its programs end when it has, also where the
 * machine is busy. It would take what it has seen end with it.
 */
export const slowedFor = (shell: string, script: string): string =>
  shell === 'mksh' ? script.replaceAll(/(?<=--drain )\d+/g, (time) => `${time}0`) : script;

/** A scene that is sent one stop signal when its programs are ready, and has to end by itself. */
export interface StopCase extends Scene {
  readonly signal?: StopSignal;
  /** The test programs in it by their names: each is to be told once, and to end by itself. */
  readonly programs: readonly string[];
  /** Lines of the log, besides those of the programs, that are awaited before the signal is sent. */
  readonly awaited?: readonly string[];
  /** By default the init. */
  readonly toldBy?: Teller;
  /** The exit status; any where it is not given. */
  readonly status?: number;
}

/** Each program has been told, by the init at most once, and was waited for. */
export function assertTold(world: World, programs: readonly string[], signal: number, toldBy: Teller = 'init'): void {
  for (const name of programs) {
    const got = `${name} got ${signal}`;
    const [all, fromInit] = [world.count(got), world.count(`${got} from 1`)];
    const counts = `${name} is told ${all} times, ${fromInit} of them by the init\n${world.describe()}`;
    const isRight = {
      init: all === 1 && fromInit === 1,
      script: all === 1 && fromInit === 0,
      both: all > 0 && fromInit <= 1,
      nobody: all === 0,
    };
    assert.ok(isRight[toldBy], counts);
    assert.equal(world.count(`${name} done`), 1, `${name} is waited for\n${world.describe()}`);
  }
}

/** Stops the scene and checks what everybody was told, and how it ended. */
export async function checkStop(
  subject: Subject,
  scene: StopCase,
): Promise<{ readonly end: End; readonly log: readonly string[] }> {
  const { signal = 'SIGTERM', programs, awaited = [], toldBy, status } = scene;
  await using world = new World(subject, scene);
  await world.has(...programs.map((name) => `${name} ready`), ...awaited);
  world.signal(signal);
  const end = await world.end();
  assertTold(world, programs, constants.signals[signal], toldBy);
  if (status !== undefined) assert.equal(end.status, status, world.describe());
  return { end, log: world.lines };
}
