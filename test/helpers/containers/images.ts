/** The images that the examples' Dockerfiles name, made here, and those of the examples themselves. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findMirror } from '../../../scripts/debian-package.ts';
import { root } from '../staged.ts';
import { cache, podman, run, runWell, storeOptions } from './tools.ts';

const DEBIAN = 'docker.io/library/debian:bookworm-slim';
const NODE = 'docker.io/library/node:26-bookworm-slim';

const isThere = async (image: string): Promise<boolean> =>
  (await run('podman', [...storeOptions(), 'image', 'exists', image])).status === 0;

/** How the machine fetches packages: its proxies, and whether its clock can be trusted. */
async function aptOptions(): Promise<readonly string[]> {
  const settings = await runWell('apt-config', ['dump', '--no-empty', '--format', '%f "%v";%n', 'Acquire']);
  return settings.split('\n').map((setting) => `--aptopt=${setting}`);
}

async function makeDebian(): Promise<void> {
  const { uri, keyring } = findMirror('or run the tests on Debian');
  const source = `deb [signed-by=${keyring}] ${uri} bookworm main`;
  const args = ['--quiet', '--variant=minbase', ...(await aptOptions()), 'bookworm', '-', source];
  const child = spawn('mmdebstrap', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    await podman(['import', '-', DEBIAN], { input: child.stdout });
  } catch (error) {
    throw new Error(`mmdebstrap: ${said}`, { cause: error });
  }
}

/** The Node of the npm package `node`, and npm, as the image of that name has them. */
async function makeNode(): Promise<void> {
  const context = path.join(cache, 'node');
  mkdirSync(path.join(context, 'bin'), { recursive: true });
  await runWell('npm', ['install', '--global', '--prefix', context, 'npm']);
  cpSync(path.join(root, 'node_modules/node/bin/node'), path.join(context, 'bin/node'), { dereference: true });
  cpSync(path.join(root, 'test/containers/node.Dockerfile'), path.join(context, 'Dockerfile'));
  await build(NODE, context);
  rmSync(context, { recursive: true });
}

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** How the machine reaches the npm registry. */
async function npmOptions(): Promise<readonly string[]> {
  const file = path.join(cache, 'npmrc');
  const registry = await runWell('npm', ['config', 'get', 'registry']);
  const hasCertificates = existsSync(CERTIFICATES);
  writeFileSync(file, `registry=${registry}\n${hasCertificates ? `cafile=${CERTIFICATES}\n` : ''}`);
  const files = hasCertificates ? [CERTIFICATES] : [];
  return [`${file}:/root/.npmrc:ro`, ...files.map((it) => `${it}:${it}:ro`)].flatMap((it) => ['--volume', it]);
}

const HOW = ['build', '--isolation', 'chroot', '--format', 'docker', '--layers'];

/** `docker build -t NAME FOLDER`, by buildah. A stage has a name too, so that its layers are kept. */
export async function build(name: string, folder: string, options: readonly string[] = []): Promise<void> {
  const words = [...storeOptions(), ...HOW, ...(await npmOptions()), ...options];
  const hasStage = readFileSync(path.join(folder, 'Dockerfile'), 'utf8').includes(' AS build\n');
  if (hasStage) await runWell('buildah', [...words, '--target', 'build', '-t', `${name}-build`, folder]);
  await runWell('buildah', [...words, '-t', name, folder]);
}

export const exampleFolder = (name: string): string => path.join(root, 'docker-examples', name);

/** Builds an example as its README says. */
export async function buildExample(name: string, options: readonly string[] = []): Promise<string> {
  await build(name, exampleFolder(name), options);
  return `localhost/${name}`;
}

/** Makes what is missing of the base images. */
export async function prepareBases(say: (text: string) => void): Promise<void> {
  if (!(await isThere(DEBIAN))) {
    say(`making ${DEBIAN} from Debian's packages`);
    await makeDebian();
  }
  if (!(await isThere(NODE))) {
    say(`making ${NODE}`);
    await makeNode();
  }
}

/** What keeps a container from running that does nothing; undefined: it runs. */
export async function tryContainer(): Promise<string | undefined> {
  const { status, stderr } = await run('podman', [
    ...storeOptions(),
    'run',
    '--rm',
    '--network',
    'none',
    DEBIAN,
    'true',
  ]);
  return status === 0 ? undefined : `no container runs here: ${stderr.trim().split('\n').at(-1)}`;
}
