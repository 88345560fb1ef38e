// Exchange of an id_token for a SAML assertion (RFC 8693), then AssumeRoleWithSAML.
import { AssumeRoleWithSAMLCommand } from '@aws-sdk/client-sts';
import { z } from 'zod';
import type { AccountConfig, SamlExchange } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import { checkSubject } from '../../core/access/principal.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { stsOf, toAwsCredentials } from './asking.ts';
import { callAws, makeStsClient } from './client.ts';
import type { Exchange, ExchangeServices } from './credential-cache.ts';
import { invalidAnswer } from './errors.ts';
import { postToken } from './http.ts';
import type { FetchLike } from '../http/bounded-fetch.ts';
import { confirmRole } from './confirm-role.ts';

const service = 'STS';
const assertionService = 'the assertion endpoint';
const samlTokenType = 'urn:ietf:params:oauth:token-type:saml2';

/** RFC 8693 section 2.2.1: the assertion travels as `access_token`, whatever its type. */
const answerSchema = z.object({
  access_token: z.string().min(1).max(100_000),
  issued_token_type: z.string().optional(),
});

export function samlExchange(
  account: AccountConfig,
  exchange: SamlExchange,
  deps: ExchangeServices,
): Exchange {
  const target = stsOf(account, exchange.stsEndpoint);
  return async (token, signal) => {
    const assertion = await fetchAssertion(account, exchange, { ...deps, jwt: token.jwt }, signal);
    // Until it ends it is as good as the credentials.
    deps.onSecret?.(assertion);
    const command = new AssumeRoleWithSAMLCommand({
      RoleArn: exchange.roleArn,
      PrincipalArn: exchange.principalArn,
      SAMLAssertion: assertion,
      DurationSeconds: exchange.durationSeconds,
      ...(exchange.sessionPolicy === undefined ? {} : { Policy: exchange.sessionPolicy }),
    });
    const { value, offsetMs } = await callAws(
      (handler) => makeStsClient(target, null, handler),
      (client) => client.send(command, { abortSignal: signal }),
      { service, clock: deps.clock, http: deps.http },
      signal,
    );
    const credentials = toAwsCredentials(value.Credentials, offsetMs, service);
    if (value.Subject === undefined)
      throw invalidAnswer(service, 'did not say whom the credentials belong to');
    if (!/(?:^|:)persistent$/.test(value.SubjectType ?? '')) {
      throw new SyncError({
        code: 'subject-unsafe',
        retry: 'slow',
        scope: 'account',
        message: 'the SAML NameID is not persistent, so it cannot name a folder',
        fields: { subjectType: value.SubjectType ?? null },
      });
    }
    deps.onSecret?.(credentials.sessionToken);
    const arn = await confirmRole({ credentials, account, exchange }, deps, signal);
    // Session tags of a SAML session come from the assertion, which STS does not echo; so there are none to use in a prefix.
    return {
      credentials,
      principal: {
        sub: checkSubject(value.Subject),
        issuer: value.Issuer ?? token.issuer,
        qualifier: value.NameQualifier ?? null,
        tags: {},
        arn,
      },
    };
  };
}

async function fetchAssertion(
  account: AccountConfig,
  exchange: SamlExchange,
  deps: { readonly clock: Clock; readonly fetch: FetchLike; readonly jwt: string },
  signal: AbortSignal,
): Promise<string> {
  const { value } = await postToken(
    {
      clock: deps.clock,
      fetch: deps.fetch,
      url: exchange.assertionUrl,
      service: assertionService,
      development: account.development,
      answer: answerSchema,
      fields: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: account.clientId,
        subject_token: deps.jwt,
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        requested_token_type: samlTokenType,
        audience: 'urn:amazon:webservices',
        resource: exchange.roleArn,
      },
    },
    signal,
  );
  if (value.issued_token_type !== undefined && value.issued_token_type !== samlTokenType)
    throw invalidAnswer(assertionService, 'returned something other than a SAML assertion');
  return toBase64(value.access_token);
}

/** RFC 8693 says base64url, STS wants base64. */
function toBase64(text: string): string {
  const plain = text.trim();
  const xml = plain.startsWith('<') ? plain : Buffer.from(plain, 'base64').toString('utf8');
  if (!xml.trimStart().startsWith('<'))
    throw invalidAnswer(assertionService, 'returned something other than a SAML assertion');
  return Buffer.from(xml, 'utf8').toString('base64');
}
