/** Builds dist/node.cjs, the Node host in one script, execa and tree-kill included, and dist/launch.js, which chooses the host. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, type Plugin, build } from 'esbuild';
import { main } from './run.ts';

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

await main(async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  mkdirSync(path.join(root, 'dist'), { recursive: true });
  const common: BuildOptions = {
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
  };
  const source = (name: string): string => path.join(root, `src/node/${name}.ts`);
  const target = (name: string): string => path.join(root, 'dist', name);
  await build({ ...common, entryPoints: [source('main')], outfile: target('node.cjs'), format: 'cjs' });
  await build({ ...common, entryPoints: [source('launch')], outfile: target('launch.js'), format: 'esm' });
});
