// The SDK's clients of STS and Cognito, without settings of the environment.
//
// For all requests but the usual one (`web-identity.ts`).
import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type {
  AssumeRoleWithWebIdentityCommandInput,
  AssumeRoleWithWebIdentityCommandOutput,
  STSClientConfig,
} from '@aws-sdk/client-sts';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import type { WholeHandler } from '../http/whole-handler.ts';
import { endpointUrl, failureOf, ObservingHandler } from './asking.ts';
import type { AskingContext, AwsEndpoint, Timed } from './asking.ts';

/** Everything that the SDK would otherwise look up in the environment or in `~/.aws` is given (S13). One attempt: the broker retries. */
function explicitConfig(
  target: AwsEndpoint,
  requestHandler: WholeHandler,
): Pick<
  STSClientConfig,
  | 'region'
  | 'endpoint'
  | 'maxAttempts'
  | 'retryMode'
  | 'useFipsEndpoint'
  | 'useDualstackEndpoint'
  | 'defaultsMode'
  | 'userAgentAppId'
  | 'requestHandler'
> {
  return {
    region: target.region,
    endpoint: endpointUrl(target),
    maxAttempts: 1,
    retryMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    defaultsMode: 'standard',
    userAgentAppId: 'driftless',
    requestHandler,
  };
}

const noCredentials = { accessKeyId: 'none', secretAccessKey: 'none' };

export function makeStsClient(
  target: AwsEndpoint,
  signer: AwsCredentials | null,
  handler: WholeHandler,
): STSClient {
  return new STSClient({
    ...explicitConfig(target, handler),
    credentials:
      signer === null
        ? noCredentials
        : {
            accessKeyId: signer.accessKeyId,
            secretAccessKey: signer.secretAccessKey,
            sessionToken: signer.sessionToken,
          },
    systemClockOffset: signer?.clockOffsetMs ?? 0,
  });
}

export function makeCognitoClient(target: AwsEndpoint, handler: WholeHandler): CognitoIdentityClient {
  return new CognitoIdentityClient({ ...explicitConfig(target, handler), credentials: noCredentials });
}

/** Runs one call on a client of its own, reads the service's clock and status from the answer, and maps errors. */
export async function callAws<Client extends { destroy(): void }, T>(
  makeClient: (handler: WholeHandler) => Client,
  call: (client: Client) => Promise<T>,
  context: AskingContext,
  signal: AbortSignal,
): Promise<Timed<T>> {
  const handler = new ObservingHandler(context);
  const client = makeClient(handler);
  try {
    return { value: await call(client), offsetMs: handler.offsetMs };
  } catch (error) {
    throw failureOf(error, handler, context, signal);
  } finally {
    client.destroy();
  }
}

/** What the SDK makes of an answer to this request that has come already: nothing is sent. */
export async function readBySdk(
  target: AwsEndpoint,
  input: AssumeRoleWithWebIdentityCommandInput,
  handler: WholeHandler,
): Promise<AssumeRoleWithWebIdentityCommandOutput> {
  return await makeStsClient(target, null, handler).send(new AssumeRoleWithWebIdentityCommand(input));
}
