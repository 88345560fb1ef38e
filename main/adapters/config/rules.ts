// Final configuration from the parsed one: environment values and checks across fields.
import type {
  AccountConfig,
  AccountId,
  AppConfig,
  ExchangeConfig,
  IdentityConfig,
  PairConfig,
  PairId,
  PairOptions,
  WriteHeaders,
} from '../../core/config/config.ts';
import { SyncError, isSyncError } from '../../core/model/errors.ts';
import { profilePrefixProblem } from '../../core/access/principal.ts';
import { isAwsStore, isServiceHost } from '../../core/access/endpoints.ts';
import { awsEndpointUrl, isRegionName } from '../../core/net/aws-endpoint.ts';
import { redirectProblem } from './bound-redirect.ts';
import type { ParsedConfig } from './schema.ts';
import { checkUrl } from '../../core/net/url.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type ParsedAccount = ParsedConfig['accounts'][number];
type ParsedPair = ParsedConfig['pairs'][number];

export function configError(field: string, problem: string, details: SyncError['fields'] = {}): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message: `config.json: ${field} ${problem}`,
    fields: { field, ...details },
  });
}

export function buildConfig(parsed: ParsedConfig, env: Environment): AppConfig {
  const accounts = parsed.accounts.map((account, index) =>
    buildAccount(account, `accounts[${String(index)}]`, env),
  );
  refuseDuplicates(
    accounts.map(({ id }) => id),
    'accounts',
  );
  refuseSharedClients(accounts);
  const { accounts: _accounts, pairs: _pairs, $schema: _schema, updates, proxy, ...shared } = parsed;
  checkEncryption(shared, '');
  const pairs = parsed.pairs.map((pair, index) =>
    buildPair(pair, `pairs[${String(index)}]`, accounts, shared),
  );
  refuseDuplicates(
    pairs.map(({ id }) => id),
    'pairs',
  );
  refuseSharedPrefixes(pairs);
  return {
    ...shared,
    accounts,
    pairs,
    ...(updates === undefined ? {} : { updates }),
    ...(proxy === undefined ? {} : { proxy }),
  };
}

function buildAccount(parsed: ParsedAccount, field: string, env: Environment): AccountConfig {
  const identity = buildIdentity(parsed, field, env);
  const exchange = buildExchange(parsed, field, env);
  const account: AccountConfig = {
    ...parsed,
    ...buildProvider(parsed, field),
    id: parsed.id as AccountId,
    identity,
    exchange,
    accountId: buildAccountId(parsed, exchange, field),
  };
  checkRegion(account, field);
  checkEndpoints(account, field);
  checkRedirect(account, field);
  checkEndpointForm(account, field);
  checkEncryption(account, `${field}.`);
  checkProgramSession(account, field);
  demandOwner(account, parsed.accountId === null, field);
  return account;
}

/**
 * At AWS a name that is no region is a host that does not exist, which looks like a broken network. The pattern is the one that profiles are held
 * to. Beside another store's address any name is let pass: this file is the user's own, and a profile comes from elsewhere.
 */
function checkRegion({ region, s3Endpoint }: AccountConfig, field: string): void {
  if (s3Endpoint === null && !isRegionName(region))
    throw configError(
      `${field}.region`,
      'is not a region of AWS such as "eu-central-1"; another store needs s3Endpoint',
    );
}

/** Who states the user: the provider, or for an AWS profile the STS that names its session. */
function buildProvider(
  { identity, exchange, issuer, clientId, region, credentialsEnabled }: ParsedAccount,
  field: string,
): Pick<AccountConfig, 'issuer' | 'clientId'> {
  if ((identity.kind === 'aws-profile') !== (exchange.kind === 'aws-profile'))
    throw configError(`${field}.exchange.kind`, 'must be "aws-profile" exactly where identity.kind is');
  if (identity.kind !== 'aws-profile' || exchange.kind !== 'aws-profile') {
    if (issuer === undefined) throw configError(`${field}.issuer`, 'is missing');
    if (clientId === undefined) throw configError(`${field}.clientId`, 'is missing');
    return { issuer, clientId };
  }
  // A profile whose credential_process is ours would otherwise start itself without end.
  if (credentialsEnabled)
    throw configError(
      `${field}.credentialsEnabled`,
      'is not possible with an AWS profile, which gives them itself',
    );
  if (issuer !== undefined || clientId !== undefined)
    throw configError(
      `${field}.${issuer === undefined ? 'clientId' : 'issuer'}`,
      'has no meaning with identity aws-profile',
    );
  return {
    issuer: exchange.stsEndpoint ?? awsEndpointUrl('sts', region),
    clientId: identity.profile,
  };
}

/** A silently ignored setting is worse than none: the user would rely on its restriction. */
function checkProgramSession({ exchange, credentialsSession: session }: AccountConfig, field: string): void {
  if (session === undefined) return;
  const at = `${field}.credentialsSession`;
  if (exchange.kind === 'cognito')
    throw configError(at, 'is not possible with a Cognito identity pool, which chooses role and time itself');
  if (exchange.kind === 'aws-profile')
    throw configError(at, 'is not possible with an AWS profile, which chooses role and time itself');
  if (exchange.kind === 'access-grants')
    throw configError(
      at,
      'is not possible with S3 Access Grants, whose folders each have a session of their own',
    );
  const isTimed = session.durationSeconds !== undefined || session.sessionPolicy !== undefined;
  if (exchange.kind === 'delegation' && isTimed)
    throw configError(at, 'may name only a role with a delegation endpoint, which chooses the rest itself');
  const other = accountOfRole(session.roleArn ?? exchange.roleArn);
  if (other !== accountOfRole(exchange.roleArn))
    throw configError(`${at}.roleArn`, `is not in the account of exchange.roleArn`);
}

function accountOfRole(roleArn: string): string {
  return roleArn.split(':').slice(0, 5).join(':');
}

function buildIdentity(parsed: ParsedAccount, field: string, env: Environment): IdentityConfig {
  if (parsed.identity.kind !== 'token-file') return parsed.identity;
  const path = parsed.identity.path ?? env['AWS_WEB_IDENTITY_TOKEN_FILE'];
  if (path === undefined || path === '')
    throw configError(`${field}.identity.path`, 'is missing, and AWS_WEB_IDENTITY_TOKEN_FILE is not set');
  return { kind: 'token-file', path };
}

/** Ambient AWS settings are ignored but for the two of a token file (S13). */
function buildExchange(parsed: ParsedAccount, field: string, env: Environment): ExchangeConfig {
  if (parsed.exchange.kind !== 'web-identity') return parsed.exchange;
  const ambient = parsed.identity.kind === 'token-file' ? env['AWS_ROLE_ARN'] : undefined;
  const roleArn = parsed.exchange.roleArn ?? ambient;
  if (roleArn === undefined || roleArn === '') throw configError(`${field}.exchange.roleArn`, 'is missing');
  if (parsed.exchange.stsEndpoint === null && !/^arn:aws[a-z-]*:iam::\d{12}:role\//.test(roleArn)) {
    throw configError(
      `${field}.exchange.roleArn`,
      'is not an AWS role ARN such as "arn:aws:iam::123456789012:role/driftless"',
    );
  }
  return { ...parsed.exchange, roleArn };
}

function buildAccountId(parsed: ParsedAccount, exchange: ExchangeConfig, field: string): string | null {
  const inRole =
    exchange.kind === 'cognito' ? null : (/^arn:[^:]+:iam::(\d{12}):/.exec(exchange.roleArn)?.[1] ?? null);
  if (parsed.accountId === undefined) return isAwsStore(parsed) ? inRole : null;
  if (parsed.accountId !== null && inRole !== null && parsed.accountId !== inRole) {
    throw configError(`${field}.accountId`, `is not the account in roleArn (${inRole})`);
  }
  return parsed.accountId;
}

/** Without the owner of its buckets a name that was given up, and taken by a stranger, would get the files (S2). */
function demandOwner(account: AccountConfig, isWaived: boolean, field: string): void {
  if (account.accountId !== null || isWaived || !isAwsStore(account)) return;
  throw configError(
    `${field}.accountId`,
    'is missing: the 12 digits of the AWS account that owns the bucket, or null to go without that check',
  );
}

function checkEndpoints(account: AccountConfig, field: string): void {
  const endpoints: readonly (readonly [string, string | null])[] = [
    ['issuer', account.issuer],
    ['s3Endpoint', account.s3Endpoint],
    ...exchangeEndpoints(account.exchange),
  ];
  for (const [name, text] of endpoints) {
    if (text === null) continue;
    try {
      const url = checkUrl(text, '', account);
      if (name === 'issuer' && (url.search !== '' || url.hash !== ''))
        throw configError(`${field}.issuer`, 'must not have a query or a fragment');
    } catch (error) {
      if (isSyncError(error) && error.code === 'url-refused')
        throw configError(`${field}.${name}`, error.message.trim());
      throw error;
    }
  }
}

function checkRedirect({ identity, issuer }: AccountConfig, field: string): void {
  if (identity.kind !== 'browser' || identity.redirectUri === undefined) return;
  const problem = redirectProblem(identity.redirectUri, issuer);
  if (problem !== null) throw configError(`${field}.identity.redirectUri`, problem);
}

/** An endpoint written out has the form it is written in; the form that was asked for would be ignored in silence. */
function checkEndpointForm(account: AccountConfig, field: string): void {
  const asked = (['useFips', 'useDualStack'] as const).find((name) => account[name] === true);
  if (asked === undefined) return;
  const services: readonly (readonly [string, string | null])[] = [
    ['s3Endpoint', account.s3Endpoint],
    ...exchangeEndpoints(account.exchange).filter(([name]) => /[eE]ndpoint$/.test(name)),
  ];
  const written = services.find(([, url]) => url !== null);
  if (written !== undefined)
    throw configError(`${field}.${asked}`, `has no effect beside ${written[0]}; leave one of them out`);
  if (account.useFips === true && account.region.startsWith('cn-'))
    throw configError(`${field}.useFips`, 'is not possible in China, where AWS has no FIPS endpoints');
}

function exchangeEndpoints(exchange: ExchangeConfig): readonly (readonly [string, string | null])[] {
  switch (exchange.kind) {
    case 'web-identity':
    case 'aws-profile':
      return [['exchange.stsEndpoint', exchange.stsEndpoint]];
    case 'access-grants':
      return [
        ['exchange.stsEndpoint', exchange.stsEndpoint],
        ['exchange.controlEndpoint', exchange.controlEndpoint],
      ];
    case 'delegation':
      return [
        ['exchange.url', exchange.url],
        ['exchange.stsEndpoint', exchange.stsEndpoint],
      ];
    case 'saml':
      return [
        ['exchange.assertionUrl', exchange.assertionUrl],
        ['exchange.stsEndpoint', exchange.stsEndpoint],
      ];
    case 'cognito':
      return [['exchange.endpoint', exchange.endpoint]];
  }
}

function buildPair(
  parsed: ParsedPair,
  field: string,
  accounts: readonly AccountConfig[],
  shared: PairOptions,
): PairConfig {
  const account = accounts.find(({ id }) => id === parsed.account);
  if (account === undefined)
    throw configError(`${field}.account`, `names no account (${JSON.stringify(parsed.account)})`);
  checkEncryption(parsed, `${field}.`);
  if (account.exchange.kind === 'aws-profile') {
    const problem = profilePrefixProblem(parsed.prefix, account.exchange.roleArn);
    if (problem !== null) throw configError(`${field}.prefix`, problem);
  }
  const writeHeaders = mergeWriteHeaders([parsed, account, shared]);
  return {
    ...parsed,
    id: parsed.id as PairId,
    account: account.id,
    ...mergeOptions(shared, parsed),
    ...writeHeaders,
  };
}

/** A key that is never sent would leave objects under another one, in silence. */
function checkEncryption(headers: WriteHeaders, at: string): void {
  if (headers.sseKmsKeyId === undefined) return;
  if (headers.serverSideEncryption === undefined || headers.serverSideEncryption === 'AES256')
    throw configError(`${at}sseKmsKeyId`, 'needs serverSideEncryption "aws:kms" beside it');
}

/** The first that says something wins; encryption and its key go together. */
function mergeWriteHeaders(levels: readonly WriteHeaders[]): WriteHeaders {
  const encrypted = levels.find((level) => level.serverSideEncryption !== undefined);
  const storageClass = levels.find((level) => level.storageClass !== undefined)?.storageClass;
  const requestPayer = levels.find((level) => level.requestPayer !== undefined)?.requestPayer;
  const key = encrypted?.sseKmsKeyId;
  return {
    ...(encrypted?.serverSideEncryption === undefined
      ? {}
      : { serverSideEncryption: encrypted.serverSideEncryption }),
    ...(key === undefined ? {} : { sseKmsKeyId: key }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(requestPayer === undefined ? {} : { requestPayer }),
  };
}

const mergeable = ['guards', 'trash', 'scan', 'poll', 'limits', 'parts', 'concurrency'] as const;

/** The pair's value wins field by field, so that a pair may change one limit and keep the other. */
function mergeOptions(shared: PairOptions, own: PairOptions): PairOptions {
  const deviceName = own.deviceName ?? shared.deviceName;
  const merged: Record<string, unknown> = deviceName === undefined ? {} : { deviceName };
  for (const name of mergeable) {
    if (shared[name] !== undefined || own[name] !== undefined)
      merged[name] = { ...shared[name], ...own[name] };
  }
  return merged;
}

function refuseDuplicates(ids: readonly string[], field: string): void {
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    if (seen.has(id)) throw configError(`${field}[${String(index)}].id`, `${JSON.stringify(id)} is taken`);
    seen.add(id);
  }
}

/** S1: the receiver of a token for a client id can use it wherever that client id is accepted. */
function refuseSharedClients(accounts: readonly AccountConfig[]): void {
  for (const [index, account] of accounts.entries()) {
    const receiver = receiverOf(account.exchange);
    const other = accounts
      .slice(0, index)
      .find(
        (earlier) =>
          earlier.issuer === account.issuer &&
          earlier.clientId === account.clientId &&
          receiverOf(earlier.exchange) !== receiver,
      );
    if (other !== undefined)
      throw configError(
        `accounts[${String(index)}].clientId`,
        `is that of the account ${JSON.stringify(other.id)}, whose token goes to another server; each needs a client id of its own`,
      );
  }
}

/** Who gets the token: AWS, or the server of this origin. */
function receiverOf(exchange: ExchangeConfig): string {
  const [first] = exchangeEndpoints(exchange);
  const url = first?.[1] ?? null;
  if (url === null) return 'AWS';
  const { origin, hostname } = new URL(url);
  const isAws = isServiceHost('sts', hostname) || isServiceHost('cognito-identity', hostname);
  return isAws ? 'AWS' : origin;
}

/** Two pairs over one part of a bucket would each see the other's files as foreign edits (sync C21). */
function refuseSharedPrefixes(pairs: readonly PairConfig[]): void {
  for (const [index, pair] of pairs.entries()) {
    const other = pairs
      .slice(0, index)
      .find(
        (earlier) =>
          earlier.account === pair.account &&
          earlier.bucket === pair.bucket &&
          nests(earlier.prefix, pair.prefix),
      );
    if (other !== undefined)
      throw configError(
        `pairs[${String(index)}].prefix`,
        `overlaps that of the pair ${JSON.stringify(other.id)}; put the new folder inside ${other.folder}, where it is synced as well, or give each pair a prefix beside the other, such as "users/{sub}/documents/" and "users/{sub}/photos/"`,
        { pairId: other.id, folder: other.folder },
      );
  }
}

export function nests(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}
