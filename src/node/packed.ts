/**
 * The command in the packed file. All of this but the function at the end runs in the build, which writes the heap into
 * the file; there is no C library then (`node:ffi` does not survive the snapshot).
 */
import { startupSnapshot } from 'node:v8';
import { parseCommand } from '../cli/parse.ts';
import { main } from './cli.ts';
import { loadLibc } from './libc.ts';
import { shedMemory } from './shed-memory.ts';
import { Signals } from './signals.ts';
import { startProgram } from './spawn.ts';

// What has run once is compiled, and what Node loads when it is first used is loaded.
parseCommand(['drainit', '--', 'true'], new Map());
startProgram({ words: ['true'], group: 'own', terminal: null, libc: null });

/** By then the program has been started, in milliseconds. */
const SETTLED = 500;

startupSnapshot.setDeserializeMainFunction(() => {
  main(new Signals());
  setTimeout(() => {
    const libc = loadLibc();
    if (typeof libc !== 'string') shedMemory(libc);
  }, SETTLED).unref();
});
