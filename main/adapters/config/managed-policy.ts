// Administrator's policy of this machine: a system file that users cannot change.
import { readFile, stat } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { z } from 'zod';
import type { AccountConfig } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import { judgeAccount, noManagedPolicy } from '../../core/access/profile.ts';
import type { ManagedPolicy } from '../../core/access/profile.ts';
import { judgeByDomain } from './registrable-domain.ts';

const longestFileBytes = 64 * 1024;

const schema = z.strictObject({
  hosts: z.array(z.string().regex(/^[a-z0-9.-]+$/, 'must be host names in lower case')).default([]),
  hostsOnly: z.boolean().default(false),
  issuers: z.array(z.string()).nullable().default(null),
  accounts: z
    .array(z.string().regex(/^\d{12}$/))
    .nullable()
    .default(null),
  disabled: z.array(z.enum(['links', 'share', 'credentials', 'device', 'updates'])).default([]),
});

/**
 * In folders that only administrators can write to. Not ProgramData on Windows: there any user may create a
 * missing folder, and so set everyone's policy. Not read from the environment, which belongs to the user.
 */
export function managedPolicyPath(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return '/Library/Application Support/Driftless/policy.json';
  if (platform !== 'win32') return posix.join('/etc', 'driftless', 'policy.json');
  return win32.join('C:\\Program Files\\Common Files', 'Driftless', 'policy.json');
}

/**
 * No file means no policy. A file that cannot be read or parsed stops the program, because it may contain a
 * restriction.
 */
export async function readManagedPolicy(path: string, signal: AbortSignal): Promise<ManagedPolicy> {
  let text: string;
  try {
    if ((await stat(path)).size > longestFileBytes) throw new RangeError('too large for a policy');
    text = await readFile(path, { encoding: 'utf8', signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return noManagedPolicy;
    throw unreadable(path, cause);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Throws `config-invalid` for an account that this machine's policy forbids, whatever its origin. */
export async function demandAllowed(account: AccountConfig, managed: ManagedPolicy): Promise<void> {
  const [problem] = await judgeByDomain((registrableDomain) =>
    judgeAccount(account, { managed, registrableDomain }),
  );
  if (problem === undefined) return;
  throw new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message: `config.json: the account ${JSON.stringify(account.id)} is refused: ${problem}`,
    fields: { field: 'accounts', account: account.id },
  });
}

function unreadable(path: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message: `the administrator's policy ${path} cannot be read or is not valid`,
    cause,
  });
}

/** Whether links to single files may be made on this machine. Throws SyncError where the policy cannot be read. */
export async function isSharingAllowed(path: string, signal: AbortSignal): Promise<boolean> {
  return !(await readManagedPolicy(path, signal)).disabled.includes('share');
}
