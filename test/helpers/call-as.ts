import type { Subject } from './subjects.ts';

/** The subject under another name, as a symlink in the folder of the scene: to the file to run, its last word. */
export const callAs = (subject: Subject, name: string): Subject => ({
  ...subject,
  name: `${subject.name} as ${name}`,
  command: [
    'sh',
    '-c',
    `ln -s "$0" ${name} && exec "$@"`,
    subject.command.at(-1) ?? '',
    ...subject.command.slice(0, -1),
    `./${name}`,
  ],
});
