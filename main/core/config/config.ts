// The shapes of the settings a person or an administrator writes: accounts, how they sign in, and the pairs under them.

declare const accountIdBrand: unique symbol;
declare const pairIdBrand: unique symbol;

/** Chosen by the person, `[a-z0-9][a-z0-9-]{0,62}`; names files and rows, so it is never free text. */
export type AccountId = string & { readonly [accountIdBrand]: true };
export type PairId = string & { readonly [pairIdBrand]: true };

export type BrowserIdentity = {
  readonly kind: 'browser';
  /**
   * The loopback redirect registered with the provider. Default `http://127.0.0.1/callback` on any free port (RFC 8252 section 7.3); for providers
   * that compare the port or insist on `localhost` (Auth0, Okta, Cognito, Entra) write it in full, e.g. `http://localhost:8976/callback`.
   */
  readonly redirectUri?: string;
  /** Extra parameters of the authorization request, e.g. Google's `access_type=offline`. The protocol's own names are refused. */
  readonly authorizationParams?: Readonly<Record<string, string>>;
};
export type DeviceIdentity = { readonly kind: 'device' };

/** The path given, or `AWS_WEB_IDENTITY_TOKEN_FILE` filled in when the configuration is read. */
export type TokenFileIdentity = { readonly kind: 'token-file'; readonly path: string };
export type IdentityConfig = BrowserIdentity | DeviceIdentity | TokenFileIdentity;

export type WebIdentityExchange = {
  readonly kind: 'web-identity';
  readonly roleArn: string;
  /** `null`: the regional AWS endpoint of the account's region. */
  readonly stsEndpoint: string | null;
  readonly durationSeconds: number;
  /** An IAM policy document (JSON text, at most 2,048 characters) that narrows the session further. */
  readonly sessionPolicy?: string;
};

/** An endpoint in the manner of Auth0's delegation: it needs a server that the organisation runs. */
export type DelegationExchange = {
  readonly kind: 'delegation';
  readonly url: string;
  readonly roleArn: string;
  readonly principalArn: string;
  /** Sent as `target`; some endpoints choose the client application by it. */
  readonly target?: string;
  /** The client id this exchange expects as the token's audience, when it is not the account's. */
  readonly clientId?: string;
  readonly stsEndpoint: string | null;
};

/** A token-exchange endpoint (RFC 8693) that returns a SAML assertion, then AssumeRoleWithSAML: needs a server that the organisation runs. */
export type SamlExchange = {
  readonly kind: 'saml';
  readonly assertionUrl: string;
  readonly roleArn: string;
  readonly principalArn: string;
  readonly stsEndpoint: string | null;
  readonly durationSeconds: number;
  readonly sessionPolicy?: string;
};

/** A Cognito identity pool, enhanced flow; guests and the classic flow are never used (security rule 21). */
export type CognitoExchange = {
  readonly kind: 'cognito';
  /** `REGION:GUID` */
  readonly identityPoolId: string;
  /** The provider name in the pool: the issuer without `https://` for an OIDC provider. */
  readonly loginKey: string;
  /** `null`: the AWS endpoint of the pool's region. Only loopback under `development` may be given. */
  readonly endpoint: string | null;
};

export type ExchangeConfig = WebIdentityExchange | DelegationExchange | SamlExchange | CognitoExchange;

/** Another role of the same AWS account, a narrower policy or a shorter time; what is left out stays as for the sync. */
export type ProgramSession = {
  readonly roleArn?: string;
  readonly durationSeconds?: number;
  readonly sessionPolicy?: string;
};

export type AccountConfig = WriteHeaders & {
  readonly id: AccountId;
  /** Exactly as the provider states it: it is compared byte for byte with the `iss` claim. */
  readonly issuer: string;
  readonly clientId: string;
  /** Space-separated, always with `openid`. */
  readonly scopes: string;
  readonly identity: IdentityConfig;
  readonly exchange: ExchangeConfig;
  readonly region: string;
  /** `null`: the regional AWS endpoint. */
  readonly s3Endpoint: string | null;
  readonly forcePathStyle: boolean;
  /** The AWS account the bucket must belong to; equal to the account in `roleArn`. `null` on stores without accounts. */
  readonly accountId: string | null;
  /** Allows plain http to literal loopback addresses, and nothing else. A link can never set it. */
  readonly development: boolean;
  /** Path of a PEM file with extra certificate authorities, or `null`. */
  readonly caFile: string | null;
  /** Whether `driftless credentials` may hand out this account's credentials (security rule 12). */
  readonly credentialsEnabled: boolean;
  /** What `driftless credentials` hands out instead of the session that the sync itself uses. */
  readonly credentialsSession?: ProgramSession;
};

/** How credentials for other programs are had. Only called for what `adapters/config/rules.ts` has let through. */
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
  /** Between full rescans. */
  readonly auditSeconds: number;
};

export type PollConfig = {
  readonly idleSeconds?: number;
  readonly activeSeconds?: number;
};

export type LimitsConfig = {
  readonly uploadBytesPerSecond?: number;
  readonly downloadBytesPerSecond?: number;
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
 * Headers that every write to the bucket carries, our own small objects and the probe included; `requestPayer` also every
 * read. A pair's value wins over its account's, and that over the one beside the pairs.
 */
export type WriteHeaders = {
  readonly serverSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** With `aws:kms` only; left out: the bucket's own, or the one that AWS manages. */
  readonly sseKmsKeyId?: string;
  /** For new objects; a rename and an edit keep the class that an object has. */
  readonly storageClass?: string;
  readonly requestPayer?: 'requester';
};

/** What may stand both on a pair and beside the pairs; the pair's value wins field by field. */
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
  /** `''` or whole segments with a trailing `/`; `{sub}` and `{tag:NAME}` are filled in from the principal (`core/access/principal.ts`). */
  readonly prefix: string;
  readonly mode: SyncMode;
  readonly ignore: readonly string[];
  readonly caseSensitivity: CaseSensitivity;
  /** Folders, relative to `folder`, that are left alone on both sides (selective sync). */
  readonly exclude?: readonly string[];
  /** Upload-only: a local delete is carried to the bucket only when set (rule 22). */
  readonly propagateDeletes?: boolean;
};

export type AppConfig = PairOptions & {
  readonly accounts: readonly AccountConfig[];
  readonly pairs: readonly PairConfig[];
};

export const defaultScan: ScanConfig = { settleMs: 1000, auditSeconds: 3600 };
