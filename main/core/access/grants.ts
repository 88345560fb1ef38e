// Which folders S3 Access Grants opens, and what its answer must say.
import type { ExchangeConfig, PairConfig } from '../config/config.ts';
import { variableSegment } from './isolation.ts';

export type FolderPlace = Pick<PairConfig, 'bucket' | 'prefix'>;

/**
 * Whether the folder has a session of its own. A grant knows no user: one for `users/alice/` would hold for everybody who takes
 * the role, so a prefix that names the user stays with the role's session, whose policy holds it to that user.
 */
export function isGranted(
  exchange: Pick<ExchangeConfig, 'kind'>,
  { prefix }: Pick<FolderPlace, 'prefix'>,
): boolean {
  return exchange.kind === 'access-grants' && variableSegment(prefix) === null;
}

/** What is asked for: the folder and all below it. */
export function grantTarget({ bucket, prefix }: FolderPlace): string {
  return `s3://${bucket}/${prefix}*`;
}

export type GrantAnswer = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
  readonly matchedGrantTarget: string;
  /** ARN of the role that the grant is for; `null` for a user or group of a directory. */
  readonly grantee: string | null;
};

export type GrantExpectation = FolderPlace & {
  readonly accountId: string;
  readonly durationSeconds: number;
  /** By the clock of the service that answers. */
  readonly nowMs: number;
};

/** Seconds that its clock and the measured one may differ, and what an answer takes on its way. */
const slackMs = 60_000;

/** Why the answer is refused, as a clause after the service's name, or `null`. */
export function grantProblem(answer: GrantAnswer, wanted: GrantExpectation): string | null {
  const target = grantTarget(wanted);
  // A second star matches nothing more: AWS's own example answers `prefixA*` with `prefixA**` (docs/decisions/0035-two-stars.md).
  if (![target, `${target}*`].includes(answer.matchedGrantTarget))
    return `grants ${answer.matchedGrantTarget.slice(0, 200)} in place of ${target}, which is refused`;
  const accountOfGrantee = answer.grantee === null ? null : (answer.grantee.split(':')[4] ?? '');
  if (accountOfGrantee !== null && accountOfGrantee !== wanted.accountId)
    return 'answers with a grant to a role of another AWS account';
  const endsMs = Date.parse(answer.expiration);
  if (!Number.isFinite(endsMs)) return 'returned credentials with an unreadable expiry';
  if (endsMs <= wanted.nowMs) return 'returned credentials that have ended';
  if (endsMs > wanted.nowMs + wanted.durationSeconds * 1000 + slackMs)
    return 'returned credentials for longer than was asked for';
  return null;
}

const names: Readonly<Record<Exclude<keyof GrantAnswer, 'grantee'>, string>> = {
  accessKeyId: 'AccessKeyId',
  secretAccessKey: 'SecretAccessKey',
  sessionToken: 'SessionToken',
  expiration: 'Expiration',
  matchedGrantTarget: 'MatchedGrantTarget',
};

/**
 * The answer of GetDataAccess; `null` for anything else. Read by the few elements that it has, each exactly once: no general
 * XML, so no document types, comments, sections or nesting that could say one thing twice.
 */
export function readGrantAnswer(xml: string): GrantAnswer | null {
  if (/<!|\0/u.test(xml) || !/^\s*(?:<\?xml[^<>]*\?>\s*)?<GetDataAccessResult[\s>]/u.test(xml)) return null;
  const found: Record<string, string> = {};
  for (const [key, name] of Object.entries(names)) {
    const text = onlyElement(xml, name);
    if (text === null || text === '') return null;
    found[key] = text;
  }
  const kind = onlyElement(xml, 'GranteeType');
  const grantee = onlyElement(xml, 'GranteeIdentifier');
  return {
    ...(found as Omit<GrantAnswer, 'grantee'>),
    grantee: kind !== null && ofDirectory.has(kind) ? null : grantee,
  };
}

/** A user or group of IAM Identity Center has no account in its name; whatever else is named is held to the profile's account. */
const ofDirectory: ReadonlySet<string> = new Set(['DIRECTORY_USER', 'DIRECTORY_GROUP']);

/** Code and message of S3's error document. */
export function readGrantError(xml: string): { readonly name: string; readonly message: string } {
  return { name: onlyElement(xml, 'Code') ?? 'Unknown', message: onlyElement(xml, 'Message') ?? '' };
}

function onlyElement(xml: string, name: string): string | null {
  const parts = xml.split(`<${name}>`);
  const [text, ...rest] = (parts[1] ?? '').split(`</${name}>`);
  if (parts.length !== 2 || rest.length !== 1 || text === undefined || text.includes('<')) return null;
  return unescaped(text.trim());
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Null where an entity is not one of XML's own five or a character. */
function unescaped(text: string): string | null {
  const plain: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/&(?:([a-z]+)|#x([\da-f]{1,6})|#(\d{1,7}));/giu)) {
    const [all, name = '', hex, decimal] = match;
    const point = Number.parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16);
    const char =
      name === '' ? (point <= 0x10_ff_ff ? String.fromCodePoint(point) : undefined) : entities[name];
    if (char === undefined) return null;
    plain.push(text.slice(from, match.index), char);
    from = match.index + all.length;
  }
  const isLeft = text.split('&').length - 1 > plain.length / 2;
  return isLeft ? null : plain.join('') + text.slice(from);
}
