// Bill of materials and checksums of a release: complete, repeatable, and readable by the usual tools.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { billOfMaterials, writeReleaseFiles } from '../../build/release-files.ts';
import { packagesInside } from '../../build/third-party-notices.ts';
import { tempFolder } from '../support/temp.ts';

const billSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.6'),
  version: z.literal(1),
  components: z.array(
    z.object({
      type: z.string(),
      'bom-ref': z.string(),
      name: z.string(),
      version: z.string().regex(/^\d/),
      purl: z.string().regex(/^pkg:(?:npm\/(?:%40[^/]+\/)?[^/@]+|generic\/(?:node|electron))@\d/),
      hashes: z
        .array(z.object({ alg: z.literal('SHA-512'), content: z.string().regex(/^[0-9a-f]{128}$/) }))
        .optional(),
    }),
  ),
});

test('the bill names every package of the bundles with its digest, the page included, and no tool of the build', async () => {
  const packages = await packagesInside();
  const { components } = billSchema.parse(
    billOfMaterials(packages, { version: '1.2.3', electron: '45.0.0' }),
  );
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['@aws-sdk/client-s3', 'zod', 'react', 'react-dom', 'node']));
  for (const tool of ['vite', 'vitest', 'electron-builder', 'typescript', 'playwright'])
    expect(names).not.toContain(tool);
  expect(new Set(components.map((one) => one['bom-ref'])).size).toBe(components.length);
  expect(components.filter(({ hashes }) => hashes === undefined).map(({ name }) => name)).toEqual([
    'node',
    'electron',
  ]);
  const dependencies = z.object({ dependencies: z.record(z.string(), z.string()) });
  const manifest = dependencies.parse(JSON.parse(await readFile('package.json', 'utf8')));
  for (const [name, version] of Object.entries(manifest.dependencies))
    expect(components).toContainEqual(expect.objectContaining({ name, version }));
});

test('the sums are those of the files, as sha256sum writes them, and a second run writes the same', async () => {
  const out = await tempFolder('release');
  const artefact = join(out, 'driftless.tgz');
  await writeFile(artefact, 'contents');
  const written = await writeReleaseFiles([artefact], out);
  const [bill = '', sums = ''] = written;
  const first = await readFile(sums, 'utf8');
  const digest = createHash('sha256').update('contents').digest('hex');
  expect(first.split('\n')[0]).toBe(`${digest}  driftless.tgz`);
  expect(first).toContain(`  ${basename(bill)}\n`);
  if (process.platform === 'linux')
    expect(
      execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' }),
    ).toContain('driftless.tgz: OK');
  await writeReleaseFiles([artefact], out);
  expect(await readFile(sums, 'utf8')).toBe(first);
});
