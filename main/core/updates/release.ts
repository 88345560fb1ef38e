// Judgement of a signed release manifest: is it valid now, and is this version outdated?

/** What a manifest states, once its signature has been verified. */
export type ReleaseFacts = {
  /** Newest published version. */
  readonly version: string;
  readonly issuedAtMs: number;
  /** After this, "nothing newer exists" is no longer believed; "a newer version exists" stays true. */
  readonly expiresAtMs: number;
  /** SHA-512 (base64) of each installer of this version; absent: none may be installed by the program itself. */
  readonly sha512?: readonly string[];
};

export type ReleaseRefusal =
  /** No signature by a key of this build, or another key id. */
  | 'not-signed'
  /** No manifest at all: a web page, other JSON, too large. */
  | 'unreadable'
  /** Signed by the right key, for another purpose. */
  | 'wrong-type'
  | 'expired'
  | 'not-yet-valid'
  | 'valid-too-long'
  /** Older than one that was accepted before, or naming an older version. */
  | 'downgrade';

export type ReleaseStatus =
  | { readonly kind: 'off'; readonly why: 'no-address' | 'switched-off' }
  | { readonly kind: 'current'; readonly version: string; readonly asOfMs: number }
  | { readonly kind: 'outdated'; readonly version: string }
  | {
      readonly kind: 'unknown';
      readonly why: 'not-asked-yet' | 'unreachable' | ReleaseRefusal;
    };

const dayMs = 86_400_000;
/** Tolerated error of the clock here or at the releaser. */
const clockToleranceMs = dayMs;
/** Longest life of a manifest: how long a network could withhold a newer one without being noticed. */
export const longestLifeMs = 190 * dayMs;

/** Null if the manifest counts. `known` is the last one that was accepted on this machine. */
export function judgeRelease(
  facts: ReleaseFacts,
  known: ReleaseFacts | null,
  nowMs: number,
): ReleaseRefusal | null {
  if (facts.issuedAtMs > nowMs + clockToleranceMs) return 'not-yet-valid';
  if (facts.expiresAtMs <= nowMs || facts.expiresAtMs <= facts.issuedAtMs) return 'expired';
  if (facts.expiresAtMs - facts.issuedAtMs > longestLifeMs) return 'valid-too-long';
  if (known === null) return null;
  const isOlder = facts.issuedAtMs < known.issuedAtMs || compareVersions(facts.version, known.version) < 0;
  return isOlder ? 'downgrade' : null;
}

/** What the last accepted manifest says about the running version. `failure` is why a newer one was not had. */
export function releaseStatus(
  own: string,
  known: ReleaseFacts | null,
  failure: 'unreachable' | ReleaseRefusal | null,
  nowMs: number,
): ReleaseStatus {
  if (known !== null && compareVersions(own, known.version) < 0)
    return { kind: 'outdated', version: known.version };
  if (failure !== null) return { kind: 'unknown', why: failure };
  if (known === null) return { kind: 'unknown', why: 'not-asked-yet' };
  if (known.expiresAtMs <= nowMs) return { kind: 'unknown', why: 'expired' };
  return { kind: 'current', version: known.version, asOfMs: known.issuedAtMs };
}

const released = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;

export function isReleasedVersion(text: string): boolean {
  return released.test(text);
}

/** Negative if `a` precedes `b`. A pre-release (`1.2.0-rc.1`) precedes its release; what is no version precedes all. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: string): readonly number[] {
  const [plain = '', ...rest] = version.split(/[-+]/, 2);
  const match = released.exec(plain);
  if (match === null) return [-1, 0, 0, 0];
  const isPreRelease = rest.length > 0 && version.charAt(plain.length) === '-';
  return [...match.slice(1).map(Number), isPreRelease ? -1 : 0];
}
