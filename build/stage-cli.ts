// Lays out the installed command line: the bundle with its worker, the page beside it, and the launcher, in one folder.
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { thirdPartyNotices } from './third-party-notices.ts';

const root = join(import.meta.dirname, '..');

const manifestSchema = z.object({
  version: z.string(),
  description: z.string(),
  license: z.string(),
  devDependencies: z.object({ node: z.string() }),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What our own package.json says of the product, and which Node it is pinned to. */
export async function readManifest(): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
}

/** What `--help` and messages refer to: README, and the documents and schemas that it names, without its picture. */
async function stageDocuments(folder: string): Promise<void> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  await writeFile(join(folder, 'README.md'), readme.replace(/^!\[[^\n]*\n\n/mu, ''));
  const names = await readdir(join(root, 'docs'));
  for (const name of [...names.filter((each) => each.endsWith('.md')), 'config.schema.json', 'schemas'])
    await cp(join(root, 'docs', name), join(folder, 'docs', name), { recursive: true });
  for (const name of ['Containerfile', 'compose.yaml'])
    await cp(join(root, 'build', 'cli', name), join(folder, 'build', 'cli', name));
}

/** `name` is the package's own in its package.json. dist/ must have been built. */
export async function stageProgram(folder: string, name: string): Promise<void> {
  const { version, description, license } = await readManifest();
  await mkdir(join(folder, 'bin'), { recursive: true });
  await cp(join(root, 'build', 'cli', 'launcher.mjs'), join(folder, 'bin', 'driftless.js'));
  for (const part of ['cli', 'renderer', 'renderer-files.json'])
    await cp(join(root, 'dist', part), join(folder, 'dist', part), { recursive: true });
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  await stageDocuments(folder);
  await writeFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices());
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    bin: { driftless: 'bin/driftless.js' },
    engines: { node: '>=24' },
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
