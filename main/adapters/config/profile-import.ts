// Profile import: checked against the administrator's policy and existing accounts.
import type { AppConfig } from '../../core/config/config.ts';
import { isSyncError } from '../../core/model/errors.ts';
import { freeId } from '../../core/config/free-id.ts';
import { judgeProfile, judgeRepoint } from '../../core/access/profile.ts';
import type { ProfileJudgement, ProfileSource, Reason, RepointVerdict } from '../../core/access/profile.ts';
import type { ConfigFile } from './file.ts';
import { readManagedPolicy } from './managed-policy.ts';
import { parseProfile, textOfLink } from './profile-file.ts';
import type { ReadProfile } from './profile-file.ts';
import { judgeByDomain } from './registrable-domain.ts';

export type AssessedProfile = ReadProfile & {
  readonly judgement: ProfileJudgement;
  readonly repoint: RepointVerdict;
};

export type ProfilePlace = { readonly config: ConfigFile; readonly policyPath: string };

/** A profile that did not come by the command line: the text of a file that was dropped, or a link. Throws `profile-invalid`. */
export function readProfileText(given: {
  readonly source: ProfileSource;
  readonly text: string;
}): ReadProfile {
  const { source, text } = given;
  return { source, profile: parseProfile(source === 'link' ? textOfLink(text) : text) };
}

/** Throws `config-invalid` where the settings or the administrator's policy cannot be read. Nothing is written. */
export async function assessProfile(
  read: ReadProfile,
  place: ProfilePlace,
  signal: AbortSignal,
): Promise<AssessedProfile> {
  const managed = await readManagedPolicy(place.policyPath, signal);
  const { accounts } = await loadOrEmpty(place.config, signal);
  const { profile, source } = read;
  return {
    ...read,
    judgement: await judgeByDomain((registrableDomain) =>
      judgeProfile(profile, { source, managed, registrableDomain }),
    ),
    repoint: judgeRepoint(profile, accounts),
  };
}

/** A taken name is no reason to refuse a profile if the user cannot type another one. */
export async function withFreeName(
  read: ReadProfile,
  config: ConfigFile,
  signal: AbortSignal,
): Promise<ReadProfile> {
  const { accounts } = await loadOrEmpty(config, signal);
  const taken: readonly string[] = accounts.map(({ id }) => id);
  const { profile } = read;
  return taken.includes(profile.id)
    ? { ...read, profile: { ...profile, id: freeId(profile.id, taken) } }
    : read;
}

/** Before the first account there is no file. */
export async function loadOrEmpty(config: ConfigFile, signal: AbortSignal): Promise<AppConfig> {
  try {
    return await config.load(signal);
  } catch (error) {
    if (isSyncError(error) && error.code === 'config-missing') return { accounts: [], pairs: [] };
    throw error;
  }
}

/** Why it cannot be accepted at all. */
export function problemsOf({ judgement, repoint }: AssessedProfile): readonly Reason[] {
  return [...judgement.problems, ...(repoint.kind === 'refused' ? [repoint.why] : [])];
}
