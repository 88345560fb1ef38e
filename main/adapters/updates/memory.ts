// Memory of release checks: when the last one was, and the last accepted manifest.
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { longestManifestBytes } from './envelope.ts';

const schema = z.strictObject({
  askedAtMs: z.number().nonnegative(),
  /** As it was fetched: its signature is verified again at each reading. */
  manifest: z.string().max(longestManifestBytes).nullable(),
});

export type ReleaseMemory = Readonly<z.infer<typeof schema>>;

const longestFileBytes = 4 * longestManifestBytes;

function fileOf(home: string): string {
  return join(home, 'release.json');
}

/** Null without a file, or with one that is not ours to understand. */
export async function readReleaseMemory(home: string): Promise<ReleaseMemory | null> {
  try {
    if ((await stat(fileOf(home))).size > longestFileBytes) return null;
    const parsed = schema.safeParse(JSON.parse(await readFile(fileOf(home), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    // Missing or damaged: asked again, and the protection against a downgrade begins with the next manifest.
    return null;
  }
}

/** Replaces the file in one step. Throws what the disk says. */
export async function writeReleaseMemory(home: string, memory: ReleaseMemory): Promise<void> {
  const draft = `${fileOf(home)}.${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(draft, JSON.stringify(memory), { mode: 0o600, flag: 'wx' });
    await rename(draft, fileOf(home));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
