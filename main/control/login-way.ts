// How one sign-in may differ from what config.json says of the account: by a code on another device, or by a token file.
import { resolve } from 'node:path';
import { readManagedPolicy } from '../adapters/config/managed-policy.ts';
import { judgeByDomain } from '../adapters/config/registrable-domain.ts';
import type { AccountConfig } from '../core/config/config.ts';
import { SyncError } from '../core/model/errors.ts';
import { judgeAccount } from '../core/access/profile.ts';
import type { SignInWay } from '../ports/identity.port.ts';

export type LoginFlags = { readonly device?: boolean; readonly tokenFile?: string };

/** Null: as configured. The engine may run in another folder, so the path is made a whole one here. */
export function wayOf({ device, tokenFile }: LoginFlags): SignInWay | null {
  if (tokenFile !== undefined) return { kind: 'token-file', path: resolve(tokenFile) };
  return device === true ? { kind: 'device' } : null;
}

/** What the machine's administrator allows holds for one sign-in as for the settings (security rule 22). Throws config-invalid. */
export async function demandWayAllowed(
  account: AccountConfig,
  { way, policyPath }: { readonly way: SignInWay; readonly policyPath: string },
  signal: AbortSignal,
): Promise<void> {
  const managed = await readManagedPolicy(policyPath, signal);
  const [problem] = await judgeByDomain((registrableDomain) =>
    judgeAccount({ ...account, identity: way }, { managed, registrableDomain }),
  );
  if (problem === undefined) return;
  throw new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message: `the account ${account.id} cannot be signed in to like this: ${problem}`,
    fields: { field: 'identity', account: account.id },
  });
}
