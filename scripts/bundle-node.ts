/** Makes one script for Node out of a file of src and what it imports, execa and tree-kill included. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
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

/**
 * What runs only when supervise() is called takes what it needs of Node then: not where a module has its imports, in front,
 * since `node:process` would look at the streams; and not by `require`, which modules do not have.
 */
const importLate: Plugin = {
  name: 'import-late',
  setup(setup) {
    setup.onResolve({ filter: /^(?:node:|child_process$)/ }, ({ path: name, importer }) =>
      /\/src\/library\/(?:drainable|process-signals)\.ts$/.test(importer) ? null : { path: name, namespace: 'late' },
    );
    setup.onLoad({ filter: /./, namespace: 'late' }, ({ path: name }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`,
    }));
  },
};

/** The licences of the packages that these files are from; MIT and its like want to be with every copy. */
function collectNotices(files: readonly string[]): string {
  const packages = new Set(files.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...packages]
    .toSorted()
    .map((folder) => {
      const license = readdirSync(path.join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
      if (license === undefined) throw new Error(`${folder} has no licence`);
      return `${path.basename(folder)}\n\n${readFileSync(path.join(root, folder, license), 'utf8')}`;
    })
    .join('\n---\n\n');
}

/** `start-process.packed.ts` for `start-process.ts`, and whatever else has such a file beside it. */
const prefer = (variant: Variant): Plugin => ({
  name: 'prefer-variant',
  setup(setup) {
    setup.onResolve({ filter: /^\..*\.ts$/ }, ({ path: name, resolveDir }) => {
      const file = path.resolve(resolveDir, name.replace(/\.ts$/, `.${variant}.ts`));
      return existsSync(file) ? { path: file } : null;
    });
  },
});

/** `packed`: for the packed file; `bundled`: for those who make one file of the library and what is theirs. */
type Variant = 'packed' | 'bundled';

export interface Bundle {
  /** The file, from the root of the repository. */
  readonly source: string;
  /** What is made, from there too. */
  readonly target: string;
  readonly format: Format;
  readonly variant?: Variant;
  /** For the build that fails on demand. */
  readonly isTest?: boolean;
}

export async function bundleForNode({ source, target, format, variant, isTest = false }: Bundle): Promise<void> {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const { metafile } = await build({
    entryPoints: [path.join(root, source)],
    outfile: path.join(root, target),
    format,
    bundle: true,
    absWorkingDir: root,
    platform: 'node',
    target: 'node20',
    minify: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'error',
    plugins: [
      ...(variant === undefined ? [] : [prefer(variant)]),
      ...(variant === 'packed' ? [] : [leaveStreamsAlone]),
      ...(variant === 'bundled' ? [importLate] : []),
    ],
    define: {
      __TEST__: String(isTest),
      __VERSION__: JSON.stringify(version),
      __LICENSE__: JSON.stringify(readFileSync(path.join(root, 'LICENSE'), 'utf8')),
    },
  });
  const notices = collectNotices(Object.keys(metafile.inputs));
  if (notices !== '') writeFileSync(path.join(root, `${target}.LEGAL.txt`), notices);
}
