import { type Millis, type Pid, addMillis } from '../ids.ts';
import type { Health } from './life.ts';
import type { HealthCheck } from './service.ts';

/** A service that has just been started. The first probe comes after one interval: Compose, `healthcheck`. */
export const beginHealth = (check: HealthCheck, at: Millis): Health => ({
  status: 'starting',
  failures: 0,
  probeAt: addMillis(at, check.startPeriod > 0 ? check.startInterval : check.interval),
  probe: null,
});

export const isProbeDue = ({ probe, probeAt }: Health, at: Millis): boolean => probe === null && at >= probeAt;

export const isProbeLate = ({ probe }: Health, at: Millis): boolean => probe !== null && at >= probe.limit;

export const beginProbe = (health: Health, check: HealthCheck, at: Millis): Health => ({
  ...health,
  probe: { pid: null, limit: addMillis(at, check.timeout) },
});

export const probeStarted = (health: Health, pid: Pid): Health =>
  health.probe === null ? health : { ...health, probe: { ...health.probe, pid } };

/**
 * A probe has ended, or did not come to its end in time.
 *
 * @param since when the service was started
 */
export function endProbe(health: Health, check: HealthCheck, isSuccess: boolean, since: Millis, at: Millis): Health {
  const isStarting = at - since < check.startPeriod && health.status === 'starting';
  const next = { probe: null, probeAt: addMillis(at, isStarting ? check.startInterval : check.interval) };
  if (isSuccess) return { ...next, status: 'healthy', failures: 0, probeAt: addMillis(at, check.interval) };
  if (isStarting) return { ...health, ...next };
  const failures = health.failures + 1;
  return { ...next, status: failures >= check.retries ? 'unhealthy' : health.status, failures };
}

/** When the next thing is due. */
export const healthDeadline = ({ probe, probeAt }: Health): Millis => probe?.limit ?? probeAt;
