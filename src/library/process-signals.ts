interface Shared {
  readonly listeners: Set<() => void>;
  readonly handler: () => void;
}

const bySignal = new Map<NodeJS.Signals, Shared>();

function share(signal: NodeJS.Signals): Shared {
  const listeners = new Set<() => void>();
  const handler = (): void => {
    for (const listener of [...listeners]) listener();
  };
  process.on(signal, handler);
  return { listeners, handler };
}

/**
 * Calls the listener when the signal comes to this process. However many listen, Node has one handler for each signal: more
 * than ten would look like a leak to it.
 *
 * @returns what ends it
 */
export function onSignal(signal: NodeJS.Signals, listener: () => void): () => void {
  const shared = bySignal.get(signal) ?? share(signal);
  bySignal.set(signal, shared);
  shared.listeners.add(listener);
  return () => {
    if (!shared.listeners.delete(listener) || shared.listeners.size > 0) return;
    process.removeListener(signal, shared.handler);
    bySignal.delete(signal);
  };
}
