// Proof that credentials from an organisation's server are of the role asked for.
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { AccountConfig } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import { stsOf } from './asking.ts';
import { callAws, makeStsClient } from './client.ts';

const service = 'STS';

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
