import { parseCommand } from '../cli/parse.ts';

const options = { parseCommand };

/** The reader of options. */
export type OptionsProgram = typeof options;

// A program of its own, which `sys.load` runs where there are options to read.
Object.assign(globalThis, { options });
