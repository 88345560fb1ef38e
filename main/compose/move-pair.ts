// A running pair that gets another place in the bucket: with records of its own, as a pair of another id.
import type { ConfigFile } from '../adapters/config/file.ts';
import { forgetMarkerAt } from '../adapters/disk/changes/own-folder.ts';
import type { PaceBook } from '../adapters/limits/pace-book.ts';
import { readRecords } from '../adapters/sqlite/reader.ts';
import { openSqliteState } from '../adapters/sqlite/state.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { Registry } from '../app/registry.ts';
import type { AppConfig } from '../core/config/config.ts';
import type { RootMarker } from '../ports/local-files.port.ts';
import { unknownPair } from './pair-errors.ts';
import { stateFile } from './pair.ts';

/** `undo` takes back what was made for the new place where the settings do not take it. */
export type NewPlace = {
  readonly id: string;
  readonly prefix: string;
  readonly undo?: () => Promise<void>;
};

type MoveParts = {
  readonly home: string;
  readonly changePair: ConfigFile['changePair'];
  readonly registry: Registry;
  readonly openers: Map<string, unknown>;
  readonly paces: PaceBook;
  /** The one pair, made by these settings. */
  readonly only: (now: AppConfig, id: string, signal: AbortSignal) => Promise<PairRuntime | undefined>;
  readonly running: { readonly replace: (id: string, now: AppConfig, by: string) => void };
};

type Move = {
  readonly id: string;
  readonly runtime: PairRuntime;
  readonly make: (now: AppConfig) => Promise<NewPlace>;
};

/** Where the new place does not come to be, the old one is as before. */
export async function moveRunning(
  { home, changePair, registry, openers, paces, only, running }: MoveParts,
  { id, runtime, make }: Move,
  signal: AbortSignal,
): Promise<void> {
  let place = { id, prefix: '' };
  let before: unknown;
  const now = await changePair(
    id,
    async (present, whole) => {
      place = await make(await whole());
      before = present['prefix'];
      return { id: place.id, prefix: place.prefix };
    },
    signal,
  );
  paces.apply(now);
  const old = { isEnded: false };
  try {
    const moved = await only(now, place.id, signal);
    if (moved === undefined) throw unknownPair(place.id);
    await registry.replace(runtime, moved, async () => {
      old.isEnded = true;
      await handOver(home, runtime, place.id);
    });
    running.replace(id, now, place.id);
  } catch (error) {
    const back = await changePair(place.id, { id, prefix: before }, signal);
    openers.delete(place.id);
    const renewed = old.isEnded ? await only(back, id, signal) : undefined;
    if (renewed !== undefined) {
      await registry.replace(runtime, renewed);
      running.replace(id, back, id);
    }
    throw error;
  }
}

/** What holds for the folder itself, whichever place it has. Throws SyncError where the new records cannot be made. */
async function handOver(home: string, { config: { id, folder } }: PairRuntime, to: string): Promise<void> {
  const known = readRecords(stateFile(home, id), (records) => ({
    rootMarker: records.meta('rootMarker'),
    owner: ownerKeys.map((key) => ({ kind: 'meta' as const, key, value: records.meta(key) })),
  }));
  // Not readable now: the folder's marker stays, and the pair asks before it merges.
  if (known === null) return;
  const store = openSqliteState({ file: stateFile(home, to) });
  try {
    store.record(known.owner);
  } finally {
    store.close();
  }
  if (known.rootMarker === null) return;
  const { stateId } = JSON.parse(known.rootMarker) as RootMarker; // our own database wrote it
  await forgetMarkerAt(folder, stateId);
}

/** By these another user who has signed in since is kept from the folder (C5); a place that differs discards the rest. */
const ownerKeys = ['binding', 'ownerName'] as const;
