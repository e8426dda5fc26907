import type { UserIds } from '../core/services/service.ts';
import { parseWhole } from './characters.ts';

export type UserProblem = {
  readonly type: 'unknownUser' | 'unknownGroup';
  readonly text: string;
  readonly name: string;
};

const parseId = (text: string): number | undefined => parseWhole(text, 2_147_483_647);

/** The fields of the lines of passwd(5) and group(5). */
const splitRows = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(':'));

/** The row with that name, or with that number. */
const findRow = (rows: readonly (readonly string[])[], wanted: string): readonly string[] | undefined =>
  rows.find(([name, , id]) => name === wanted || (id === wanted && parseId(wanted) !== undefined));

export interface FoundUser {
  readonly ids: UserIds;
  /** Docker's `/` where passwd(5) has none. */
  readonly home: string;
}

/**
 * Looks up a user, and after a colon a group, by name or number, as Docker does: a number need not be in the files; a
 * user has the supplementary groups of /etc/group unless a group is named.
 *
 * @param passwd the text of /etc/passwd
 * @param group the text of /etc/group
 */
export function findUser(text: string, passwd: string, group: string): FoundUser | UserProblem {
  const colon = text.indexOf(':');
  const wantedUser = colon < 0 ? text : text.slice(0, colon);
  const row = findRow(splitRows(passwd), wantedUser);
  const user = parseId(row?.[2] ?? wantedUser);
  if (user === undefined) return { type: 'unknownUser', text, name: wantedUser };
  const home = row?.[5] || '/';
  const groups = splitRows(group);
  if (colon >= 0) {
    const wantedGroup = text.slice(colon + 1);
    const id = parseId(findRow(groups, wantedGroup)?.[2] ?? wantedGroup);
    if (id === undefined) return { type: 'unknownGroup', text, name: wantedGroup };
    return { ids: { user, group: id, groups: [] }, home };
  }
  const ids = groups
    .filter(([, , , members = '']) => row !== undefined && members.split(',').includes(row[0] ?? ''))
    .map(([, , id = '']) => parseId(id))
    .filter((id) => id !== undefined);
  return { ids: { user, group: parseId(row?.[3] ?? '0') ?? 0, groups: ids }, home };
}
