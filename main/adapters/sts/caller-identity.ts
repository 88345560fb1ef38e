// Asks STS who the credentials belong to.
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { AccountConfig } from '../../core/config/config.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import { makeStsClient, stsOf } from './client.ts';
import { awsHttpHandlerOptions, defaultAwsHttp } from '../http/aws-handler.ts';
import { WholeHandler } from '../http/whole-handler.ts';

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
  const handler = new WholeHandler(awsHttpHandlerOptions({ ...defaultAwsHttp, ...http }));
  const client = makeStsClient(stsOf(account, endpoint), credentials, handler);
  try {
    const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    return Arn === undefined
      ? { kind: 'no-answer', message: 'an answer without an ARN' }
      : { kind: 'caller', arn: Arn, account: Account ?? '' };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'no-answer', message: error instanceof Error ? error.name : 'unknown error' };
  } finally {
    client.destroy();
    handler.destroy();
  }
}
