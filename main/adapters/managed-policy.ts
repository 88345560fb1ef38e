// Reads what the machine's administrator allows: a system file that the person at the machine cannot change.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SyncError } from '../core/errors.ts';
import { noManagedPolicy } from '../core/profile.ts';
import type { ManagedPolicy } from '../core/profile.ts';

const schema = z.strictObject({
  hosts: z.array(z.string().regex(/^[a-z0-9.-]+$/, 'must be host names in lower case')).default([]),
  issuers: z.array(z.string()).nullable().default(null),
  accounts: z
    .array(z.string().regex(/^\d{12}$/))
    .nullable()
    .default(null),
  disabled: z.array(z.enum(['links', 'share', 'credentials', 'device', 'updates'])).default([]),
});

export function managedPolicyPath(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (platform === 'darwin') return '/Library/Application Support/Driftless/policy.json';
  if (platform === 'win32') return join(env['ProgramData'] ?? 'C:\\ProgramData', 'Driftless', 'policy.json');
  return '/etc/driftless/policy.json';
}

/** No file means no policy; a file that cannot be read or understood stops the program: it may have said no. */
export async function readManagedPolicy(path: string, signal: AbortSignal): Promise<ManagedPolicy> {
  let text: string;
  try {
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

function unreadable(path: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'user',
    scope: 'account',
    message: `the administrator's policy ${path} cannot be read or is not valid`,
    cause,
  });
}
