// Trades an id_token at a Cognito identity pool: GetId and GetCredentialsForIdentity, the enhanced flow, never as a guest.
import { GetCredentialsForIdentityCommand, GetIdCommand } from '@aws-sdk/client-cognito-identity';
import type { AccountConfig, CognitoExchange } from '../../core/config/config.ts';
import { checkSubject } from '../../core/access/principal.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { toAwsCredentials } from './asking.ts';
import { callAws, makeCognitoClient } from './client.ts';
import type { Exchange } from './credential-cache.ts';
import { invalidAnswer } from './errors.ts';

const service = 'Cognito';

export function cognitoExchange(
  account: AccountConfig,
  exchange: CognitoExchange,
  deps: { readonly clock: Clock; readonly http: HttpSettings },
): Exchange {
  const region = exchange.identityPoolId.split(':', 1)[0] ?? account.region;
  const target = {
    service: 'cognito-identity',
    region,
    endpoint: exchange.endpoint,
    development: account.development,
    form: account,
  } as const;
  return async (token, signal) => {
    // Always with a login: without one Cognito would hand out a guest.
    const logins = { [exchange.loginKey]: token.jwt };
    const getId = new GetIdCommand({ IdentityPoolId: exchange.identityPoolId, Logins: logins });
    const { value: found } = await callAws(
      (handler) => makeCognitoClient(target, handler),
      (client) => client.send(getId, { abortSignal: signal }),
      { service, ...deps },
      signal,
    );
    if (found.IdentityId === undefined) throw invalidAnswer(service, 'returned no identity');
    const getCredentials = new GetCredentialsForIdentityCommand({
      IdentityId: found.IdentityId,
      Logins: logins,
    });
    const { value, offsetMs } = await callAws(
      (handler) => makeCognitoClient(target, handler),
      (client) => client.send(getCredentials, { abortSignal: signal }),
      { service, ...deps },
      signal,
    );
    const identityId = value.IdentityId ?? found.IdentityId;
    return {
      credentials: toAwsCredentials(value.Credentials, offsetMs, service),
      principal: {
        sub: checkSubject(identityId),
        issuer: token.issuer,
        qualifier: null,
        tags: {},
        arn: null,
      },
    };
  };
}
