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

/** Writes the settings and lets the pairs run by them. All of it throws SyncError config-invalid or folder-refused. */
export type FolderEditor = {
  suggestFolder(signal: AbortSignal): Promise<string>;
  /** Adds the folder paused, so that it can be previewed first; returns the pair's id. */
  add(folder: NewFolder, signal: AbortSignal): Promise<string>;
  /** The pair's own settings, without what it takes from those of all pairs. */
  read(pairId: string, signal: AbortSignal): Promise<FolderChange>;
  /** Sets the fields that are given; all others keep what is written. */
  change(pairId: string, change: Partial<FolderChange>, signal: AbortSignal): Promise<void>;
  remove(pairId: string, signal: AbortSignal): Promise<void>;
};

export type FolderParts = {
  /** Null on loopback, where a folder is typed below one of `folderRoots`. */
  readonly dialogs: Pick<SetupDialogs, 'chooseFolder'> | null;
  readonly folderRoots: readonly string[];
  readonly editor: FolderEditor;
};

type FolderCommands = Pick<
  Commands,
  'addFolder' | 'readFolder' | 'changeFolder' | 'removeFolder' | 'testIgnore'
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
      onPair(pairId, async () => ({ ok: true, value: await editor.read(pairId, signal) })),
    changeFolder: ({ pairId, ...change }, signal) =>
      onPair(pairId, async () => {
        await editor.change(pairId, withoutGaps(change), signal);
        return ok;
      }),
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
