import type { Life } from './life.ts';
import type { StopReason } from './state.ts';

/** What the container exits with where a service cannot be started because of another. */
const DEPENDENCY_FAILED = 1;

/**
 * The exit status of the container, once all services have ended: that of the service whose end was the cause. After a stop
 * signal the same rule as for a script holds over the services: the first that failed, 0 if one ended well, 128 + the
 * signal if all ended of it.
 */
export function statusOfContainer(reason: StopReason, lives: readonly Life[]): number {
  switch (reason.type) {
    case 'ended':
      return reason.status;
    case 'dependency':
      return DEPENDENCY_FAILED;
    case 'signal': {
      const own = lives.flatMap((life) => (life.type === 'ended' && life.isOwnEnd ? [life.status] : []));
      if (own.length === 0) return 128 + reason.signal;
      return own.find((status) => status !== 0) ?? 0;
    }
  }
}
