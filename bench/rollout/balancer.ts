import type { BalancerName } from './options.ts';
import { startHaproxy } from './haproxy.ts';
import { startNginx } from './nginx.ts';

export interface Endpoint {
  readonly name: string;
  readonly address: string;
}

/** What the log of a balancer says of a request that failed. */
export interface Trouble {
  /** The address of the pod; null: none was left. */
  readonly address: string | null;
  readonly reason: string;
  /** Milliseconds that the balancer had it before it failed. */
  readonly took: number;
}

export interface Silence {
  readonly reason: string;
  /** The balancer alone did it: no pod has to do with it. */
  readonly isItsOwn: boolean;
}

export interface Balancer {
  readonly add: (endpoint: Endpoint) => Promise<void>;
  readonly remove: (endpoint: Endpoint) => Promise<void>;
  /** By the numbers of the requests. */
  readonly readTroubles: () => ReadonlyMap<number, Trouble>;
  /** What it means where it ends the connection of a client and writes nothing. */
  readonly silence: Silence;
  readonly close: () => Promise<void>;
}

export const startBalancer = async (name: BalancerName): Promise<Balancer> => {
  switch (name) {
    case 'haproxy':
      return startHaproxy();
    case 'nginx':
      return startNginx();
  }
};
