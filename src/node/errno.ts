import { constants } from 'node:os';

/** The number behind `ENOENT` and its like; `--permission` has a code of its own. */
export const errnoOf = (code = ''): number =>
  code === 'ERR_ACCESS_DENIED'
    ? constants.errno.EPERM
    : ((constants.errno as Readonly<Record<string, number>>)[code] ?? 0);
