/**
 * The command of the npm package, which becomes the native binary and has lost by then what Node loses as it starts; the
 * same on a Node that cannot become another program, and is the parent of the native binary; the same told to stay with
 * Node; the file in which both are packed.
 */
export type LimitedHost = 'command' | 'front' | 'node' | 'pkg';

/**
 * What drainit cannot do where Node is its host, or starts it. The README has its table from here (`npm run limits`), and
 * the conformance tests of these things assert the difference there: an entry that is no longer true fails.
 */
export interface Limit {
  readonly id: string;
  readonly hosts: readonly LimitedHost[];
  /** It is over for the command as soon as Node has started. */
  readonly isOfStart?: boolean;
  /** One line for the README. */
  readonly what: string;
}

const NODE = ['node', 'pkg'] as const;
const HEARD = ['front', ...NODE] as const;
const ALL = ['command', ...HEARD] as const;

export const limits = [
  {
    id: 'boot',
    hosts: ALL,
    what: 'A signal that comes while Node starts (tens of milliseconds) is lost to PID 1, or acts on it elsewhere',
  },
  {
    id: 'sender',
    hosts: NODE,
    what: 'Who sent a signal is not known: `kill 0` in a script may come back as a new one',
  },
  { id: 'flood', hosts: NODE, what: 'Of thousands of signals that come at once some are lost' },
  {
    id: 'real-time',
    hosts: ['front'],
    what: 'Real-time signals, ILL, BUS, FPE and SEGV are not passed on; but for PID 1, they end Node, and the programs go on',
  },
  {
    id: 'library-signals',
    hosts: NODE,
    what: 'Signals 32 and 33, which the C library keeps, are not passed on; but for PID 1, they end it',
  },
  {
    id: 'dispositions',
    hosts: ALL,
    what: 'The signals that drainit is started with blocked or ignored are neither in the programs',
  },
  {
    id: 'session',
    hosts: NODE,
    what: 'Without a terminal, a program that is to have a process group of its own has a session of its own',
  },
  {
    id: 'child',
    hosts: ['front'],
    what: 'drainit is a child of Node: what is not below it (`docker exec`) is neither told nor waited for nor reaped',
  },
  { id: 'blind', hosts: ['front'], what: 'Where nobody can be seen (`hidepid`) only the main program is told' },
  { id: 'parent', hosts: ['front'], what: '`-p` is about the end of Node, and not of its parent' },
  {
    id: 'job',
    hosts: ['front'],
    what: 'At a terminal a signal to the process group of a job (`kill %1`) may count twice',
  },
  {
    id: 'open-files',
    hosts: ALL,
    what: 'Node raises the limit of open descriptors (`ulimit -Sn`) to the hard one, and programs have that',
  },
  {
    id: 'descriptors',
    hosts: ALL,
    what: 'Some open descriptors above 2 (all up to 15) are not passed on, an IPC channel of Node among them',
  },
  { id: 'socket-activation', hosts: HEARD, what: 'No socket activation: `LISTEN_PID` stays as it is, or is left out' },
  { id: 'closed-streams', hosts: ALL, what: 'Descriptors 0 to 2 that are closed are /dev/null in the programs' },
  {
    id: 'non-blocking-streams',
    hosts: ['front', 'node'],
    what: 'Descriptors 0 to 2 that do not block do in the programs; in one file only in services and hooks',
  },
  { id: 'bytes', hosts: ALL, what: 'Arguments and variables that are not UTF-8 are changed' },
  {
    id: 'entries',
    hosts: ALL,
    what: 'Entries of the environment without a name or `=`, or that repeat a name, are left out',
  },
  {
    id: 'node-variables',
    hosts: ['command', 'front', 'node'],
    what: '`NODE_OPTIONS` and `OPENSSL_CONF`, meant for a program, act on drainit as well',
  },
  {
    id: 'node-modules',
    hosts: ['pkg'],
    what: '`NODE_REPL_EXTERNAL_MODULE`, meant for a program, has nothing start: status 9',
  },
  {
    id: 'node-debug',
    hosts: ['front', 'node'],
    what: '`NODE_DEBUG`, meant for a program, has Node write of drainit as well, environments among it',
  },
  { id: 'groups', hosts: NODE, what: 'A service with `user` has no supplementary groups' },
  { id: 'memory', hosts: ALL, isOfStart: true, what: 'Needs some 50 MB of memory, not 1' },
  {
    id: 'processes',
    hosts: ALL,
    isOfStart: true,
    what: 'Needs some ten threads and twenty descriptors within the limits',
  },
  { id: 'scratch', hosts: ALL, what: 'Needs the C and C++ libraries: does not run in `scratch`' },
  { id: 'crash', hosts: HEARD, what: 'When Node itself runs out of heap or crashes, the container ends' },
] as const satisfies readonly Limit[];

export type LimitId = (typeof limits)[number]['id'];

export const hasLimit = (host: LimitedHost, id: LimitId): boolean =>
  limits.some((limit: Limit) => limit.id === id && limit.hosts.includes(host));
