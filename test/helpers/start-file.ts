import { renderFileProblem } from '../../src/cli/render-file-problem.ts';
import { type StartFile, readStartFile } from '../../src/config/start-file.ts';
import type { World } from '../../src/config/world.ts';
import type { Options } from '../../src/core/setup.ts';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n';
const GROUP = 'root:x:0:\nstaff:x:50:app,other\napp:x:1001:\nlogs:x:60:app\n';

export const files: Readonly<Record<string, string>> = {
  '/etc/passwd': PASSWD,
  '/etc/group': GROUP,
  'app.env': 'A=from file\nB="${PORT}"\n',
  'bad.env': 'A=1\nnot one\nC="x" y\nD=${}\nB="open',
  '/srv/app.env': 'A=from /srv\n',
};

export const world = (more: Partial<World> = {}): World => ({
  readText: (path) => files[path] ?? null,
  variables: new Map([
    ['HOME', '/root'],
    ['PORT', '8080'],
    ['EMPTY', ''],
  ]),
  whyNotRunnable: (name) => (name.endsWith('missing') ? 'No such file or directory' : undefined),
  hasByteStrings: false,
  ...more,
});

export const readYaml = (text: string, grace: Options['grace'] = 'stragglers', file = 'drainit.yaml'): StartFile =>
  readStartFile(file, text, grace, world());

/** What is said about a file that is refused. */
export function messagesOf(file: StartFile): readonly string[] {
  return file.type === 'invalid' ? file.problems.map(renderFileProblem) : [];
}
