// Installs what a command needs, and nothing that is there already. Plain JavaScript for the machine's own node, since it
// runs before anything is installed: `node scripts/setup.mjs build|cross|demo|test|containers|bench|rollout`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const say = (text) => process.stderr.write(`setup: ${text}\n`);

/** @type {Record<string, string[]>} Debian packages, by what needs them. */
const packages = JSON.parse(readFileSync(path.join(root, 'scripts/packages.json'), 'utf8'));
const purposes = {
  build: ['build'],
  demo: ['build', 'demo'],
  test: ['build', 'cross', 'test', 'containers'],
  cross: ['build', 'cross'],
  containers: ['build', 'containers'],
  bench: ['build', 'bench'],
  rollout: ['build', 'rollout'],
};

const purpose = process.argv[2] ?? 'build';
const groups = purposes[purpose];
if (groups === undefined) {
  say(`'${purpose}' is nothing to set up for: write one of ${Object.keys(purposes).join(', ')}`);
  process.exit(1);
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    ...options,
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`;
  return { isFine: result.status === 0, output };
}

const tail = (text) => text.trim().split('\n').slice(-3).join(' | ');

function installNpmPackages() {
  const marker = path.join(root, 'node_modules/.package-lock.json');
  const lock = path.join(root, 'package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return;
  say('installing the npm packages of package-lock.json');
  const { isFine, output } = run('npm', ['ci', '--no-audit', '--no-fund']);
  if (isFine) return;
  say(`npm ci failed: ${tail(output)}`);
  process.exit(1);
}

const isInstalled = (name) => run('dpkg-query', ['-W', '-f=${Status}', name]).output.startsWith('install ok installed');

/** Debian starts the servers that it installs; none of ours may run by itself. */
const POLICY = '/usr/sbin/policy-rc.d';
function withoutServices(work) {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
}

function installDebianPackages() {
  const wanted = groups.flatMap((group) => packages[group] ?? []);
  if (!run('sh', ['-c', 'command -v apt-get dpkg-query']).isFine) {
    say(`no apt-get here: install by hand what is missing of: ${wanted.join(' ')}`);
    return;
  }
  const missing = wanted.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    say(`not root: run as root, or 'apt-get install ${missing.join(' ')}' first; going on with what is there`);
    return;
  }
  say(`installing Debian packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = (names) => run('apt-get', ['install', '-y', '--no-install-recommends', ...names], { env });
  withoutServices(() => {
    let result = install(missing);
    if (!result.isFine) {
      run('apt-get', ['update'], { env });
      result = install(missing);
    }
    if (result.isFine) return;
    // One name that this release does not have must not take the others with it.
    for (const name of missing) {
      const { isFine, output } = install([name]);
      if (!isFine) say(`could not install ${name}: ${tail(output)}`);
    }
  });
}

installNpmPackages();
installDebianPackages();
