// The Node that is packed: only the one whose digest is written down, also where npm has put it into the checkout already.
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeRelease, putNode } from '../../build/node-binary.ts';
import { tempFolder } from '../support/temp.ts';

test.each(['linux-x64', 'linux-arm64', 'win-x64'] as const)(
  'a program of %s in the checkout that is another one is not packed',
  async (build) => {
    const here = await tempFolder('packages');
    const folder = join(here, `node-${build}`);
    await mkdir(join(folder, 'bin'), { recursive: true });
    await writeFile(join(folder, 'bin', build === 'win-x64' ? 'node.exe' : 'node'), 'another program');
    const target = join(await tempFolder('packed'), 'node');
    await expect(putNode(build, target, here)).rejects.toThrow('has the digest sha512-');
    await expect(access(target)).rejects.toThrow('ENOENT');
  },
);

test('the digests are of the version that runs the build', async () => {
  const { devDependencies } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { readonly devDependencies: Readonly<Record<string, string>> };
  expect(devDependencies['node']).toBe(nodeRelease.version);
});
