/** Temporary folders that are gone after the test, whatever happened in it. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export type TempFolder = { readonly path: string; readonly remove: () => Promise<void> };

/** For suites and equipment that outlive one test: the caller removes it. */
export async function makeTempFolder(label = 'test'): Promise<TempFolder> {
  // macOS hands out a temporary folder behind a symlink, which the engine rightly refuses to sync through.
  const path = await realpath(await mkdtemp(join(tmpdir(), `driftless-${label}-`)));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** For use inside a test: removed when that test ends. */
export async function tempFolder(label = 'test'): Promise<string> {
  const { path, remove } = await makeTempFolder(label);
  onTestFinished(remove);
  return path;
}
