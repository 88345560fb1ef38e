// Folder management while the app runs: add, change and remove, for page and desktop.
import type { SyncMode } from '../../core/config/config.ts';
import { failed } from '../../../preload/lean/limits.ts';
import type { Commands, Input, Output, Result } from '../../../preload/contract.ts';
import type { PairRuntime } from '../pair-runtime.ts';
import { attempt } from '../errors.ts';
import { withoutGaps } from '../without-gaps.ts';
import { knownIgnoreFile } from '../../sync/scan/ignore-file.ts';
import { testIgnore } from './ignore-test.ts';
import { failureOf } from './setup.ts';
import type { SetupDialogs } from './setup.ts';

export type NewFolder = { readonly accountId: string; readonly folder: string; readonly mode: SyncMode };

export type FolderChange = {
  readonly mode: SyncMode;
  readonly ignore: readonly string[];
  /** Bytes per second; null for no limit. */
  readonly uploadLimit: number | null;
  readonly downloadLimit: number | null;
  /** Folders that are not synced here; only given to be changed. */
  readonly exclude?: readonly string[];
};

export type WrittenChange = Required<FolderChange>;

type WrittenFolder = WrittenChange & {
  /** Of its place, what its user may change; null where all of it is fixed. */
  readonly placeName: string | null;
};

/** Writes the settings and lets the pairs run by them. All of it throws SyncError config-invalid or folder-refused. */
export type FolderEditor = {
  suggestFolder(signal: AbortSignal): Promise<string>;
  /** Adds the folder paused, so that it can be previewed first; returns the pair's id. */
  add(folder: NewFolder, signal: AbortSignal): Promise<string>;
  /** The pair's own settings, without what it takes from those of all pairs. */
  read(pairId: string, signal: AbortSignal): Promise<WrittenFolder>;
  /**
   * Sets the fields that are given; all others keep what is written. `next` gets what is written when it is its turn, so that of two
   * changes at once neither undoes the other; what it throws changes nothing.
   */
  change(
    pairId: string,
    next: (present: WrittenChange) => Partial<FolderChange> | Promise<Partial<FolderChange>>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Syncs the folder with another place in the user's part of the bucket, as a new pair that begins paused; returns its id. */
  move(pairId: string, name: string, signal: AbortSignal): Promise<string>;
  remove(pairId: string, signal: AbortSignal): Promise<void>;
};

export type FolderParts = {
  /** Null on loopback, where a folder is typed below one of `folderRoots`. */
  readonly dialogs: Pick<SetupDialogs, 'chooseFolder' | 'confirmPlace'> | null;
  readonly folderRoots: readonly string[];
  readonly editor: FolderEditor;
};

type FolderCommands = Pick<
  Commands,
  'addFolder' | 'readFolder' | 'changeFolder' | 'movePlace' | 'removeFolder' | 'testIgnore'
>;

const ok: Result<null> = { ok: true, value: null };

export function folderCommands(
  parts: FolderParts,
  findPair: (id: string) => PairRuntime | undefined,
): FolderCommands {
  const { editor } = parts;
  const onPair = async <V>(id: string, work: () => Promise<Result<V>>): Promise<Result<V>> =>
    findPair(id) === undefined ? failed('unknown-pair') : attempt(work, failureOf);
  return {
    addFolder: (input, signal) => attempt(() => add(parts, input, signal), failureOf),
    readFolder: ({ pairId }, signal) =>
      onPair(pairId, async () => {
        const { placeName: name, exclude: _folders, ...settings } = await editor.read(pairId, signal);
        const place = name === null ? null : { above: placeAbove(findPair(pairId), name), name };
        return { ok: true, value: { ...settings, place } };
      }),
    changeFolder: ({ pairId, ...change }, signal) =>
      onPair(pairId, async () => {
        await editor.change(pairId, () => withoutGaps(change), signal);
        return ok;
      }),
    movePlace: async (asked, signal) => {
      const moved = await onPair(asked.pairId, () => move(parts, findPair(asked.pairId), asked, signal));
      const isHeld = !moved.ok && (moved.error.code === 'place-held' || moved.error.code === 'place-taken');
      return isHeld ? failed('place-overlaps', moved.error.fields) : moved;
    },
    testIgnore: ({ pairId, name }) =>
      onPair(pairId, () => {
        const pair = findPair(pairId);
        const store = pair?.engine.context()?.store;
        // The rules of the folder's own file are among the records, which are read while the pair is open.
        if (pair === undefined || store === undefined) return Promise.resolve(failed('pair-not-running'));
        return Promise.resolve(testIgnore(pair.config, name, knownIgnoreFile(store)));
      }),
    removeFolder: ({ pairId }, signal) =>
      onPair(pairId, async () => {
        await editor.remove(pairId, signal);
        return ok;
      }),
  };
}

/** What is shown before the name; the bucket alone while a prefix that names the user is not known. */
function placeAbove(pair: PairRuntime | undefined, name: string): string {
  const label = pair?.remoteLabel() ?? '';
  if (name !== '' && label.endsWith(`/${name}/`)) return label.slice(0, -name.length - 1);
  return label.endsWith('/') ? label : `${label}/…/`;
}

/** The page names only what is below the user's own part; on the desktop main shows both places and asks. */
async function move(
  { dialogs, editor }: FolderParts,
  pair: PairRuntime | undefined,
  { pairId, name }: Input<'movePlace'>,
  signal: AbortSignal,
): Promise<Result<Output<'movePlace'>>> {
  const { placeName } = await editor.read(pairId, signal);
  if (pair === undefined || placeName === null) return failed('place-fixed');
  if (name === placeName) return { ok: true, value: null };
  const above = placeAbove(pair, placeName);
  const question = { folder: pair.config.folder, from: `${above}${placeName}`, to: `${above}${name}` };
  if (dialogs !== null && !(await dialogs.confirmPlace(question))) return { ok: true, value: null };
  return { ok: true, value: { pairId: await editor.move(pairId, name, signal) } };
}

/** A desktop page must not name a path; a loopback page may, below the folders that the command line named (security rule 17). */
async function add(
  { dialogs, folderRoots, editor }: FolderParts,
  { accountId, folder, mode }: Input<'addFolder'>,
  signal: AbortSignal,
): Promise<Result<Output<'addFolder'>>> {
  if (dialogs === null ? folder === null || folderRoots.length === 0 : folder !== null)
    return failed('not-supported');
  const chosen = folder ?? (await dialogs?.chooseFolder(await editor.suggestFolder(signal))) ?? null;
  if (chosen === null) return { ok: true, value: null };
  return { ok: true, value: { pairId: await editor.add({ accountId, folder: chosen, mode }, signal) } };
}
