/** The npm package on Node, and the file in which both are packed. */
export type LimitedHost = 'node' | 'pkg';

/**
 * What drainit cannot do where Node is its host. The README has its table from here (`npm run limits`), and the
 * conformance tests of these things assert the difference there: an entry that is no longer true fails.
 */
export interface Limit {
  readonly id: string;
  readonly hosts: readonly LimitedHost[];
  /** One line for the README. */
  readonly what: string;
}

const NODE = ['node', 'pkg'] as const;
const NPM: readonly LimitedHost[] = ['node'];

export const limits = [
  {
    id: 'boot',
    hosts: NODE,
    what: 'A signal that comes while Node starts (tens of milliseconds) is lost to PID 1, or acts on it elsewhere',
  },
  {
    id: 'sender',
    hosts: NODE,
    what: 'Who sent a signal is not known: `kill 0` in a script may come back as a new one',
  },
  { id: 'flood', hosts: NODE, what: 'Of thousands of signals that come at once some are lost' },
  { id: 'library-signals', hosts: NODE, what: 'Signals 32 and 33, which the C library keeps, are not passed on' },
  {
    id: 'dispositions',
    hosts: NODE,
    what: 'The signals that drainit is started with blocked or ignored are neither in the programs',
  },
  {
    id: 'session',
    hosts: NODE,
    what: 'Without a terminal, a program that is to have a process group of its own has a session of its own',
  },
  {
    id: 'descriptors',
    hosts: NODE,
    what: 'Open descriptors above 2 are not passed on, and `LISTEN_PID` is left as it is: no socket activation',
  },
  {
    id: 'standard-streams',
    hosts: NODE,
    what: 'Descriptors 0 to 2 that are closed are /dev/null in the programs',
  },
  {
    id: 'non-blocking',
    hosts: NPM,
    what: 'Descriptors 0 to 2 that do not block do in the programs; in one file only in services and hooks',
  },
  { id: 'bytes', hosts: NODE, what: 'Arguments and variables that are not UTF-8 are changed' },
  { id: 'groups', hosts: NODE, what: 'A service with `user` has no supplementary groups' },
  { id: 'memory', hosts: NODE, what: 'Needs some 50 MB of memory, not 1' },
  { id: 'processes', hosts: NODE, what: 'Needs some ten threads and twenty descriptors within the limits' },
  { id: 'scratch', hosts: NODE, what: 'Needs the C and C++ libraries: does not run in `scratch`' },
  { id: 'crash', hosts: NODE, what: 'When Node itself runs out of heap or crashes, the container ends' },
] as const satisfies readonly Limit[];

export type LimitId = (typeof limits)[number]['id'];

export const hasLimit = (host: LimitedHost, id: LimitId): boolean =>
  limits.some((limit) => limit.id === id && limit.hosts.includes(host));
