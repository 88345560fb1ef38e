// Chooses the way to trade the token that the account's configuration names.
import type { AccountConfig } from '../../core/config/config.ts';
import { assertNever } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { cognitoExchange } from './cognito-exchange.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { Exchange } from './credential-cache.ts';
import { delegationExchange } from './delegation-exchange.ts';
import type { FetchLike } from '../http/bounded-fetch.ts';
import { samlExchange } from './saml-exchange.ts';
import { webIdentityExchange } from './sts-exchange.ts';

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
