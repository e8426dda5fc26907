/** With what the native binary is built: for this machine by musl-gcc, for the other architecture by a cross compiler. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { fetchPackage } from './debian-package.ts';
import { BuildError, isProgram, run } from './run.ts';

/** Node's names of what drainit is built for. */
export type Architecture = 'x64' | 'arm64';

export interface Toolchain {
  readonly compiler: string;
  /** Flags of every compilation, and those that stand before and behind the objects of a static program. */
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
  readonly libraries: readonly string[];
  readonly objcopy: string;
  /** Runs what has been built; null: this machine does. */
  readonly emulator: string | null;
}

interface Target {
  /** Of GNU, in the names of compilers. */
  readonly triple: string;
  readonly debian: string;
  readonly qemu: string;
  readonly flags: readonly string[];
}

const TARGETS: Readonly<Record<Architecture, Target>> = {
  x64: { triple: 'x86_64-linux-gnu', debian: 'amd64', qemu: 'qemu-x86_64-static', flags: [] },
  arm64: {
    triple: 'aarch64-linux-gnu',
    debian: 'arm64',
    qemu: 'qemu-aarch64-static',
    // Those call a function of glibc's when they start.
    flags: ['-mno-outline-atomics'],
  },
};

/** @param name Node's, Debian's or Docker's (`TARGETARCH`) */
export function toArchitecture(name: string): Architecture | undefined {
  if (name === 'x64' || name === 'amd64') return 'x64';
  return name === 'arm64' ? name : undefined;
}

function checkPrograms(needed: Readonly<Record<string, string>>): void {
  const missing = Object.entries(needed).filter(([program]) => !isProgram(program));
  if (missing.length === 0) return;
  const programs = missing.map(([program]) => program).join(', ');
  const packages = missing.map(([, debian]) => debian).join(' ');
  throw new BuildError(`no native build here: ${programs} missing (Debian packages: ${packages})`);
}

function releaseOf(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? 'stable';
}

/** The C library of the other architecture: it is not installable beside that of the machine. */
function provideMusl({ triple, debian }: Target, build: string): string {
  const folder = path.join(build, `musl-${debian}`);
  if (existsSync(folder)) return folder;
  const scratch = path.join(build, `musl-${debian}-fetch`);
  mkdirSync(scratch, { recursive: true });
  const musl = triple.replace('gnu', 'musl');
  const why = `the C library comes from the Debian package musl-dev:${debian}`;
  const instead = 'or build there';
  fetchPackage(
    { name: 'musl-dev', suite: releaseOf(), architecture: debian, folder: scratch, why, instead },
    (root) => {
      renameSync(path.join(root, 'usr/include', musl), path.join(root, 'include'));
      renameSync(path.join(root, 'usr/lib', musl), path.join(root, 'lib'));
      renameSync(root, folder);
    },
  );
  return folder;
}

function crossToolchain(architecture: Architecture, build: string): Toolchain {
  const target = TARGETS[architecture];
  const compiler = `${target.triple}-gcc`;
  const binutils = `binutils-${target.triple.replace('_', '-')}`;
  checkPrograms({
    [compiler]: `gcc-${target.triple.replace('_', '-')}`,
    [`${target.triple}-objcopy`]: binutils,
    [target.qemu]: 'qemu-user-static',
    gcc: 'gcc',
  });
  const musl = provideMusl(target, build);
  const object = (name: string): string => path.join(musl, 'lib', name);
  const builtin = path.join(run(compiler, ['-print-libgcc-file-name']).trim(), '../include');
  return {
    compiler,
    compileFlags: ['-nostdinc', '-isystem', path.join(musl, 'include'), '-isystem', builtin, ...target.flags],
    linkFlags: ['-nostdlib', object('crt1.o'), object('crti.o')],
    libraries: [object('libc.a'), '-lgcc', object('libc.a'), object('crtn.o')],
    objcopy: `${target.triple}-objcopy`,
    emulator: target.qemu,
  };
}

/** @param build where what is fetched is kept */
export function provideToolchain(architecture: Architecture, build: string): Toolchain {
  if (architecture !== process.arch) return crossToolchain(architecture, build);
  checkPrograms({ 'musl-gcc': 'musl-tools', gcc: 'gcc', objcopy: 'binutils' });
  return {
    compiler: 'musl-gcc',
    compileFlags: [],
    linkFlags: [],
    libraries: ['-lm'],
    objcopy: 'objcopy',
    emulator: null,
  };
}
