// Third-party notices: licences of the packages inside the bundles, required with every copy.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');
/** Development packages for npm, because Vite puts them into the page. */
const ofThePage = ['node_modules/react', 'node_modules/react-dom', 'node_modules/scheduler'];

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      /** Subresource integrity of what npm fetched: `sha512-BASE64`. */
      integrity: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
});

export type PackageInside = {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly integrity: string | null;
};

/** Packages that a bundle may contain: those of the app, and those of the page. By the lock file. */
export async function packagesInside(): Promise<readonly PackageInside[]> {
  const lock = lockSchema.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  return Object.entries(lock.packages).flatMap(([path, given]) => {
    const { version = '', license = null, integrity = null, dev, optional } = given;
    const isInside = path !== '' && dev !== true && optional !== true;
    if (!isInside && !ofThePage.includes(path)) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return [{ path, name, version, license, integrity }];
  });
}

/** One section per package, with its licence's text where the package brings it. */
export async function thirdPartyNotices(): Promise<string> {
  const sections: string[] = [];
  for (const { path, name, version, license } of await packagesInside())
    sections.push(`${name} ${version} (${license ?? 'see below'})\n\n${await licenceText(join(root, path))}`);
  return `Packages that this program contains.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** For the page, which shows one package after the other: each text once, and which package has which. */
export async function packageLicences(): Promise<{
  readonly texts: readonly string[];
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly license: string;
    readonly text: number;
  }[];
}> {
  const inside = await packagesInside();
  const found = await Promise.all(
    inside.map(async (one) => ({ ...one, text: await licenceText(join(root, one.path)) })),
  );
  const texts = [...new Set(found.map(({ text }) => text))];
  const packages = found
    .map(({ name, version, license, text }) => ({
      ...{ name, version, license: license ?? '' },
      text: texts.indexOf(text),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { texts, packages };
}

async function licenceText(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^(?:licen[cs]e|notice)/iu.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => `${text.trim()}\n`).join('\n');
}
