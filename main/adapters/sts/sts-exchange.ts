// Exchange of an id_token at STS: AssumeRoleWithWebIdentity, at AWS or a compatible endpoint.
import { createHash } from 'node:crypto';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { AccountConfig, WebIdentityExchange } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import { checkSubject, roleSessionName } from '../../core/access/principal.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import { callAws, makeStsClient, stsOf, toAwsCredentials } from './client.ts';
import type { Exchange } from './credential-cache.ts';
import { invalidAnswer } from './errors.ts';

const service = 'STS';

export function webIdentityExchange(
  account: AccountConfig,
  exchange: WebIdentityExchange,
  deps: { readonly clock: Clock; readonly http: HttpSettings },
): Exchange {
  const target = stsOf(account, exchange.stsEndpoint);
  return async (token, signal) => {
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: exchange.roleArn,
      RoleSessionName: sessionNameFor(token.subject),
      WebIdentityToken: token.jwt,
      DurationSeconds: exchange.durationSeconds,
      ...(exchange.sessionPolicy === undefined ? {} : { Policy: exchange.sessionPolicy }),
    });
    const { value, offsetMs } = await callAws(
      (handler) => makeStsClient(target, null, handler),
      (client) => client.send(command, { abortSignal: signal }),
      { service, ...deps },
      signal,
    );
    const subject = value.SubjectFromWebIdentityToken;
    if (subject === undefined) throw invalidAnswer(service, 'did not say whom the credentials belong to');
    return {
      credentials: toAwsCredentials(value.Credentials, offsetMs, service),
      principal: {
        sub: checkSubject(subject),
        issuer: token.issuer,
        qualifier: null,
        tags: token.tags,
        arn: value.AssumedRoleUser?.Arn ?? null,
      },
    };
  };
}

export function sessionNameFor(subject: string): string {
  return roleSessionName(subject, createHash('sha256').update(subject).digest('hex'));
}

/**
 * Credentials from a third-party server must belong to the requested account and role (S21): otherwise that
 * server could make this machine upload to a bucket of its choice.
 */
export async function confirmRole(
  given: {
    readonly credentials: AwsCredentials;
    readonly account: AccountConfig;
    readonly exchange: { readonly roleArn: string; readonly stsEndpoint: string | null };
  },
  { clock, http }: { readonly clock: Clock; readonly http: HttpSettings },
  signal: AbortSignal,
): Promise<string> {
  const { credentials, account, exchange } = given;
  const { value } = await callAws(
    (handler) => makeStsClient(stsOf(account, exchange.stsEndpoint), credentials, handler),
    (client) => client.send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
    { service, clock, http },
    signal,
  );
  if (value.Arn === undefined || !isSessionOfRole(value.Arn, exchange.roleArn)) {
    throw new SyncError({
      code: 'exchange-denied',
      retry: 'slow',
      scope: 'account',
      message: 'the exchange endpoint returned credentials for another account or role',
      fields: { arn: value.Arn ?? null },
    });
  }
  return value.Arn;
}

/** `arn:aws:sts::123456789012:assumed-role/NAME/SESSION` against `arn:aws:iam::123456789012:role/path/NAME`; the path is not in the former. */
export function isSessionOfRole(sessionArn: string, roleArn: string): boolean {
  const session = /^arn:([\w-]+):sts::([^:]*):assumed-role\/([^/]+)\/[^/]+$/.exec(sessionArn);
  const role = /^arn:([\w-]+):iam::([^:]*):role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  return (
    session !== null &&
    role !== null &&
    session[1] === role[1] &&
    session[2] === role[2] &&
    session[3] === role[3]
  );
}
