/** Tells any number of listeners of something that is listened to once, and only while there are any. */
export class Shared {
  private readonly listeners = new Set<() => void>();
  private readonly open: (tell: () => void) => () => void;
  private close: (() => void) | undefined;

  /** @param open begins to listen. It is given what tells, and gives what ends it */
  constructor(open: (tell: () => void) => () => void) {
    this.open = open;
  }

  /** @returns what ends it */
  add(listener: () => void): () => void {
    this.listeners.add(listener);
    this.close ??= this.open(() => {
      for (const each of [...this.listeners]) each();
    });
    return () => {
      if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
      this.close?.();
      this.close = undefined;
    };
  }
}
