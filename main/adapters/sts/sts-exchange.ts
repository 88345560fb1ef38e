// Exchange of an id_token at STS: AssumeRoleWithWebIdentity, at AWS or a compatible endpoint.
import { createHash } from 'node:crypto';
import type { AccountConfig, WebIdentityExchange } from '../../core/config/config.ts';
import { checkSubject, roleSessionName } from '../../core/access/principal.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { stsOf, toAwsCredentials } from './asking.ts';
import type { Exchange } from './credential-cache.ts';
import { invalidAnswer } from './errors.ts';
import { askForSession } from './web-identity.ts';

const service = 'STS';

export function webIdentityExchange(
  account: AccountConfig,
  exchange: WebIdentityExchange,
  deps: { readonly clock: Clock; readonly http: HttpSettings },
): Exchange {
  const target = stsOf(account, exchange.stsEndpoint);
  return async (token, signal) => {
    const asked = {
      RoleArn: exchange.roleArn,
      RoleSessionName: sessionNameFor(token.subject),
      WebIdentityToken: token.jwt,
      DurationSeconds: exchange.durationSeconds,
      ...(exchange.sessionPolicy === undefined ? {} : { Policy: exchange.sessionPolicy }),
    };
    const { value, offsetMs } = await askForSession(target, asked, { service, ...deps }, signal);
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
