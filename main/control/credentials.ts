// AWS credentials for other programs, in the format of `credential_process`.
import { z } from 'zod';
import type { AccountRuntime } from '../app/account/runtime.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { FolderPlace } from '../core/access/grants.ts';
import { SyncError } from '../core/model/errors.ts';
import { attempt } from '../app/errors.ts';
import { managedPolicyPath, readManagedPolicy } from '../adapters/config/managed-policy.ts';
import { failed } from '../../preload/lean/limits.ts';
import type { ExtraRequest } from './socket.ts';

const processCredentials = z.object({
  Version: z.literal(1),
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  SessionToken: z.string(),
  Expiration: z.string(),
});
export type ProcessCredentials = z.infer<typeof processCredentials>;

const askSchema = z.strictObject({ accountId: z.string(), pairId: z.string().nullable().default(null) });
const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: processCredentials }),
  z.object({
    ok: z.literal(false),
    error: z.object({ code: z.string(), fields: z.record(z.string(), z.unknown()).optional() }),
  }),
]);

/**
 * Off until the user enables it for this account, and off for all if the machine's administrator says so
 * (S12, S22).
 */
async function demandEnabled(
  account: AccountRuntime,
  policyPath: string,
  signal: AbortSignal,
): Promise<void> {
  const managed = await readManagedPolicy(policyPath, signal);
  const isManaged = managed.disabled.includes('credentials');
  if (account.config.credentialsEnabled && !isManaged) return;
  throw new SyncError({
    code: 'credentials-disabled',
    retry: 'slow',
    scope: 'account',
    message: isManaged
      ? 'credentials for other programs are switched off on this machine by its administrator'
      : `credentials of the account ${account.id} are not for other programs; to allow it: driftless config set credentials on --account ${account.id}`,
  });
}

/** @param place the folder they are for, or null for what all of the account has; `policyPath`: tests have one of their own */
export async function credentialsOf(
  account: AccountRuntime,
  place: FolderPlace | null,
  signal: AbortSignal,
  policyPath: string = managedPolicyPath(),
): Promise<ProcessCredentials> {
  await demandEnabled(account, policyPath, signal);
  const session = place === null ? account.programCredentials : account.programCredentialsOf(place);
  const given = await session.get(signal);
  return {
    Version: 1,
    AccessKeyId: given.accessKeyId,
    SecretAccessKey: given.secretAccessKey,
    SessionToken: given.sessionToken,
    // By this machine's clock, which is the one that the caller compares it with.
    Expiration: new Date(given.expiresAtMs).toISOString(),
  };
}

/** For the running engine: its broker is the only cache there is. */
export function credentialRequest(
  accounts: readonly AccountRuntime[],
  pairs: readonly Pick<PairRuntime, 'config'>[],
): ExtraRequest {
  return async (input, _say, signal) => {
    const asked = askSchema.safeParse(input);
    if (!asked.success) return failed('bad-request');
    const account = accounts.find(({ id }) => id === asked.data.accountId);
    if (account === undefined) return failed('unknown-account');
    const { pairId } = asked.data;
    const pair = pairs.find(({ config }) => config.id === pairId && config.account === account.id);
    if (pairId !== null && pair === undefined) return failed('unknown-pair');
    const place = pair?.config ?? null;
    return attempt(async () => ({ ok: true, value: await credentialsOf(account, place, signal) }));
  };
}

/** What the engine answered, or the error it named. */
export function parseCredentialAnswer(raw: unknown): ProcessCredentials {
  const answer = answerSchema.parse(raw);
  if (answer.ok) return answer.value;
  throw new SyncError({
    code: answer.error.code,
    retry: 'slow',
    scope: 'account',
    message:
      answer.error.code === 'credentials-disabled'
        ? 'credentials of this account are not for other programs; to allow it: driftless config set credentials on'
        : `the running engine could not give credentials (${answer.error.code})`,
  });
}
