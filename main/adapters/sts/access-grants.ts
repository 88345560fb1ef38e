// Session of one folder from S3 Access Grants: GetDataAccess, asked with the role's own session.
//
// Source: "GetDataAccess" (docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetDataAccess.html).
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { grantProblem, grantTarget, readGrantAnswer, readGrantError } from '../../core/access/grants.ts';
import type { FolderPlace } from '../../core/access/grants.ts';
import type { AccessGrantsExchange, AccountConfig } from '../../core/config/config.ts';
import { isSyncError, SyncError } from '../../core/model/errors.ts';
import { s3ControlUrl } from '../../core/net/aws-endpoint.ts';
import { percentEncoded } from '../../core/net/percent-encoded.ts';
import { checkUrl } from '../../core/net/url.ts';
import type { AwsCredentials, Credentials } from '../../ports/credentials.port.ts';
import { clockOffsetFromDate, readCapped } from '../http/bounded-fetch.ts';
import { networkError } from '../http/network-errors.ts';
import { emptySha256, Signer } from '../http/sigv4.ts';
import { stsOf, toAwsCredentials } from './asking.ts';
import { callAws, makeStsClient } from './client.ts';
import type { ExchangeResult, ExchangeServices } from './credential-cache.ts';
import { invalidAnswer, mapServiceError } from './errors.ts';

const service = 'S3 Access Grants';
const path = '/v20180820/accessgrantsinstance/dataaccess';
const timeoutMs = 20_000;
const longestAnswerBytes = 64 * 1024;
/** Of an empty body; S3 Control wants a checksum of every request. */
const emptyMd5 = '1B2M2Y8AsgTpgAmY7PhCfg==';

type GrantsAccount = AccountConfig & { readonly exchange: AccessGrantsExchange };

type Answer = { readonly status: number; readonly text: string; readonly offsetMs: number | null };

/**
 * Asks for exactly the folder with `privilege=Minimal`: without it a wider grant of the same role answers with wider
 * credentials. @param base the role's session, which pays for the question and says who the user is
 */
export function grantSession(
  account: GrantsAccount,
  place: FolderPlace,
  base: Credentials,
  services: ExchangeServices,
): (signal: AbortSignal) => Promise<ExchangeResult> {
  const { exchange } = account;
  const accountId = exchange.roleArn.split(':')[4] ?? '';
  const signer = new Signer(account.region);
  return async (signal) => {
    let keys = await base.get(signal);
    const principal = await base.principal(signal);
    const asking = { account, accountId, place, signer, services };
    try {
      let answer = await ask({ ...asking, keys }, signal);
      // The role's session may end before its time; a new one says whether the folder is still open.
      if (isEnded(answer)) {
        keys = await base.renew(keys.accessKeyId, signal);
        answer = await ask({ ...asking, keys }, signal);
      }
      if (answer.status !== 200) throw refusalOf(answer, place);
      const read = readGrantAnswer(answer.text);
      if (read === null) throw invalidAnswer(service, 'returned an answer without what was asked for');
      const offsetMs = answer.offsetMs ?? keys.clockOffsetMs;
      const problem = grantProblem(read, {
        ...{ ...place, accountId, durationSeconds: exchange.durationSeconds },
        nowMs: services.clock.nowMs() + offsetMs,
      });
      if (problem !== null) throw invalidAnswer(service, problem);
      const credentials = toAwsCredentials(
        {
          AccessKeyId: read.accessKeyId,
          SecretAccessKey: read.secretAccessKey,
          SessionToken: read.sessionToken,
          Expiration: new Date(read.expiration),
        },
        offsetMs,
        service,
      );
      // Known before they are shown to STS, which may answer with them.
      services.onSecret?.(credentials.sessionToken);
      await confirmAccount(account, { accountId, credentials, services }, signal);
      return { credentials, principal };
    } catch (error) {
      signal.throwIfAborted();
      throw ofPair(error);
    }
  };
}

type Asking = {
  readonly account: GrantsAccount;
  readonly accountId: string;
  readonly place: FolderPlace;
  readonly keys: AwsCredentials;
  readonly signer: Signer;
  readonly services: ExchangeServices;
};

async function ask(
  { account, accountId, place, keys, signer, services }: Asking,
  signal: AbortSignal,
): Promise<Answer> {
  const { exchange, development, region } = account;
  const { clock, fetch } = services;
  const base = checkUrl(exchange.controlEndpoint ?? s3ControlUrl(accountId, region, account), service, {
    development,
  });
  const query = {
    durationSeconds: String(exchange.durationSeconds),
    permission: 'READWRITE',
    privilege: 'Minimal',
    target: grantTarget(place),
  };
  const sentMs = clock.nowMs();
  const { host: _host, ...headers } = signer.sign(
    {
      method: 'GET',
      path,
      query,
      headers: { host: base.host, 'x-amz-account-id': accountId, 'content-md5': emptyMd5 },
      bodySha256: emptySha256,
    },
    keys,
    new Date(sentMs + keys.clockOffsetMs),
  );
  const search = Object.entries(query)
    .map(([name, value]) => `${name}=${percentEncoded(value)}`)
    .join('&');
  try {
    const response = await fetch(`${base.origin}${path}?${search}`, {
      ...{ method: 'GET', headers, redirect: 'manual' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const body = await readCapped(response, longestAnswerBytes, () =>
      invalidAnswer(service, `sends an answer larger than ${String(longestAnswerBytes)} bytes`),
    );
    return {
      status: response.status,
      text: new TextDecoder().decode(body),
      offsetMs: clockOffsetFromDate(response.headers.get('date'), sentMs, clock.nowMs()),
    };
  } catch (cause) {
    signal.throwIfAborted();
    if (isSyncError(cause)) throw cause;
    throw (
      networkError(cause) ??
      mapServiceError({ name: 'Unreachable', message: '', status: null }, { service, offsetMs: null, cause })
    );
  }
}

function isEnded({ status, text }: Answer): boolean {
  return status !== 200 && ['ExpiredToken', 'InvalidToken'].includes(readGrantError(text).name);
}

/** What AWS documents as refusals of GetDataAccess, told apart by what cures them. */
function refusalOf(answer: Answer, place: FolderPlace): SyncError {
  const { status, offsetMs } = answer;
  const { name, message } = readGrantError(answer.text);
  const mapped = mapServiceError({ name, message, status }, { service, offsetMs });
  const target = grantTarget(place);
  const words = refusalWords(name, target);
  return words === null
    ? mapped
    : new SyncError({
        ...words,
        retry: 'slow',
        scope: 'pair',
        fields: { ...mapped.fields, target },
      });
}

function refusalWords(
  name: string,
  target: string,
): { readonly code: string; readonly message: string } | null {
  switch (name) {
    case 'AccessDenied':
      return { code: 'grant-missing', message: `there is no grant to ${target} for this role` };
    case 'AccessGrantsInstanceNotExistsError':
      return {
        code: 'grant-unavailable',
        message: 'the AWS account has no S3 Access Grants instance in this region',
      };
    case 'StsNotAuthorizedError':
      return {
        code: 'grant-unavailable',
        message: `S3 Access Grants may not take the role of the location that holds ${target}`,
      };
    case 'StsValidationError':
    case 'StsPackedPolicyTooLargeError':
      return {
        code: 'grant-unavailable',
        message: `the role of the location that holds ${target} does not allow such a session; see durationSeconds`,
      };
    default:
      return null;
  }
}

/** Credentials of a stranger's account would put the files into a bucket of the stranger's. */
async function confirmAccount(
  account: GrantsAccount,
  given: {
    readonly accountId: string;
    readonly credentials: AwsCredentials;
    readonly services: ExchangeServices;
  },
  signal: AbortSignal,
): Promise<void> {
  const { accountId, credentials, services } = given;
  const { value } = await callAws(
    (handler) => makeStsClient(stsOf(account, account.exchange.stsEndpoint), credentials, handler),
    (client) => client.send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
    { service: 'STS', clock: services.clock, http: services.http },
    signal,
  );
  if (value.Account !== accountId)
    throw invalidAnswer(service, 'returned credentials of another AWS account');
}

/** A folder that cannot be opened stops neither the account nor its other folders. */
function ofPair(error: unknown): unknown {
  if (!isSyncError(error) || error.scope === 'pair') return error;
  const { code, retry, message, fields, cause } = error;
  return new SyncError({ code, retry, scope: 'pair', message, fields, cause });
}
