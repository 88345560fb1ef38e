// Exchange at a delegation endpoint (Auth0 style) run by the organisation.
import { z } from 'zod';
import type { AccountConfig, DelegationExchange } from '../../core/config/config.ts';
import { checkSubject } from '../../core/access/principal.ts';
import { toAwsCredentials } from './asking.ts';
import type { Exchange, ExchangeServices } from './credential-cache.ts';
import { postToken } from './http.ts';
import { confirmRole } from './confirm-role.ts';

const service = 'the delegation endpoint';

const answerSchema = z.object({
  Credentials: z.object({
    AccessKeyId: z.string().min(1),
    SecretAccessKey: z.string().min(1),
    SessionToken: z.string().min(1),
    Expiration: z.coerce.date(),
  }),
  Subject: z.string().optional(),
});

export function delegationExchange(
  account: AccountConfig,
  exchange: DelegationExchange,
  deps: ExchangeServices,
): Exchange {
  return async (token, signal) => {
    const { value, offsetMs } = await postToken(
      {
        clock: deps.clock,
        fetch: deps.fetch,
        url: exchange.url,
        service,
        development: account.development,
        answer: answerSchema,
        fields: {
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          client_id: exchange.clientId ?? account.clientId,
          id_token: token.jwt,
          api_type: 'aws',
          scope: 'openid',
          role: exchange.roleArn,
          principal: exchange.principalArn,
          ...(exchange.target === undefined ? {} : { target: exchange.target }),
        },
      },
      signal,
    );
    const credentials = toAwsCredentials(value.Credentials, offsetMs, service);
    // Known before it is shown to STS, which may answer with it.
    deps.onSecret?.(credentials.sessionToken);
    const arn = await confirmRole({ credentials, account, exchange }, deps, signal);
    // Auth0's own answer holds no subject: it was the `sub` of the very token that was handed over, which policies see as `${saml:sub}`.
    return {
      credentials,
      principal: {
        sub: checkSubject(value.Subject ?? token.subject),
        issuer: token.issuer,
        qualifier: null,
        tags: token.tags,
        arn,
      },
    };
  };
}
