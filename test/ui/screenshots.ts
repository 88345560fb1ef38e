// `npm run screenshots`: pictures of every view and state in every look, for looking at, into dist/screenshots/.
//
// The one that the README shows goes into docs/screenshots/ as well. `--renew` takes those that page-pictures.test.ts compares
// with in their place. A picture that cannot be taken is named at the end, and the others are taken all the same.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startHarness } from './page-harness.ts';
import type { Harness } from './page-harness.ts';
import { looks } from './pictures/looks.ts';
import type { Look } from './pictures/looks.ts';
import { packed } from './pictures/packed-png.ts';
import { referenceFile, referenceFolder, references } from './pictures/references.ts';
import { openStudio } from './pictures/studio.ts';
import { sceneOf, scenes } from './scenes.ts';
import type { Scene } from './scenes.ts';

const root = join(import.meta.dirname, '..', '..');
const inDocuments = join(root, 'docs', 'screenshots');
const documented = ['syncing-light'];
/** Side by side: the page computes while the browser draws another. */
const LANES = 2;

type Job = {
  readonly name: string;
  readonly scene: Scene;
  readonly look: Look;
  readonly files: readonly string[];
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { renew: { type: 'boolean', default: false }, into: { type: 'string' } },
});

function isWanted(scene: string): boolean {
  return positionals.length === 0 || positionals.includes(scene);
}

function jobsToLookAt(folder: string): readonly Job[] {
  return looks.flatMap((look) =>
    scenes
      .filter(({ name }) => isWanted(name))
      .map((scene) => {
        const name = `${scene.name}-${look.name}`;
        const folders = documented.includes(name) ? [folder, inDocuments] : [folder];
        return { name, scene, look, files: folders.map((each) => join(each, `${name}.png`)) };
      }),
  );
}

function jobsToRenew(): readonly Job[] {
  return references
    .filter(({ scene }) => isWanted(scene))
    .map(({ name, scene, look }) => ({ name, scene: sceneOf(scene), look, files: [referenceFile(name)] }));
}

/** Returns what could not be taken, and why. */
async function takeAll(harness: Harness, jobs: readonly Job[]): Promise<readonly string[]> {
  const failures: string[] = [];
  const left = [...jobs];
  async function work(): Promise<void> {
    const studio = await openStudio(harness, values.renew ? 'blocks' : 'real');
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      try {
        const png = await studio.take(job.scene, job.look);
        for (const file of job.files)
          await writeFile(file, values.renew || file.startsWith(inDocuments) ? packed(png) : png);
      } catch (error) {
        const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
        failures.push(`${job.name}: ${reason}`);
      }
    }
    await studio.close();
  }
  await Promise.all(Array.from({ length: LANES }, work));
  return failures;
}

const lookedAt = values.into ?? join(root, 'dist', 'screenshots');
// What no reference names any more must not stay.
if (values.renew && positionals.length === 0) await rm(referenceFolder, { recursive: true, force: true });
for (const folder of values.renew ? [referenceFolder] : [lookedAt, inDocuments])
  await mkdir(folder, { recursive: true });
const jobs = values.renew ? jobsToRenew() : jobsToLookAt(lookedAt);
const harness = await startHarness();
try {
  const failures = await takeAll(harness, jobs);
  process.stdout.write(
    `${String(jobs.length - failures.length)} pictures in ${values.renew ? referenceFolder : lookedAt}\n`,
  );
  if (failures.length > 0) process.stdout.write(`not taken:\n${failures.join('\n')}\n`);
  process.exitCode = failures.length > 0 || jobs.length === 0 ? 1 : 0;
} finally {
  await harness.close();
}
