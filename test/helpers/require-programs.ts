import { globSync } from 'node:fs';

/** Programs that tests put under an init: their Debian packages, and where those have them if not on the PATH. */
const programs: Readonly<Record<string, { readonly debian: string; readonly file?: string }>> = {
  busybox: { debian: 'busybox' },
  chpst: { debian: 'runit' },
  gosu: { debian: 'gosu' },
  gunicorn: { debian: 'gunicorn' },
  mksh: { debian: 'mksh' },
  nginx: { debian: 'nginx', file: '/usr/sbin/nginx' },
  npm: { debian: 'npm' },
  'php-fpm': { debian: 'php-fpm', file: '/usr/sbin/php-fpm*' },
  postgres: { debian: 'postgresql', file: '/usr/lib/postgresql/*/bin/postgres' },
  python3: { debian: 'python3-minimal' },
  sudo: { debian: 'sudo' },
  supervisord: { debian: 'supervisor' },
  zsh: { debian: 'zsh' },
};

/** The file of a program; undefined: it is not installed. */
export function locate(name: string): string | undefined {
  const { file } = programs[name] ?? {};
  const patterns = file === undefined ? (process.env['PATH'] ?? '').split(':').map((it) => `${it}/${name}`) : [file];
  return patterns.flatMap((pattern) => globSync(pattern)).at(0);
}

/** For the `skip` of a test: false where all of the programs are there or are everybody's, else what is missing. */
export function requirePrograms(...names: readonly string[]): string | false {
  const missing = names.flatMap((name) => {
    const known = programs[name];
    return known !== undefined && locate(name) === undefined ? [`${name} (Debian package ${known.debian})`] : [];
  });
  return missing.length === 0 ? false : `missing: ${missing.join(', ')}`;
}
