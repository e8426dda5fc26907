import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Node tells of each process here that `node:child_process` starts; not of those that it starts and waits for at once. */
const STARTS = 'child_process';

const watching = new Set<OnlyParent>();
let isOurs = false;

function onStart(): void {
  if (!isOurs) for (const it of watching) it.isOnly = false;
}

/** What is started in the work is ours, and nobody else's. */
export function startOurs<T>(work: () => T): T {
  isOurs = true;
  try {
    return work();
  } finally {
    isOurs = false;
  }
}

/** Whether all that this process comes to adopt must be from one family, since nobody else has started anything. */
export class OnlyParent {
  isOnly = true;

  constructor() {
    if (watching.size === 0) subscribe(STARTS, onStart);
    watching.add(this);
    if (watching.size > 1) for (const it of watching) it.isOnly = false;
  }

  end(): void {
    watching.delete(this);
    if (watching.size === 0) unsubscribe(STARTS, onStart);
  }
}
