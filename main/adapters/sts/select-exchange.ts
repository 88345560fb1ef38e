// Chooses the way to trade the token that the account's configuration names.
import type { AccountConfig } from '../../core/config/config.ts';
import { assertNever } from '../../core/model/errors.ts';
import { cognitoExchange } from './cognito-exchange.ts';
import type { Exchange, ExchangeServices } from './credential-cache.ts';
import { delegationExchange } from './delegation-exchange.ts';
import { samlExchange } from './saml-exchange.ts';
import { webIdentityExchange } from './sts-exchange.ts';

export function createExchange(account: AccountConfig, deps: ExchangeServices): Exchange {
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
