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
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
});

/** One section per package, with its licence's text where the package brings it. */
export async function thirdPartyNotices(): Promise<string> {
  const lock = lockSchema.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const sections: string[] = [];
  for (const [path, { version = '', license = 'see below', dev, optional }] of Object.entries(
    lock.packages,
  )) {
    const isInside = path !== '' && dev !== true && optional !== true;
    if (!isInside && !ofThePage.includes(path)) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    sections.push(`${name} ${version} (${license})\n\n${await licenceText(join(root, path))}`);
  }
  return `Packages that this program contains.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

async function licenceText(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^(?:licen[cs]e|notice)/iu.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => `${text.trim()}\n`).join('\n');
}
