// Key prefix and session name of a principal; refuses subjects that could reach another user's keys.
import { SyncError } from '../model/errors.ts';
import { isOwnName } from '../model/path.ts';

export const longestSubject = 255;
/** Default of `admin template`, and so the meaning of a pair or profile without a prefix. */
export const defaultPrefix = 'users/{sub}/';
const longestPrefixBytes = 512;

/** Why a subject cannot be a path segment, or `null` if it can. */
export type SubjectProblem =
  | 'empty'
  | 'too-long'
  | 'dot'
  | 'forbidden-character'
  | 'control-character'
  | 'not-nfc'
  | 'not-unicode'
  | 'reserved';

/**
 * A subject is used byte for byte as one path segment. Whatever could end the segment, act as a wildcard or a
 * policy variable in IAM, or be spelled in two ways is refused rather than encoded: encoding could map two
 * subjects to one segment (S6).
 */
export function subjectProblem(subject: string): SubjectProblem | null {
  if (subject === '') return 'empty';
  if (subject.length > longestSubject) return 'too-long';
  if (subject === '.' || subject === '..') return 'dot';
  if (/[/\\*?${}]/.test(subject)) return 'forbidden-character';
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject)) return 'control-character';
  if (!subject.isWellFormed()) return 'not-unicode';
  if (subject.normalize('NFC') !== subject) return 'not-nfc';
  // A user of this name would own the place where a pair one level up keeps its change feed and trash.
  if (isOwnName(subject)) return 'reserved';
  return null;
}

/** Returns the subject unchanged, or throws `subject-unsafe`. */
export function checkSubject(subject: string): string {
  const problem = subjectProblem(subject);
  if (problem !== null) {
    throw new SyncError({
      code: 'subject-unsafe',
      retry: 'slow',
      scope: 'account',
      fields: { problem },
      message: `the provider's user id cannot be used as a folder name (${problem}); ask the administrator for a session tag and {tag:NAME}`,
    });
  }
  return subject;
}

/** Why a prefix template is refused, as text for its author, or `null`. */
export function prefixProblem(template: string): string | null {
  if (template === '') return null;
  if (!template.endsWith('/')) return 'must end with "/"';
  if (template.startsWith('/')) return 'must not start with "/"';
  if (new TextEncoder().encode(template).length > longestPrefixBytes)
    return `must be at most ${String(longestPrefixBytes)} bytes`;
  if (template.normalize('NFC') !== template || !template.isWellFormed())
    return 'must be in Unicode form NFC';
  for (const segment of template.slice(0, -1).split('/')) {
    const problem = segmentProblem(segment);
    if (problem !== null) return problem;
  }
  return null;
}

const variable = /^\{(?:sub|tag:([\w+\-=.:@ ]{1,128}))\}$/;

function segmentProblem(segment: string): string | null {
  if (segment === '') return 'has an empty segment ("//")';
  if (segment === '.' || segment === '..') return `escapes with a "${segment}" segment`;
  if (isOwnName(segment)) return 'must not contain ".driftless", which is ours';
  if (variable.test(segment)) return null;
  if (/[{}]/.test(segment)) return 'knows only {sub} and {tag:NAME}, each as a whole segment';
  if (/[\\*?$]/.test(segment)) return 'must not contain \\ * ? or $';
  if (/\p{Cc}/u.test(segment)) return 'must not contain control characters';
  return null;
}

/**
 * Prefix of this principal. `tags` are session tags controlled by the identity provider; a missing one is an
 * error, never an empty segment.
 */
export function resolvePrefix(
  template: string,
  principal: { readonly sub: string; readonly tags: Readonly<Record<string, string>> },
): string {
  const problem = prefixProblem(template);
  if (problem !== null) throw unsafePrefix(`prefix ${problem}`);
  if (template === '') return '';
  const segments = template
    .slice(0, -1)
    .split('/')
    .map((segment) => {
      const match = variable.exec(segment);
      if (match === null) return segment;
      const tag = match[1];
      if (tag === undefined) return checkSubject(principal.sub);
      const value = Object.hasOwn(principal.tags, tag) ? principal.tags[tag] : undefined;
      if (value === undefined)
        throw unsafePrefix(`prefix names the tag "${tag}", which the provider did not set`);
      return checkSubject(value);
    });
  return `${segments.join('/')}/`;
}

/** Role of an IAM Identity Center permission set: only that service creates it under this path, and names its sessions. */
export function isIdentityCenterRole(roleArn: string): boolean {
  return /^arn:aws[a-z-]*:iam::\d{12}:role\/aws-reserved\/sso\.amazonaws\.com\/(?:[a-z0-9-]+\/)?AWSReservedSSO_[\w+=,.@-]+$/.test(
    roleArn,
  );
}

/** Why a prefix must not depend on the session of an AWS profile, or `null`. The user can choose a role's session name. */
export function profilePrefixProblem(template: string, roleArn: string): string | null {
  if (template.includes('{tag:'))
    return 'must not contain {tag:NAME} with an AWS profile: AWS tells no session its tags; write the prefix in full';
  if (template.includes('{sub}') && !isIdentityCenterRole(roleArn))
    return 'must not contain {sub} with this role: the caller of AssumeRole can choose the session name, which only IAM Identity Center sets itself (role/aws-reserved/sso.amazonaws.com/...); write the prefix in full';
  return null;
}

function unsafePrefix(message: string): SyncError {
  return new SyncError({ code: 'prefix-unsafe', retry: 'slow', scope: 'pair', message });
}

/**
 * RoleSessionName (2-64 characters of `[\w+=,.@-]`) for any subject. It only labels the session in logs: the
 * client chooses it and it proves nothing. The hash keeps subjects apart that map to the same text.
 * @param sha256Hex of the subject's UTF-8 bytes
 */
export function roleSessionName(subject: string, sha256Hex: string): string {
  const readable = subject.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 47);
  return `${readable}-${sha256Hex.slice(0, 16)}`;
}
