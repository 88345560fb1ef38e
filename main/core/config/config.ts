// Configuration types: accounts, sign-in methods, and the pairs below them.

declare const accountIdBrand: unique symbol;
declare const pairIdBrand: unique symbol;

/** Chosen by the user, `[a-z0-9][a-z0-9-]{0,62}`; names files and rows, so it is never free text. */
export type AccountId = string & { readonly [accountIdBrand]: true };
export type PairId = string & { readonly [pairIdBrand]: true };

export type BrowserIdentity = {
  readonly kind: 'browser';
  /**
   * Loopback redirect registered with the provider. Default `http://127.0.0.1/callback` on any free port (RFC
   * 8252 section 7.3); for providers that compare the port or insist on `localhost` (Auth0, Okta, Cognito,
   * Entra) write it in full, e.g. `http://localhost:8976/callback`.
   */
  readonly redirectUri?: string;
  /**
   * Extra parameters of the authorization request, e.g. Google's `access_type=offline`. The protocol's own
   * names are refused.
   */
  readonly authorizationParams?: Readonly<Record<string, string>>;
};
export type DeviceIdentity = { readonly kind: 'device' };

/** The configured path, or `AWS_WEB_IDENTITY_TOKEN_FILE`, resolved when the configuration is read. */
export type TokenFileIdentity = { readonly kind: 'token-file'; readonly path: string };

/** A named profile of the user's AWS files; its credentials come from there, without an id_token. */
export type AwsProfileIdentity = { readonly kind: 'aws-profile'; readonly profile: string };
export type IdentityConfig = BrowserIdentity | DeviceIdentity | TokenFileIdentity | AwsProfileIdentity;

export type WebIdentityExchange = {
  readonly kind: 'web-identity';
  readonly roleArn: string;
  /** `null`: the regional AWS endpoint of the account's region. */
  readonly stsEndpoint: string | null;
  readonly durationSeconds: number;
  /** IAM policy document (JSON text, at most 2,048 characters) that narrows the session further. */
  readonly sessionPolicy?: string;
};

/** Endpoint in the style of Auth0's delegation: requires a server run by the organisation. */
export type DelegationExchange = {
  readonly kind: 'delegation';
  readonly url: string;
  readonly roleArn: string;
  readonly principalArn: string;
  /** Sent as `target`; some endpoints select the client application by it. */
  readonly target?: string;
  /** Client id that this exchange expects as the token's audience, if it is not the account's. */
  readonly clientId?: string;
  readonly stsEndpoint: string | null;
};

/**
 * Token-exchange endpoint (RFC 8693) that returns a SAML assertion, then AssumeRoleWithSAML: requires a
 * server run by the organisation.
 */
export type SamlExchange = {
  readonly kind: 'saml';
  readonly assertionUrl: string;
  readonly roleArn: string;
  readonly principalArn: string;
  readonly stsEndpoint: string | null;
  readonly durationSeconds: number;
  readonly sessionPolicy?: string;
};

/** Cognito identity pool, enhanced flow; guests and the classic flow are never used (S21). */
export type CognitoExchange = {
  readonly kind: 'cognito';
  /** `REGION:GUID` */
  readonly identityPoolId: string;
  /** Provider name in the pool: the issuer without `https://` for an OIDC provider. */
  readonly loginKey: string;
  /** `null`: the AWS endpoint of the pool's region. Only loopback under `development` may be configured. */
  readonly endpoint: string | null;
};

/**
 * As `web-identity`, and then S3 Access Grants: a pair with a fixed prefix works with the credentials of a grant for exactly
 * that prefix, a pair whose prefix names the user with those of the role.
 */
export type AccessGrantsExchange = {
  readonly kind: 'access-grants';
  /** The role that the grants are given to, in the AWS account of their instance. */
  readonly roleArn: string;
  readonly stsEndpoint: string | null;
  /** `null`: AWS's own, of the role's account and the account's region. */
  readonly controlEndpoint: string | null;
  /** Of the role's session and of each grant's. */
  readonly durationSeconds: number;
};

/** No exchange: the credentials of identity `aws-profile`, which must be a session of this role. */
export type AwsProfileSession = {
  readonly kind: 'aws-profile';
  readonly roleArn: string;
  /** `null`: the regional AWS endpoint of the account's region. */
  readonly stsEndpoint: string | null;
};

/** Exchanges of an id_token; the only ones that a connection profile can name. */
export type TokenExchange =
  WebIdentityExchange | DelegationExchange | SamlExchange | CognitoExchange | AccessGrantsExchange;
export type ExchangeConfig = TokenExchange | AwsProfileSession;

/**
 * Another role of the same AWS account, a narrower policy or a shorter time; absent fields are those of the
 * sync session.
 */
export type ProgramSession = {
  readonly roleArn?: string;
  readonly durationSeconds?: number;
  readonly sessionPolicy?: string;
};

export type AccountConfig = WriteHeaders & {
  readonly id: AccountId;
  /** Exactly as the provider states it: it is compared byte for byte with the `iss` claim. With `aws-profile` the STS that names the session. */
  readonly issuer: string;
  /** With `aws-profile` the name of the profile. */
  readonly clientId: string;
  /** Space-separated, always with `openid`. */
  readonly scopes: string;
  readonly identity: IdentityConfig;
  readonly exchange: ExchangeConfig;
  readonly region: string;
  /** `null`: the regional AWS endpoint. */
  readonly s3Endpoint: string | null;
  readonly forcePathStyle: boolean;
  /** AWS's FIPS endpoints, and those that answer over IPv6 too; never beside an endpoint written out. */
  readonly useFips?: boolean;
  readonly useDualStack?: boolean;
  /** AWS account that must own the bucket; equal to the account in `roleArn`. `null` on stores without accounts. */
  readonly accountId: string | null;
  /** Allows plain http to literal loopback addresses only. A link can never set it. */
  readonly development: boolean;
  /** Path of a file with extra certificate authorities, or `null`. */
  readonly caFile: string | null;
  /** Whether `driftless credentials` may output this account's credentials (S12). */
  readonly credentialsEnabled: boolean;
  /** Session that `driftless credentials` uses instead of the sync session. */
  readonly credentialsSession?: ProgramSession;
};

/**
 * How to get credentials for other programs. Call only for an account that `adapters/config/rules.ts` has
 * accepted.
 */
export function exchangeForPrograms(account: AccountConfig): ExchangeConfig {
  return { ...account.exchange, ...account.credentialsSession };
}

export type SyncMode = 'two-way' | 'upload-only' | 'download-only';
export type CaseSensitivity = 'auto' | 'sensitive' | 'insensitive';

export type GuardConfig = {
  readonly maxRemovals?: number;
  readonly maxSharePercent?: number;
  readonly maxConflicts?: number;
};

export type TrashConfig = {
  readonly days?: number;
  readonly maxVolumePercent?: number;
};

export type ScanConfig = {
  /** How long a file must have been still before it is uploaded. */
  readonly settleMs: number;
  /** Interval of full rescans. */
  readonly auditSeconds: number;
};

export type PollConfig = {
  readonly idleSeconds?: number;
  readonly activeSeconds?: number;
};

export type LimitsConfig = {
  readonly uploadBytesPerSecond?: number;
  readonly downloadBytesPerSecond?: number;
  /** Weekly, in rclone's syntax (`core/config/timetable.ts`); the lower of it and the fixed limits holds. */
  readonly timetable?: string;
};

export type PartsConfig = {
  readonly sizeBytes?: number;
  readonly concurrency?: number;
};

export type ConcurrencyConfig = {
  readonly smallFiles?: number;
  readonly largeFiles?: number;
};

/**
 * Headers of every write to the bucket, including our own metadata objects and the probe; `requestPayer` also
 * of every read. A pair's value overrides its account's, which overrides the global one.
 */
export type WriteHeaders = {
  readonly serverSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** With `aws:kms` only; default: the bucket's key, or the AWS managed one. */
  readonly sseKmsKeyId?: string;
  /** For new objects; a rename and an edit keep an object's class. */
  readonly storageClass?: string;
  readonly requestPayer?: 'requester';
};

/** Options allowed both on a pair and globally; the pair's value wins field by field. */
export type PairOptions = WriteHeaders & {
  readonly deviceName?: string;
  readonly guards?: GuardConfig;
  readonly trash?: TrashConfig;
  readonly scan?: ScanConfig;
  readonly poll?: PollConfig;
  readonly limits?: LimitsConfig;
  readonly parts?: PartsConfig;
  readonly concurrency?: ConcurrencyConfig;
};

export type PairConfig = PairOptions & {
  readonly id: PairId;
  readonly account: AccountId;
  /** Absolute path of an existing folder. */
  readonly folder: string;
  readonly bucket: string;
  /**
   * `''` or whole segments with a trailing `/`; `{sub}` and `{tag:NAME}` are filled in from the principal
   * (`core/access/principal.ts`).
   */
  readonly prefix: string;
  readonly mode: SyncMode;
  readonly ignore: readonly string[];
  readonly caseSensitivity: CaseSensitivity;
  /** Folders, relative to `folder`, that are ignored on both sides (selective sync). */
  readonly exclude?: readonly string[];
  /** Upload-only: a local delete is propagated to the bucket only if set (C22). */
  readonly propagateDeletes?: boolean;
};

export type UpdatesConfig = {
  /** False: no release manifest is asked for. */
  readonly check: boolean;
  /** https; in place of the address that the build names. */
  readonly manifestUrl?: string;
};

export type AppConfig = PairOptions & {
  readonly updates?: UpdatesConfig;
  /** Address of the proxy without a login, or `direct`; absent: what environment or system say. */
  readonly proxy?: string;
  readonly accounts: readonly AccountConfig[];
  readonly pairs: readonly PairConfig[];
};

/** A save is to be on its way within a second; who saves more slowly than this is caught by the proof of each upload (C13). */
export const defaultScan: ScanConfig = { settleMs: 700, auditSeconds: 3600 };
