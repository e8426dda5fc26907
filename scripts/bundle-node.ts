/** Makes one script for Node out of a file of src and what it imports, execa and tree-kill included. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Format, type Plugin, build } from 'esbuild';

const root = path.dirname(import.meta.dirname);

/**
 * execa looks at process.stdin, stdout and stderr when it is loaded and when it starts something. Node then makes pipes
 * among them non-blocking, for every program that shares them: those get EAGAIN. drainit uses none of them.
 */
const STREAM_USES: Readonly<Record<string, readonly (readonly [use: string, instead: string])[]>> = {
  'utils/standard-stream.js': [['[process.stdin, process.stdout, process.stderr]', '[]']],
  'stdio/direction.js': [
    ['[0, process.stdin]', '[0]'],
    ['[1, 2, process.stdout, process.stderr]', '[1, 2]'],
  ],
  'verbose/default.js': [['process.stderr.isTTY === true', 'false']],
};

const leaveStreamsAlone: Plugin = {
  name: 'leave-streams-alone',
  setup(setup) {
    setup.onLoad({ filter: /\/execa\/lib\/.*\.js$/ }, ({ path: file }) => {
      let text = readFileSync(file, 'utf8');
      for (const [use, instead] of STREAM_USES[file.slice(file.lastIndexOf('/lib/') + 5)] ?? []) {
        if (!text.includes(use))
          throw new Error(`${file} has no '${use}' any more: see how it looks at the streams now`);
        text = text.replace(use, instead);
      }
      return { contents: text, loader: 'js' };
    });
  },
};

export interface Bundle {
  /** The file, from the root of the repository. */
  readonly source: string;
  /** What is made, from there too. */
  readonly target: string;
  readonly format: Format;
}

export async function bundleForNode({ source, target, format }: Bundle): Promise<void> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  await build({
    entryPoints: [path.join(root, source)],
    outfile: path.join(root, target),
    format,
    bundle: true,
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'linked',
    logLevel: 'error',
    plugins: [leaveStreamsAlone],
    define: {
      __VERSION__: JSON.stringify(version),
      __LICENSE__: JSON.stringify(readFileSync(path.join(root, 'LICENSE'), 'utf8')),
    },
  });
}
