import type { Surroundings } from '../core/services/service.ts';
import { readEnvironment } from './compose-environment.ts';
import type { Reader } from './compose-reader.ts';
import { type FoundUser, findUser } from './user.ts';
import type { Node } from './yaml-node.ts';

function readUser(reader: Reader, node: Node | undefined): FoundUser | null {
  const text = node === undefined ? undefined : reader.text(node, 'user', 'text');
  if (node === undefined || text === undefined) return null;
  const user = findUser(text, reader.read('/etc/passwd') ?? '', reader.read('/etc/group') ?? '');
  if (!('type' in user)) return user;
  reader.refuse(node.at, user);
  return null;
}

/**
 * With what a program is started, where that differs from `base`. HOME is that of the user who is changed to, as in a
 * container of its own, unless the file has another.
 */
export function readSurroundings(reader: Reader, values: ReadonlyMap<string, Node>, base: Surroundings): Surroundings {
  const user = readUser(reader, values.get('user'));
  const folder = values.get('working_dir');
  return {
    environment: readEnvironment(reader, {
      base: base.environment,
      home: user?.home ?? null,
      files: values.get('env_file'),
      own: values.get('environment'),
    }),
    folder:
      (folder && reader.parsed(folder, 'working_dir', 'text', (text) => (text === '' ? undefined : text))) ??
      base.folder,
    user: user?.ids ?? base.user,
  };
}
