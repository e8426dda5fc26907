/** Makes one script for Node out of a file of src and what it imports, execa and tree-kill included. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Format, type Plugin, build } from 'esbuild';

const root = path.dirname(import.meta.dirname);

/**
 * execa looks at process.stdin, stdout and stderr when it is loaded. Node then makes pipes among them non-blocking, for
 * every program that shares them: those get EAGAIN. drainit uses neither.
 */
const STREAM_USES = [
  ['standard-stream.js', '[process.stdin, process.stdout, process.stderr]', '[]'],
  ['verbose/default.js', 'process.stderr.isTTY === true', 'false'],
] as const;

const leaveStreamsAlone: Plugin = {
  name: 'leave-streams-alone',
  setup(setup) {
    for (const [file, use, instead] of STREAM_USES) {
      const filter = new RegExp(`execa/lib/.*${file.replaceAll('.', String.raw`\.`)}$`);
      setup.onLoad({ filter }, ({ path: name }) => {
        const text = readFileSync(name, 'utf8');
        if (!text.includes(use))
          throw new Error(`${name} has no '${use}' any more: see how it looks at the streams now`);
        return { contents: text.replace(use, instead), loader: 'js' };
      });
    }
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
