// Reads a connection profile from a file or a `driftless://connect?profile=` link: parsed strictly, with nothing fetched.
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { faultOf, valueFaults } from '../../core/access/value-faults.ts';
import { overlapOf, teamFolderProblem } from '../../core/admin/team-folders.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { Profile, ProfileSource } from '../../core/access/profile.ts';
import { redirectProblem } from './bound-redirect.ts';
import { account, describeProblem, exchange, pair } from './schema.ts';

export const profileVersion = 1;

const longestLinkChars = 8_192;
const longestFileBytes = 64 * 1024;
const longestText = 2_048;
const longestProblem = 1_000;
/** Of a key, which a stranger chose. */
const longestName = 200;
/** Each is shown, and gets a folder on this computer. */
const mostTeamFolders = 20;

/** What may be asked of the provider besides: nothing that could change who gets the answer or what it is. */
const plainParams = ['access_type', 'audience', 'connection', 'domain_hint', 'hd', 'organization', 'prompt'];

/** No terminal or dialog must be fooled by what it shows. */
const plainText = z
  .string()
  .max(512)
  .regex(/^[\x20-\x7e]*$/, 'must be plain printable ASCII');

/** Text of the exchange that names no address and no ARN, whose own rules are stricter. */
const plainOfExchange = ['target', 'clientId', 'loginKey'];

/** What is shown in full must be short enough to be. */
const shownExchange = exchange.superRefine((given, context) => {
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string') continue;
    const isPlain = !plainOfExchange.includes(name) || plainText.safeParse(value).success;
    if (value.length > longestText || !isPlain)
      context.addIssue({
        code: 'custom',
        path: [name],
        message: isPlain ? 'is too long' : 'must be at most 512 characters of plain printable ASCII',
      });
  }
});

const profileSchema = z.strictObject({
  driftlessProfile: z.literal(profileVersion),
  id: account.shape.id,
  issuer: plainText.min(1, 'must not be empty'),
  clientId: plainText.min(1, 'must not be empty'),
  scopes: account.shape.scopes.pipe(plainText),
  redirectUri: z
    .string()
    .regex(
      /^http:\/\/(?:127\.0\.0\.1(?::\d{1,5})?|localhost:\d{1,5})\/[\w/-]*$/,
      'must be "http://127.0.0.1/path" or "http://localhost:PORT/path"',
    )
    .refine((text) => URL.canParse(text), 'has an impossible port')
    .nullable()
    .default(null),
  authorizationParams: z
    .record(z.string(), plainText)
    .refine(
      (params) => Object.keys(params).every((name) => plainParams.includes(name)),
      `must set nothing but ${plainParams.join(', ')}`,
    )
    .default({}),
  accountId: z
    .string()
    .regex(/^\d{12}$/, 'must be 12 digits')
    .nullable()
    .default(null),
  exchange: shownExchange,
  region: account.shape.region,
  s3Endpoint: account.shape.s3Endpoint,
  forcePathStyle: account.shape.forcePathStyle,
  bucket: pair.shape.bucket,
  prefix: pair.shape.prefix,
  teamFolders: z
    .array(
      z.string().superRefine((folder, context) => {
        const problem = teamFolderProblem(folder);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      }),
    )
    .max(mostTeamFolders, `must be at most ${String(mostTeamFolders)}`)
    .default([]),
});

export type ProfileDocument = z.input<typeof profileSchema>;
export type ReadProfile = { readonly profile: Profile; readonly source: ProfileSource };

/** @param why code and fields of the page's sentence, `reason.<why>` in the catalogue */
export function profileError(problem: string, why: Readonly<Record<string, string>> = {}): SyncError {
  return new SyncError({
    code: 'profile-invalid',
    retry: 'slow',
    scope: 'account',
    // A key of a stranger's can be in it.
    message: `profile: ${problem.slice(0, longestProblem)}`,
    fields: why,
  });
}

/** @param named what the sentence names beside the field */
function fieldError(
  field: string,
  problem: string,
  why = faultOf(problem),
  named: Readonly<Record<string, string>> = {},
): SyncError {
  const fields = Object.entries({ ...named, field }).map(([name, text]): [string, string] => [
    name,
    text.slice(0, longestName),
  ]);
  return profileError(`${field} ${problem}`, { why, ...Object.fromEntries(fields) });
}

/** A link or the path of a file. Throws `profile-invalid` with one line that names the field. */
export async function readProfile(from: string, signal: AbortSignal): Promise<ReadProfile> {
  if (/^driftless:/i.test(from)) return { profile: parseProfile(textOfLink(from)), source: 'link' };
  let text: string;
  try {
    if ((await stat(from)).size > longestFileBytes)
      throw profileError('the file is too large', { why: 'file-too-large' });
    text = await readFile(from, { encoding: 'utf8', signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof SyncError) throw cause;
    throw new SyncError({
      code: 'profile-invalid',
      retry: 'slow',
      scope: 'account',
      message: `profile: ${JSON.stringify(from)} cannot be read`,
      cause,
    });
  }
  return { profile: parseProfile(text), source: 'file' };
}

/** The JSON inside a link. The link is data from a stranger: exactly one known shape, and no second way to write it. */
export function textOfLink(link: string): string {
  if (link.length > longestLinkChars) throw profileError('the link is too long', { why: 'link-too-long' });
  const encoded = /^driftless:\/\/connect\/?\?profile=([A-Za-z0-9_-]+)$/.exec(link)?.[1];
  if (encoded === undefined)
    throw profileError('the link is not driftless://connect?profile=...', { why: 'link-unknown' });
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.toString('base64url') !== encoded)
    throw profileError('the link is damaged', { why: 'link-damaged' });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw profileError('the link is damaged', { why: 'link-damaged' });
  }
}

export function parseProfile(text: string): Profile {
  let raw: unknown;
  try {
    raw = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw profileError('it is not JSON', { why: 'not-json' });
  }
  if (typeof raw === 'object' && raw !== null && Object.hasOwn(raw, '__proto__'))
    throw profileError('__proto__ is an unknown key', { why: 'unknown-key', field: '__proto__' });
  const parsed = profileSchema.safeParse(raw, { reportInput: true });
  if (!parsed.success) {
    const [field, problem, why, named] = describeProblem(parsed.error);
    throw fieldError(field, problem, why, named);
  }
  const { driftlessProfile: _version, exchange: given, ...rest } = parsed.data;
  const mixedUp = rest.redirectUri === null ? null : redirectProblem(rest.redirectUri, rest.issuer);
  if (mixedUp !== null) throw fieldError('redirectUri', mixedUp, 'bound-elsewhere');
  refuseTeamFolders(parsed.data);
  if (given.kind !== 'web-identity') return { ...rest, exchange: given };
  const { roleArn } = given;
  if (roleArn === undefined) throw fieldError('exchange.roleArn', 'is missing', 'missing');
  return { ...rest, exchange: { ...given, roleArn } };
}

/** A folder that lies in another one, or where a user's own could be, would be synced twice. */
function refuseTeamFolders(profile: {
  readonly exchange: { readonly kind: string };
  readonly prefix: string;
  readonly teamFolders: readonly string[];
}): void {
  const { exchange, prefix, teamFolders } = profile;
  if (teamFolders.length > 0 && exchange.kind !== 'access-grants')
    throw fieldError('teamFolders', valueFaults['needs-grants']);
  const overlap = overlapOf(prefix, teamFolders);
  if (overlap === null) return;
  const [folder, other] = overlap;
  const line = `${JSON.stringify(folder)} overlaps ${JSON.stringify(other)}`;
  throw fieldError('teamFolders', line, 'folders-overlap', { folder, other });
}

export function profileDocument({ teamFolders, ...profile }: Profile): ProfileDocument {
  // Older versions know no such key, and have no need to where there are none.
  const team = teamFolders.length === 0 ? {} : { teamFolders: [...teamFolders] };
  return { driftlessProfile: profileVersion, ...profile, ...team };
}

export function profileLink(profile: Profile): string {
  return `driftless://connect?profile=${Buffer.from(JSON.stringify(profileDocument(profile))).toString('base64url')}`;
}

/** The account as `config.json` holds it. Everything that only this machine may decide keeps its default. */
export function accountOfProfile(profile: Profile, id: string): Readonly<Record<string, unknown>> {
  const { redirectUri, authorizationParams, accountId } = profile;
  return {
    id,
    issuer: profile.issuer,
    clientId: profile.clientId,
    scopes: profile.scopes,
    identity: {
      kind: 'browser',
      ...(redirectUri === null ? {} : { redirectUri }),
      ...(Object.keys(authorizationParams).length === 0 ? {} : { authorizationParams }),
    },
    exchange: profile.exchange,
    region: profile.region,
    s3Endpoint: profile.s3Endpoint,
    forcePathStyle: profile.forcePathStyle,
    ...(accountId === null ? {} : { accountId }),
  };
}
