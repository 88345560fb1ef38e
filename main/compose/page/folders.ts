// Joins what managing folders needs: the settings file, the folder on disk and the running app.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, sep } from 'node:path';
import { z } from 'zod';
import { ConfigFile } from '../../adapters/config/file.ts';
import { folderRoots, makeFolder, suggestFolder } from '../../adapters/config/new-folder.ts';
import { loadOrEmpty } from '../../adapters/config/profile-import.ts';
import { forgetPause, makePauseMemory } from '../../adapters/limits/pause-file.ts';
import type {
  FolderChange,
  FolderEditor,
  NewFolder,
  WrittenChange,
} from '../../app/setup/folder-commands.ts';
import { isGranted } from '../../core/access/grants.ts';
import { movedPrefix, placeBeside, splitPlace } from '../../core/config/beside.ts';
import type { AppConfig, PairConfig } from '../../core/config/config.ts';
import { freeId } from '../../core/config/free-id.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { Log } from '../../ports/log.port.ts';
import { pairGone } from '../pair-errors.ts';
import type { NewPlace } from '../move-pair.ts';
import type { NewConnection, PairEdits } from '../pair-edits.ts';
import { stateFile } from '../pair.ts';

export type FolderOptions = {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly app: Pick<PairEdits, 'addConnection' | 'changePair' | 'movePair' | 'removePair' | 'takenIds'>;
  readonly log: Log;
  /** Where a typed folder may be; null for anywhere, because the system's own dialog chose it. */
  readonly folderRoots: readonly string[] | null;
};

const written = z.object({
  mode: z.enum(['two-way', 'upload-only', 'download-only']).catch('two-way'),
  ignore: z.array(z.string()).catch([]),
  exclude: z.array(z.string()).catch([]),
  limits: z
    .object({
      uploadBytesPerSecond: z.number().optional(),
      downloadBytesPerSecond: z.number().optional(),
      timetable: z.string().optional(),
    })
    .catch({}),
});

export function composeFolders(options: FolderOptions): FolderEditor {
  const config = new ConfigFile({ home: options.home, env: options.env });
  return {
    suggestFolder: (signal) => suggestBeside(config, { roots: rootsOf(options), beside: [] }, signal),
    add: (folder, signal) => add(options, folder, signal),
    read: async (pairId, signal) => {
      const found = await config.pairAsWritten(pairId, signal);
      if (found === null) throw pairGone(pairId);
      return {
        ...settingsOf(written.parse(found)),
        placeName: placeNameOf(await config.load(signal), pairId),
      };
    },
    change: (pairId, next, signal) =>
      options.app.changePair(
        pairId,
        async (present) => {
          const before = written.parse(present);
          return changedFields(before, await next(settingsOf(before)));
        },
        signal,
      ),
    move: (pairId, name, signal) => move(options, { pairId, name }, signal),
    remove: (pairId, signal) => options.app.removePair(pairId, signal),
  };
}

function settingsOf({ mode, ignore, exclude, limits }: z.infer<typeof written>): WrittenChange {
  return {
    ...{ mode, ignore, exclude },
    uploadLimit: limits.uploadBytesPerSecond ?? null,
    downloadLimit: limits.downloadBytesPerSecond ?? null,
  };
}

function rootsOf(options: FolderOptions): readonly string[] | null {
  return folderRoots(options.folderRoots, options.env, homedir());
}

/** A folder that overlaps no synced one and none of `beside`, below the first root; without roots in the user's own folder. */
export async function suggestBeside(
  config: ConfigFile,
  { roots, beside }: { readonly roots: readonly string[] | null; readonly beside: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  const { pairs } = await loadOrEmpty(config, signal);
  return suggestFolder(roots?.[0] ?? homedir(), [...pairs.map(({ folder }) => folder), ...beside]);
}

/** Only what differs, so that new limits alone do not restart the pair. */
function changedFields(
  before: z.infer<typeof written>,
  change: Partial<FolderChange>,
): Readonly<Record<string, unknown>> {
  const { mode = before.mode, ignore = before.ignore, exclude = before.exclude } = change;
  const { uploadLimit, downloadLimit } = change;
  const isSame = (one: readonly string[], other: readonly string[]): boolean =>
    JSON.stringify(one) === JSON.stringify(other);
  const up = limitAfter(uploadLimit, before.limits.uploadBytesPerSecond);
  const down = limitAfter(downloadLimit, before.limits.downloadBytesPerSecond);
  const limits = {
    ...(up === undefined ? {} : { uploadBytesPerSecond: up }),
    ...(down === undefined ? {} : { downloadBytesPerSecond: down }),
    // Only the file sets it for one folder; the page keeps it.
    ...(before.limits.timetable === undefined ? {} : { timetable: before.limits.timetable }),
  };
  const hasLimits = uploadLimit !== undefined || downloadLimit !== undefined;
  return {
    ...(mode === before.mode ? {} : { mode }),
    ...(isSame(ignore, before.ignore) ? {} : { ignore }),
    ...(isSame(exclude, before.exclude) ? {} : { exclude: exclude.length === 0 ? undefined : exclude }),
    ...(hasLimits ? { limits: Object.keys(limits).length === 0 ? undefined : limits } : {}),
  };
}

/** @param change null takes the limit away, undefined keeps it */
function limitAfter(change: number | null | undefined, before: number | undefined): number | undefined {
  return change === undefined ? before : (change ?? undefined);
}

/** Paused from its first moment: the user sees what would happen before anything does. */
async function add(
  options: FolderOptions,
  { accountId, folder, mode }: NewFolder,
  signal: AbortSignal,
): Promise<string> {
  const { home, app, log } = options;
  let id = '';
  const connection = async (now: AppConfig): Promise<NewConnection> => {
    const { pairs, accounts } = now;
    const account = accounts.find((one) => one.id === accountId);
    // Beside a team folder there is nothing: only its administrator opens another one.
    const own = pairs.filter(
      (pair) => pair.account === accountId && account !== undefined && !isGranted(account.exchange, pair),
    );
    const place = placeBeside(own, basename(folder));
    if (place === null) throw nothingBeside(own[0]);
    const made = await makeFolder(folder, { roots: rootsOf(options), userHome: homedir() });
    id = freeId(basename(made.path), app.takenIds(now));
    makePauseMemory(home, id, log).remember(true);
    return {
      account: null,
      pair: { id, account: accountId, folder: made.path, ...place, mode },
      undo: async () => {
        forgetPause(home, id);
        await made.undo();
      },
    };
  };
  await app.addConnection(connection, signal);
  return id;
}

/** Null for a team folder, whose place its administrator has opened and no other. */
function placeNameOf({ accounts, pairs }: AppConfig, pairId: string): string | null {
  const pair = pairs.find(({ id }) => id === pairId);
  const account = accounts.find(({ id }) => id === pair?.account);
  if (pair === undefined || account === undefined || isGranted(account.exchange, pair)) return null;
  return splitPlace(pair.prefix).name;
}

/** A new pair, paused from its first moment as one that is added. */
async function move(
  { home, app, log }: FolderOptions,
  { pairId, name }: { readonly pairId: string; readonly name: string },
  signal: AbortSignal,
): Promise<string> {
  let id = '';
  const place = (now: AppConfig): NewPlace => {
    const pair = now.pairs.find((one) => one.id === pairId);
    if (pair === undefined) throw pairGone(pairId);
    if (placeNameOf(now, pairId) === null) throw placeError('place-fixed');
    const prefix = movedPrefix(pair.prefix, name);
    if (prefix === null) throw placeError('place-refused');
    const taken = [...app.takenIds(now)];
    do {
      id = freeId(basename(pair.folder), taken);
      taken.push(id);
      // Records of a folder that was removed are none of the new one's.
    } while (existsSync(stateFile(home, id)));
    makePauseMemory(home, id, log).remember(true);
    return {
      ...{ id, prefix },
      undo: () => {
        forgetPause(home, id);
        return Promise.resolve();
      },
    };
  };
  await app.movePair(pairId, place, signal);
  return id;
}

function placeError(code: 'place-fixed' | 'place-refused'): SyncError {
  const message =
    code === 'place-fixed' ? 'a team folder has one place' : 'no folder in the bucket can have this name';
  return new SyncError({ code, retry: 'slow', scope: 'account', message });
}

/** @param holder the folder that holds all; undefined where the account has none yet */
function nothingBeside(holder: PairConfig | undefined): SyncError {
  return new SyncError({
    code: holder === undefined ? 'place-taken' : 'place-held',
    retry: 'slow',
    scope: 'account',
    message: 'another folder of this account holds all of its part of the bucket',
    fields: holder === undefined ? {} : { pairId: holder.id, folder: shownFolder(holder.folder) },
  });
}

/** A folder as the page names it: from the user's own folder on. */
function shownFolder(folder: string): string {
  const home = homedir();
  return folder.startsWith(home + sep) ? `~${folder.slice(home.length)}` : folder;
}
