// Joins what setting up on the page needs: the profile's judges, the settings file and the folder.
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { ConfigFile } from '../adapters/config/file.ts';
import type { Connection } from '../adapters/config/file.ts';
import { managedPolicyPath } from '../adapters/config/managed-policy.ts';
import { makeFolder } from '../adapters/config/new-folder.ts';
import { accountOfProfile, profileDocument } from '../adapters/config/profile-file.ts';
import {
  assessProfile,
  loadOrEmpty,
  problemsOf,
  readProfileText,
  withFreeName,
} from '../adapters/config/profile-import.ts';
import type { RegistryPart } from '../app/registry.ts';
import { makeSetup } from '../app/setup/setup.ts';
import type { Assessment, NewConnection, ProfileText, Setup, SetupDialogs } from '../app/setup/setup.ts';
import { freeId } from '../core/config/free-id.ts';
import { suggestBeside } from './folders.ts';

export type SetupOptions = {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly policyPath?: string;
  readonly app: RegistryPart & { addConnection(connection: Connection, signal: AbortSignal): Promise<void> };
  readonly page: { readonly dialogs: SetupDialogs | null; readonly folderRoots: readonly string[] | null };
};

export function composeSetup(options: SetupOptions): Setup {
  const { app, page } = options;
  const config = new ConfigFile({ home: options.home, env: options.env });
  const policyPath = options.policyPath ?? managedPolicyPath();
  const assess = async (given: ProfileText, signal: AbortSignal): Promise<Assessment> => {
    const read = await withFreeName(readProfileText(given), config, signal);
    const assessed = await assessProfile(read, { config, policyPath }, signal);
    const { judgement, repoint, profile } = assessed;
    return {
      profile,
      problems: problemsOf(assessed),
      hostsToType: judgement.hostsToType,
      knownAs: repoint.kind === 'known' ? repoint.id : null,
    };
  };
  const connect = async ({ profile, knownAs, folder }: NewConnection, signal: AbortSignal) => {
    const made = await makeFolder(folder, { roots: page.folderRoots, userHome: homedir() });
    const accountId = knownAs ?? profile.id;
    const taken = (await loadOrEmpty(config, signal)).pairs.map(({ id }): string => id);
    const pair = {
      id: freeId(basename(made.path), taken),
      account: accountId,
      folder: made.path,
      bucket: profile.bucket,
      prefix: profile.prefix,
    };
    try {
      const account = knownAs === null ? accountOfProfile(profile, profile.id) : null;
      await app.addConnection({ account, pair }, signal);
    } catch (error) {
      await made.undo();
      throw error;
    }
    return { accountId };
  };
  return makeSetup({
    dialogs: page.dialogs,
    folderRoots: page.folderRoots ?? [],
    accountIds: () => app.accounts.map(({ id }) => id),
    assess,
    textOf: (profile) => JSON.stringify(profileDocument(profile)),
    connect,
    suggestFolder: (signal) => suggestBeside(config, page.folderRoots, signal),
  });
}
