/**
 * The command in the packed file. All of this but the function at the end runs in the build, which writes the heap into
 * the file; there is no C library then (`node:ffi` does not survive the snapshot).
 */
import { begin } from '../core/begin.ts';
import { step } from '../core/step.ts';
import { forProgram } from '../host/driver.ts';
import type { Host } from '../host/host.ts';
import { constants } from 'node:os';
import { startupSnapshot } from 'node:v8';
import { parseCommand } from '../cli/parse.ts';
import type { Event } from '../core/event.ts';
import { toPid } from '../core/ids.ts';
import { TERM } from '../core/signal.ts';
import { Children } from './children.ts';
import { main } from './cli.ts';
import { Drive } from './drive.ts';
import type { Ffi, Value } from './ffi.ts';
import { readHostChoice, refuseNative } from './host-choice.ts';
import { leaveStreamsAlone } from './leave-streams.ts';
import { Libc } from './libc.ts';
import { loadLibc } from './load-libc.ts';
import { NodeHost } from './node-host.ts';
import { isRelay, runRelay } from './relay.ts';
import { shedMemory } from './shed-memory.ts';
import { Signals } from './signals.ts';

/** By then the program has been started, in milliseconds. */
const SETTLED = 500;

/** PID_MAX_LIMIT: nobody has that pid. */
const MOST_PIDS = 2 ** 22;

const nothing = (): void => undefined;

/** A C library that does nothing, and in which a program that was started has ended at once. */
const scenery: Ffi = {
  dlopen: () => ({
    lib: {
      getFunction:
        (name) =>
        (first: Value = null) => {
          if (name === 'posix_spawnp' && Buffer.isBuffer(first)) first.writeInt32LE(MOST_PIDS);
          return name === 'waitid' ? -1 : 0;
        },
      registerCallback: () => 0n,
    },
  }),
  getInt32: () => constants.errno.ECHILD,
  getRawPointer: () => 0n,
  getCurrentEventLoop: () => 0n,
};

/** Runs a program to its end: what has run once is compiled, and what Node loads when it is first used is loaded. */
function rehearse(libc: Libc): void {
  const words = ['true'];
  const command = parseCommand(['drainit', ...words], new Map());
  if (command.type !== 'run') return;
  const ids = { self: toPid(process.pid), parent: toPid(process.ppid) };
  const setup = {
    options: command.options,
    facts: { ...ids, terminals: [], canBeContinued: false, hasProc: true, adopts: true },
  };
  const dispatch = (event: Event): void => drive.dispatch(event);
  const host = new NodeHost({
    setup,
    words,
    libc,
    children: new Children(libc),
    signals: { expect: nothing },
    logger: { log: nothing },
    dispatch,
    look: () => dispatch(host.harvest(nothing)),
  });
  const stage: Host = {
    now: () => host.now(),
    owe: nothing,
    perform: (action) => (action.type === 'exit' ? undefined : host.perform(action)),
  };
  const drive = new Drive(stage, forProgram(step), () => begin(setup));
  drive.begin();
  libc.unblock(TERM);
  libc.watchSignals([TERM], false, nothing);
  libc.reap(MOST_PIDS);
  dispatch(host.harvest(nothing));
}

rehearse(new Libc(scenery));

startupSnapshot.setDeserializeMainFunction(() => {
  const signals = new Signals();
  leaveStreamsAlone();
  // It survives what is sent to everyone.
  if (isRelay()) {
    runRelay();
    return;
  }
  if (readHostChoice() === 'native') refuseNative(process.execPath);
  main(signals);
  setTimeout(() => {
    const libc = loadLibc();
    if (typeof libc !== 'string') shedMemory(libc);
  }, SETTLED).unref();
});
