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
import { freeId } from '../../core/config/free-id.ts';
import type { Log } from '../../ports/log.port.ts';
import type { PairEdits } from '../pair-edits.ts';
import { suggestBeside } from './folders.ts';

export type SetupOptions = {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly policyPath?: string;
  readonly log: Log;
  readonly app: RegistryPart & Pick<PairEdits, 'addConnection'>;
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
    const { pairs } = await loadOrEmpty(config, signal);
    const own = folder === null ? [] : [{ prefix: profile.prefix, folder }];
    const made: MadeFolder[] = [];
    const pairIds: string[] = [];
    try {
      const added: Record<string, unknown>[] = [];
      for (const place of [...own, ...teamFolders]) {
        const one = await makeFolder(place.folder, { roots, userHome: homedir() });
        made.push(one);
        const id = freeId(basename(one.path), [...pairs.map((pair): string => pair.id), ...pairIds]);
        pairIds.push(id);
        added.push({
          id,
          account: accountId,
          folder: one.path,
          bucket: profile.bucket,
          prefix: place.prefix,
        });
      }
      const [pair, ...morePairs] = added;
      if (pair === undefined) return { accountId, pairIds };
      // Paused from its first moment, as each new folder: the user sees what would happen before anything does.
      for (const id of pairIds) makePauseMemory(options.home, id, options.log).remember(true);
      const account = knownAs === null ? accountOfProfile(profile, profile.id) : null;
      await app.addConnection({ account, pair, morePairs }, signal);
    } catch (error) {
      for (const id of pairIds) forgetPause(options.home, id);
      for (const one of made.reverse()) await one.undo();
      throw error;
    }
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
