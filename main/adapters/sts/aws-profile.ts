// Session of a named AWS profile, held against the role that the configuration names.
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import type { AssumeRoleCommandInput, AssumeRoleWithWebIdentityCommandInput } from '@aws-sdk/client-sts';
import { skewWorthTellingMs } from '../../core/access/credential-clock.ts';
import { isAwsSignInHost } from '../../core/net/aws-endpoint.ts';
import { checkSubject, isIdentityCenterRole } from '../../core/access/principal.ts';
import type { AccountConfig, AwsProfileSession } from '../../core/config/config.ts';
import { SyncError, isSyncError } from '../../core/model/errors.ts';
import type { RetryClass } from '../../core/model/errors.ts';
import { redactText } from '../../core/redact.ts';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import { awsHttpHandlerOptions, defaultAwsHttp } from '../http/aws-handler.ts';
import { WholeHandler } from '../http/whole-handler.ts';
import { abortable } from '../system/single-flight.ts';
import { stsOf, toAwsCredentials } from './asking.ts';
import { callAws, makeStsClient } from './client.ts';
import type { ExchangeResult, ExchangeServices } from './credential-cache.ts';
import { isSessionOfRole } from './confirm-role.ts';

const service = 'STS';
const longestWaitMs = 60_000;
const shortestLifeMs = 60_000;

type ProfileAccount = AccountConfig & { readonly exchange: AwsProfileSession };
type Services = Pick<ExchangeServices, 'clock' | 'http' | 'onSecret'>;
/** What the SDK's profile reader hands over and takes. */
type GivenKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
};

/**
 * Reads the profile with the AWS SDK (Identity Center, `aws login`, credential_process, role chains), then asks STS
 * whose session it is. Only that profile is read: no AWS_PROFILE, no keys of the environment, no instance role
 * that the profile does not name. Where the files are is AWS_CONFIG_FILE, as for every AWS tool.
 */
export function awsProfileSession(
  account: ProfileAccount,
  services: Services,
): (signal: AbortSignal) => Promise<ExchangeResult> {
  const { exchange, identity } = account;
  const profile = identity.kind === 'aws-profile' ? identity.profile : '';
  let running: Promise<GivenKeys> | null = null;
  const read = (): Promise<GivenKeys> => {
    // A credential_process that hangs is waited for again, not started beside itself.
    running ??= readProfile(profile, account, services).finally(() => {
      running = null;
    });
    return running;
  };
  return async (signal) => {
    const given = await waitFor(read(), profile, signal);
    for (const secret of [given.secretAccessKey, given.sessionToken ?? '']) services.onSecret?.(secret);
    const credentials = temporary(given, profile, services.clock.nowMs());
    const caller = await callerOf(account, credentials, { services, signal });
    const [, sessionName = ''] = /\/([^/]+)$/.exec(caller.arn) ?? [];
    return {
      credentials: caller.credentials,
      principal: {
        // The id of the role, which stays when the session's name changes, where nothing may hang on that name.
        sub: checkSubject(isIdentityCenterRole(exchange.roleArn) ? sessionName : caller.roleId),
        issuer: account.issuer,
        qualifier: null,
        tags: {},
        arn: caller.arn,
      },
    };
  };
}

async function readProfile(profile: string, account: ProfileAccount, services: Services): Promise<GivenKeys> {
  // Loaded for these accounts only: it brings the clients of Identity Center and of the sign-in service.
  const { fromIni } = await import('@aws-sdk/credential-provider-ini');
  const assumers = roleAssumers(account, services);
  const handler = new AwsOnlyHandler(awsHttpHandlerOptions({ ...defaultAwsHttp, ...services.http }));
  try {
    return await fromIni({
      profile,
      ignoreCache: true,
      ...assumers,
      clientConfig: { maxAttempts: 1, userAgentAppId: 'driftless', requestHandler: handler },
    })();
  } catch (error) {
    throw isSyncError(error) ? error : profileError(error, profile);
  } finally {
    handler.destroy();
  }
}

/** Sends what belongs to the profile's sign-in to AWS only: AWS_ENDPOINT_URL of the environment would move it. */
class AwsOnlyHandler extends WholeHandler {
  override async handle(...args: Parameters<WholeHandler['handle']>): ReturnType<WholeHandler['handle']> {
    const [{ hostname, protocol }] = args;
    if (protocol !== 'https:' || !isAwsSignInHost(hostname))
      throw new Error(`${hostname} is not AWS's sign-in; unset AWS_ENDPOINT_URL and endpoint_url`);
    return await super.handle(...args);
  }
}

/** Roles of a profile are assumed at the account's own STS endpoint, by our client, in place of the SDK's. */
function roleAssumers(account: ProfileAccount, { clock, http, onSecret }: Services) {
  const target = stsOf(account, account.exchange.stsEndpoint);
  const issue = async (
    signer: AwsCredentials | null,
    command: AssumeRoleCommand | AssumeRoleWithWebIdentityCommand,
  ): Promise<GivenKeys> => {
    // Known before they are shown to STS, which may answer with them.
    const shown =
      command instanceof AssumeRoleCommand ? signer?.sessionToken : command.input.WebIdentityToken;
    onSecret?.(shown ?? '');
    const { value } = await callAws(
      (handler) => makeStsClient(target, signer, handler),
      (client) => (command instanceof AssumeRoleCommand ? client.send(command) : client.send(command)),
      { service, clock, http },
      AbortSignal.timeout(longestWaitMs),
    );
    const {
      expiresAtMs,
      clockOffsetMs: _offset,
      ...keys
    } = toAwsCredentials(value.Credentials, null, service);
    return { ...keys, expiration: new Date(expiresAtMs) };
  };
  return {
    roleAssumer: (source: GivenKeys, params: AssumeRoleCommandInput) =>
      issue(
        { ...source, sessionToken: source.sessionToken ?? '', expiresAtMs: 0, clockOffsetMs: 0 },
        new AssumeRoleCommand(params),
      ),
    roleAssumerWithWebIdentity: (params: AssumeRoleWithWebIdentityCommandInput) =>
      issue(null, new AssumeRoleWithWebIdentityCommand(params)),
  };
}

/** Long-lived keys never enter: a session ends by itself. */
function temporary(given: GivenKeys, profile: string, nowMs: number): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = given;
  if (sessionToken === undefined || sessionToken === '' || expiration === undefined)
    throw unusable(
      `the AWS profile ${profile} gives keys without an end; only temporary credentials are used`,
    );
  const expiresAtMs = expiration.getTime();
  if (expiresAtMs - nowMs < shortestLifeMs) throw expired(profile);
  return { accessKeyId, secretAccessKey, sessionToken, expiresAtMs, clockOffsetMs: 0 };
}

type Caller = { readonly arn: string; readonly roleId: string; readonly credentials: AwsCredentials };

/** A profile that was pointed at another role would sync with that role's reach. */
async function callerOf(
  account: ProfileAccount,
  credentials: AwsCredentials,
  { services, signal }: { readonly services: Services; readonly signal: AbortSignal },
): Promise<Caller> {
  const { exchange } = account;
  const { clock, http } = services;
  const ask = (signer: AwsCredentials) =>
    callAws(
      (handler) => makeStsClient(stsOf(account, exchange.stsEndpoint), signer, handler),
      (client) => client.send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
      { service, clock, http },
      signal,
    );
  let offsetMs = 0;
  const { value } = await ask(credentials).catch((error: unknown) => {
    const seen = isSyncError(error) ? error.fields['offsetMs'] : null;
    if (typeof seen !== 'number' || Math.abs(seen) <= skewWorthTellingMs) throw error;
    offsetMs = seen;
    return ask({ ...credentials, clockOffsetMs: seen });
  });
  if (value.Arn === undefined || !isSessionOfRole(value.Arn, exchange.roleArn))
    throw unusable(
      `the AWS profile gives ${value.Arn ?? 'an unknown caller'}, which is no session of ${exchange.roleArn}`,
    );
  const expiresAtMs = credentials.expiresAtMs - offsetMs;
  return {
    arn: value.Arn,
    roleId: value.UserId?.split(':', 1)[0] ?? '',
    credentials: { ...credentials, expiresAtMs, clockOffsetMs: offsetMs },
  };
}

/** The SDK cannot be interrupted, so a caller stops waiting instead. */
async function waitFor<T>(work: Promise<T>, profile: string, signal: AbortSignal): Promise<T> {
  const deadline = AbortSignal.timeout(longestWaitMs);
  try {
    return await abortable(work, AbortSignal.any([signal, deadline]));
  } catch (error) {
    if (error !== deadline.reason || !deadline.aborted) throw error;
    throw unusable(`the AWS profile ${profile} gave no credentials within a minute`, 'backoff');
  }
}

const longestDetailChars = 300;
/** Of what a credential_process says, which may be a megabyte: the patterns take the square of it. */
const longestReadChars = 4000;

/** The SDK has no codes for this: its texts name the command that signs in again. */
function profileError(error: unknown, profile: string): SyncError {
  const text = (error instanceof Error ? error.message : String(error)).slice(0, longestReadChars);
  if (/aws (?:sso )?login|session .*(?:expired|invalid)|token (?:is|has) expired|reauthenticate/i.test(text))
    return expired(profile);
  const detail = redactText(text, []).replaceAll(/\s+/g, ' ').slice(0, longestDetailChars);
  return unusable(`the AWS profile ${profile} gives no credentials: ${detail}`, 'backoff');
}

function expired(profile: string): SyncError {
  return new SyncError({
    code: 'needs-sign-in',
    // The keeper of the profile signs in again without telling us.
    retry: 'backoff',
    scope: 'account',
    message: `the session of the AWS profile ${profile} has ended`,
    fields: { reason: 'aws-profile-expired' },
  });
}

function unusable(message: string, retry: RetryClass = 'slow'): SyncError {
  return new SyncError({ code: 'aws-profile-unusable', retry, scope: 'account', message });
}
