// Joins what setting up on the page needs: the profile's judges, the settings file and the folder.
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { ConfigFile } from '../../adapters/config/file.ts';
import { managedPolicyPath } from '../../adapters/config/managed-policy.ts';
import { folderRoots, makeFolder } from '../../adapters/config/new-folder.ts';
import type { MadeFolder } from '../../adapters/config/new-folder.ts';
import { accountOfProfile, profileDocument } from '../../adapters/config/profile-file.ts';
import {
  assessProfile,
  loadOrEmpty,
  problemsOf,
  readProfileText,
  withFreeName,
} from '../../adapters/config/profile-import.ts';
import { forgetPause, makePauseMemory } from '../../adapters/limits/pause-file.ts';
import type { RegistryPart } from '../../app/registry.ts';
import { makeSetup } from '../../app/setup/setup.ts';
import type { Assessment, NewConnection, ProfileText, Setup, SetupDialogs } from '../../app/setup/setup.ts';
import type { AppConfig } from '../../core/config/config.ts';
import { freeId } from '../../core/config/free-id.ts';
import type { Log } from '../../ports/log.port.ts';
import type { NewConnection as MadeConnection, PairEdits } from '../pair-edits.ts';
import { suggestBeside } from './folders.ts';

export type SetupOptions = {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly policyPath?: string;
  readonly log: Log;
  readonly app: RegistryPart & Pick<PairEdits, 'addConnection' | 'takenIds'>;
  readonly page: { readonly dialogs: SetupDialogs | null; readonly folderRoots: readonly string[] | null };
};

export function composeSetup(options: SetupOptions): Setup {
  const { app, page } = options;
  const config = new ConfigFile({ home: options.home, env: options.env });
  const roots = folderRoots(page.folderRoots, options.env, homedir());
  const policyPath = options.policyPath ?? managedPolicyPath();
  const assess = async (given: ProfileText, signal: AbortSignal): Promise<Assessment> => {
    const read = await withFreeName(readProfileText(given), config, signal);
    const assessed = await assessProfile(read, { config, policyPath }, signal);
    const { judgement, repoint, profile } = assessed;
    const { pairs } = await loadOrEmpty(config, signal);
    const knownAs = repoint.kind === 'known' ? repoint.id : null;
    const isThere = (prefix: string): boolean =>
      pairs.some(
        (pair) => pair.account === knownAs && pair.bucket === profile.bucket && pair.prefix === prefix,
      );
    const teamFolders = profile.teamFolders.filter((prefix) => !isThere(prefix));
    return {
      profile,
      problems: problemsOf(assessed),
      hostsToType: judgement.hostsToType,
      knownAs,
      isOwnThere: teamFolders.length > 0 && isThere(profile.prefix),
      teamFolders,
    };
  };
  const connect = async ({ profile, knownAs, folder, teamFolders }: NewConnection, signal: AbortSignal) => {
    const accountId = knownAs ?? profile.id;
    const own = folder === null ? [] : [{ prefix: profile.prefix, folder }];
    const places = [...own, ...teamFolders];
    if (places.length === 0) return { accountId, pairIds: [] };
    let pairIds: readonly string[] = [];
    const connection = async (now: AppConfig): Promise<MadeConnection> => {
      const folders = await makeFolders(places, { roots, userHome: homedir() });
      pairIds = idsFor(folders.paths, app.takenIds(now));
      // Paused from its first moment, as each new folder: the user sees what would happen before anything does.
      for (const id of pairIds) makePauseMemory(options.home, id, options.log).remember(true);
      const [pair = {}, ...morePairs] = places.map(({ prefix }, at) => ({
        ...{ id: pairIds[at], account: accountId, folder: folders.paths[at], bucket: profile.bucket, prefix },
      }));
      return {
        account: knownAs === null ? accountOfProfile(profile, profile.id) : null,
        ...{ pair, morePairs },
        undo: async () => {
          for (const id of pairIds) forgetPause(options.home, id);
          await folders.undo();
        },
      };
    };
    await app.addConnection(connection, signal);
    return { accountId, pairIds };
  };
  return makeSetup({
    dialogs: page.dialogs,
    folderRoots: page.folderRoots ?? [],
    accountIds: () => app.accounts.map(({ id }) => id),
    assess,
    textOf: (profile) => JSON.stringify(profileDocument(profile)),
    connect,
    suggestFolder: (beside, signal) => suggestBeside(config, { roots, beside }, signal),
  });
}

/** All of them or none. */
async function makeFolders(
  places: readonly { readonly folder: string }[],
  where: Parameters<typeof makeFolder>[1],
): Promise<{ readonly paths: readonly string[]; readonly undo: () => Promise<void> }> {
  const made: MadeFolder[] = [];
  const undo = async (): Promise<void> => {
    for (const one of made.toReversed()) await one.undo();
  };
  try {
    for (const { folder } of places) made.push(await makeFolder(folder, where));
  } catch (error) {
    await undo();
    throw error;
  }
  return { paths: made.map(({ path }) => path), undo };
}

function idsFor(folders: readonly string[], taken: readonly string[]): readonly string[] {
  const ids: string[] = [];
  for (const folder of folders) ids.push(freeId(basename(folder), [...taken, ...ids]));
  return ids;
}
