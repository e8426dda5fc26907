import type * as Original from './start-process.ts';

/** fork(2), by which Node does it, copies the page tables of all of Node: a twentieth of the time. */
export const prefersPosix = true;

/** What `start-process.ts` and execa are in the packed file: a script of their own, which `require()` does not find there. */
const ASSET = 'start-process.cjs';

let original: typeof Original | undefined;

function load(): typeof Original {
  const module = { exports: {} };
  const { compileFunction } = process.getBuiltinModule('node:vm');
  const script = process.getBuiltinModule('node:sea').getAsset(ASSET, 'latin1');
  const run = compileFunction(script, ['module', 'exports', 'require']) as (...scope: readonly unknown[]) => void;
  run(module, module.exports, (name: string) => process.getBuiltinModule(name));
  return module.exports as typeof Original;
}

/**
 * What the packed file has instead of `start-process.ts`: the same, loaded when it is first needed. In the snapshot execa
 * would be a tenth of the time that the file takes to start, and most never need it.
 */
export const startProcess: typeof Original.startProcess = (file, args, options) => {
  original ??= load();
  return original.startProcess(file, args, options);
};
