// Chooses the way to trade the token that the account's configuration names.
import type { AccountConfig } from '../core/config.ts';
import { assertNever } from '../core/errors.ts';
import type { Clock } from '../ports/clock.port.ts';
import { cognitoExchange } from './cognito-broker.ts';
import type { HttpSettings } from '../core/proxy.ts';
import type { Exchange } from './credential-broker.ts';
import { delegationExchange } from './delegation-broker.ts';
import type { FetchLike } from './oidc-fetch.ts';
import { samlExchange } from './saml-broker.ts';
import { webIdentityExchange } from './sts-broker.ts';

export function createExchange(
  account: AccountConfig,
  deps: {
    readonly clock: Clock;
    readonly fetch: FetchLike;
    readonly http: HttpSettings;
    readonly onSecret?: (value: string) => void;
  },
): Exchange {
  const { exchange } = account;
  switch (exchange.kind) {
    case 'web-identity':
      return webIdentityExchange(account, exchange, deps);
    case 'delegation':
      return delegationExchange(account, exchange, deps);
    case 'saml':
      return samlExchange(account, exchange, deps);
    case 'cognito':
      return cognitoExchange(account, exchange, deps);
    default:
      return assertNever(exchange);
  }
}
