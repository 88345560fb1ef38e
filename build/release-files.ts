// Software bill of materials (CycloneDX) and SHA-256 sums of the files of a release.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { nodeRelease } from './node-binary.ts';
import { packagesInside } from './third-party-notices.ts';
import type { PackageInside } from './third-party-notices.ts';

const root = join(import.meta.dirname, '..');

/**
 * Writes `driftless-VERSION.cdx.json` and `SHA256SUMS` into `out`, the sums over all artefacts and the former.
 * Returns their paths.
 */
export async function writeReleaseFiles(
  artefacts: readonly string[],
  out: string,
): Promise<readonly string[]> {
  const manifest = z.object({ version: z.string(), devDependencies: z.object({ electron: z.string() }) });
  const { version, devDependencies } = manifest.parse(
    JSON.parse(await readFile(join(root, 'package.json'), 'utf8')),
  );
  const bill = join(out, `driftless-${version}.cdx.json`);
  await writeFile(
    bill,
    `${JSON.stringify(billOfMaterials(await packagesInside(), { version, electron: devDependencies.electron }), null, 2)}\n`,
  );
  const sums = join(out, 'SHA256SUMS');
  const lines: string[] = [];
  for (const file of [...artefacts, bill]) lines.push(`${await sha256Of(file)}  ${basename(file)}\n`);
  await writeFile(sums, lines.join(''));
  return [bill, sums];
}

/** CycloneDX 1.6 without a time or a serial number, so that the same lock file gives the same text. */
export function billOfMaterials(
  packages: readonly PackageInside[],
  { version, electron }: { readonly version: string; readonly electron: string },
): object {
  const own = `pkg:generic/driftless@${version}`;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': own, name: 'driftless', version, purl: own } },
    components: [
      ...packages.map(componentOf),
      // The one is packed with the command line's tarball and Debian package, the other with the desktop.
      runtimeOf('node', nodeRelease.version),
      runtimeOf('electron', electron),
    ],
  };
}

function runtimeOf(name: string, version: string): object {
  const purl = `pkg:generic/${name}@${version}`;
  return { type: 'application', 'bom-ref': purl, name, version, purl, scope: 'optional' };
}

/** One package may be inside in two places; its path tells them apart. */
function componentOf({ path, name, version, license, integrity }: PackageInside): object {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [algorithm, digest] = integrity?.split('-', 2) ?? [];
  return {
    type: 'library',
    'bom-ref': `${purl}#${path}`,
    name,
    version,
    purl,
    scope: 'required',
    ...(license === null ? {} : { licenses: [{ expression: license }] }),
    ...(algorithm === 'sha512' && digest !== undefined
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
      : {}),
  };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
