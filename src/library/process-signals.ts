import { Shared } from './shared.ts';

const bySignal = new Map<NodeJS.Signals, Shared>();

function share(signal: NodeJS.Signals): Shared {
  const shared = new Shared((tell) => {
    process.on(signal, tell);
    return () => process.removeListener(signal, tell);
  });
  bySignal.set(signal, shared);
  return shared;
}

/**
 * Calls the listener when the signal comes to this process. However many listen, Node has one handler for each signal: more
 * than ten would look like a leak to it.
 *
 * @returns what ends it
 */
export const onSignal = (signal: NodeJS.Signals, listener: () => void): (() => void) =>
  (bySignal.get(signal) ?? share(signal)).add(listener);
