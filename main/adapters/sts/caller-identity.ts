// Asks STS who the credentials belong to.
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { AccountConfig } from '../../core/config/config.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import { isSyncError } from '../../core/model/errors.ts';
import { systemClock } from '../system/clock.ts';
import { stsOf } from './asking.ts';
import { callAws, makeStsClient } from './client.ts';

export type CallerLook =
  | { readonly kind: 'caller'; readonly arn: string; readonly account: string }
  /** Ceph and others have no such operation. */
  | { readonly kind: 'no-answer'; readonly message: string };

export async function readCallerIdentity(
  account: AccountConfig,
  { credentials, http }: { readonly credentials: AwsCredentials; readonly http: HttpSettings },
  signal: AbortSignal,
): Promise<CallerLook> {
  const { exchange } = account;
  const endpoint = exchange.kind === 'cognito' ? null : exchange.stsEndpoint;
  // A store of its own has no business with AWS's STS: its keys mean nothing there.
  if (endpoint === null && account.s3Endpoint !== null)
    return { kind: 'no-answer', message: 'there is no STS to ask' };
  try {
    const { value } = await callAws(
      (handler) => makeStsClient(stsOf(account, endpoint), credentials, handler),
      (client) => client.send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
      { service: 'STS', clock: systemClock, http },
      signal,
    );
    const { Arn, Account } = value;
    return Arn === undefined
      ? { kind: 'no-answer', message: 'an answer without an ARN' }
      : { kind: 'caller', arn: Arn, account: Account ?? '' };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'no-answer', message: isSyncError(error) ? error.code : 'unknown error' };
  }
}
