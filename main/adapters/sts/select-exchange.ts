// Chooses the way to trade the token that the account's configuration names.
import type { AccountConfig } from '../../core/config/config.ts';
import { SyncError, assertNever } from '../../core/model/errors.ts';
import type { Exchange, ExchangeServices } from './credential-cache.ts';
import { webIdentityExchange } from './sts-exchange.ts';

/** Throws `config-invalid` for an AWS profile, whose session is not traded: see `awsProfileSession`. */
export function createExchange(account: AccountConfig, deps: ExchangeServices): Exchange {
  const { exchange } = account;
  switch (exchange.kind) {
    case 'web-identity':
      return webIdentityExchange(account, exchange, deps);
    // The role's session; its folders have theirs from `grantSession`.
    case 'access-grants':
      return webIdentityExchange(account, { ...exchange, kind: 'web-identity' }, deps);
    case 'delegation':
      return loadedLate(async () => {
        const { delegationExchange } = await import('./delegation-exchange.ts');
        return delegationExchange(account, exchange, deps);
      });
    case 'saml':
      return loadedLate(async () => {
        const { samlExchange } = await import('./saml-exchange.ts');
        return samlExchange(account, exchange, deps);
      });
    case 'cognito':
      return loadedLate(async () => {
        const { cognitoExchange } = await import('./cognito-exchange.ts');
        return cognitoExchange(account, exchange, deps);
      });
    case 'aws-profile':
      throw new SyncError({
        code: 'config-invalid',
        retry: 'slow',
        scope: 'account',
        message: 'an AWS profile has no token to exchange',
      });
    default:
      return assertNever(exchange);
  }
}

/** With the SDK's clients, which most accounts need nothing of. */
function loadedLate(load: () => Promise<Exchange>): Exchange {
  return async (token, signal) => {
    const exchange = await load();
    signal.throwIfAborted();
    return exchange(token, signal);
  };
}
