// Parts of config.json as they are written, and changes of them.
import type { AppConfig } from '../../core/config/config.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type { SyncError } from '../../core/model/errors.ts';
import { configError } from './rules.ts';

/** Fields as the file writes them, not yet checked; in a change, `undefined` drops one. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * What changes, or what makes it of the fields that are there when it is its turn: a reading from before may be outdated. `now`
 * checks and reads all of the settings.
 */
export type Change = Fields | ((present: Fields, now: () => Promise<AppConfig>) => Fields | Promise<Fields>);

export async function changed(
  present: Fields,
  change: Change,
  now: () => Promise<AppConfig>,
): Promise<Fields> {
  const fields = typeof change === 'function' ? await change(present, now) : change;
  return Object.fromEntries(
    Object.entries({ ...present, ...fields }).filter(([, value]) => value !== undefined),
  );
}

/** The list with one entry changed. Throws SyncError config-invalid where there is none of this id. */
export async function withChanged(
  entries: readonly unknown[],
  { list, id, change }: { readonly list: string; readonly id: string; readonly change: Change },
  now: () => Promise<AppConfig>,
): Promise<readonly unknown[]> {
  const isIt = (entry: unknown): entry is Fields => isRecord(entry) && entry['id'] === id;
  const found = entries.find(isIt);
  if (found === undefined) throw noEntry(list, id);
  const next = await changed(found, change, now);
  return entries.map((entry) => (isIt(entry) ? next : entry));
}

/** `isMissing` tells it from other mistakes in the settings. */
export function noEntry(list: string, id: string): SyncError {
  return configError(list, `has no entry ${JSON.stringify(id)}`, { isMissing: 'yes' });
}

/** Another program may have taken the entry out. */
export function isNoEntry(error: unknown): boolean {
  return isSyncError(error) && error.fields['isMissing'] === 'yes';
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
