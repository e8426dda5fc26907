import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../staged.ts';
import { build, exampleFolder } from './images.ts';
import { runWell } from './tools.ts';

/** The example of the npm package, from the package as npm packs it here: a file beside the Dockerfile. */
export async function packedExample(): Promise<string> {
  const context = mkdtempSync(path.join(tmpdir(), 'drainit-packed-'));
  try {
    cpSync(exampleFolder('node'), context, { recursive: true });
    const [file = ''] = (await runWell('npm', ['pack', root, '--silent', '--pack-destination', context]))
      .split('\n')
      .slice(-1);
    await build('node-server', context, ['--build-arg', `PACKAGE=./${file}`]);
    return 'localhost/node-server';
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
