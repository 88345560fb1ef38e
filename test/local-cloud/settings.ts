// What can be switched while the local cloud runs: clocks, lifetimes, the store profile. The control URL patches this object.

/** Conditional headers that a weak store may ignore, named `<operation>:<header>`. */
export type IgnorableCondition =
  | 'PutObject:if-match'
  | 'PutObject:if-none-match'
  | 'CompleteMultipartUpload:if-match'
  | 'CompleteMultipartUpload:if-none-match'
  | 'CopyObject:if-match'
  | 'CopyObject:if-none-match'
  | 'CopyObject:copy-source-if-match'
  | 'DeleteObject:if-match'
  | 'GetObject:if-none-match';

/** How good the store is. The default is S3 as AWS documents it; presets imitate weaker ones. */
export type StoreProfile = {
  readonly ignoredConditions: readonly IgnorableCondition[];
  /** `full`: verified, stored, returned. `accepted`: taken, neither verified nor returned (older Ceph). */
  readonly checksums: 'full' | 'accepted';
  /** Compute CRC64NVME where the client sent no checksum, as AWS does since 2025. Off: it costs speed. */
  readonly defaultChecksum: boolean;
  /** Operations that this store answers with 501 NotImplemented. */
  readonly missingOperations: readonly string[];
  /** Reads of a key that does not exist: AWS answers 403 to those who may not list. `always-403` imitates strict roles. */
  readonly missingKey: 'by-policy' | 'always-403';
  /** Old Ceph understands PUT If-Match only without quotes. */
  readonly ifMatchUnquotedOnly: boolean;
  /** Expired sessions: AWS says 400 ExpiredToken, Ceph 403 AccessDenied. */
  readonly expiredIs: 'ExpiredToken' | 'AccessDenied';
  /** Buckets have Object Lock with a default retention: an object or part needs a checksum or an MD5 in its headers. */
  readonly objectLock: boolean;
};

export type Settings = {
  /** Added to the cloud's clock everywhere (tokens, STS, S3, Date headers): a client whose clock is off by the opposite. */
  clockSkewMs: number;
  idTokenSeconds: number;
  idTokenOnRefresh: boolean;
  /** The IdP says invalid_grant to every refresh: a revoked session. */
  refreshRevoked: boolean;
  /** How long a refresh token that was exchanged may be used again before its use revokes the sign-in; 0 as OAuth asks. */
  refreshReuseSeconds: number;
  /** AWS's floor of 900 s; lower it to be allowed to ask for less. */
  minSessionSeconds: number;
  /** Whatever was asked for, credentials last this long. */
  forceSessionSeconds: number | null;
  strictAws: boolean;
  /** What policies see as aws:SecureTransport; loopback http counts as secure unless a test says otherwise. */
  secureTransport: boolean;
  /** LIST shows the bucket as it was this long ago. */
  listingLagMs: number;
  store: StoreProfile;
};

export const fullProfile: StoreProfile = {
  ignoredConditions: [],
  checksums: 'full',
  defaultChecksum: false,
  missingOperations: [],
  missingKey: 'by-policy',
  ifMatchUnquotedOnly: false,
  expiredIs: 'ExpiredToken',
  objectLock: false,
};

/** Ceph 16 as measured: what it ignores and what it lacks. */
export const cephPacificProfile: StoreProfile = {
  ...fullProfile,
  ignoredConditions: [
    'DeleteObject:if-match',
    'CompleteMultipartUpload:if-none-match',
    'CompleteMultipartUpload:if-match',
  ],
  checksums: 'accepted',
  missingOperations: ['GetObjectAttributes', 'UploadPartCopy'],
  // It does not compare a condition on s3:prefix with the key that is missing.
  missingKey: 'always-403',
  ifMatchUnquotedOnly: true,
  expiredIs: 'AccessDenied',
};

/** A store that honours no write condition at all. */
export const weakProfile: StoreProfile = {
  ...fullProfile,
  ignoredConditions: [
    'PutObject:if-match',
    'PutObject:if-none-match',
    'CompleteMultipartUpload:if-match',
    'CompleteMultipartUpload:if-none-match',
    'CopyObject:if-match',
    'CopyObject:if-none-match',
    'DeleteObject:if-match',
  ],
  checksums: 'accepted',
  missingOperations: ['GetObjectAttributes'],
};

export const storeProfiles: Readonly<Record<string, StoreProfile>> = {
  full: fullProfile,
  'ceph-pacific': cephPacificProfile,
  weak: weakProfile,
};

export function defaultSettings(): Settings {
  return {
    clockSkewMs: 0,
    idTokenSeconds: 3600,
    idTokenOnRefresh: true,
    refreshRevoked: false,
    refreshReuseSeconds: 0,
    minSessionSeconds: 900,
    forceSessionSeconds: null,
    strictAws: true,
    secureTransport: true,
    listingLagMs: 0,
    store: fullProfile,
  };
}
