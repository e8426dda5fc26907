import { readComposeFile } from '../config/compose.ts';

const compose = { readComposeFile };

/** The reader of start files in YAML. */
export type ComposeProgram = typeof compose;

// A program of its own, which `sys.load` runs where a start file is YAML.
Object.assign(globalThis, { compose });
