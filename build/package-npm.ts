// `npm run package -- --npm`: the command line as one npm package without dependencies, everything bundled.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './node-binary.ts';
import { readManifest, stageProgram } from './stage-cli.ts';

/** The bare name `driftless` is another project's, so only a name in a scope is taken. */
export const defaultNpmName = '@driftless-sync/cli';

/** The address of the written package. Throws for a name without a scope. */
export async function packNpm(options: { readonly name: string; readonly out: string }): Promise<string> {
  const { name, out } = options;
  if (!/^@[a-z0-9][\w.-]*\/[a-z0-9][\w.-]*$/u.test(name))
    throw new Error(
      `--name ${JSON.stringify(name)}: the package needs a name in a scope, as in @company/cli`,
    );
  const { version } = await readManifest();
  const room = await mkdtemp(join(tmpdir(), 'driftless-npm-'));
  try {
    await stageProgram(room, name);
    await mkdir(out, { recursive: true });
    run('npm', ['pack', room, '--silent', '--ignore-scripts', '--pack-destination', out]);
    return join(out, `${name.slice(1).replace('/', '-')}-${version}.tgz`);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
