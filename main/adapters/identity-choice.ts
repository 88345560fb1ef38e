// Chooses how an account signs in.
import type { AccountConfig } from '../core/config.ts';
import type { Identity } from '../ports/identity.port.ts';
import { type OidcDependencies, OidcIdentity } from './oidc-login.ts';
import { FileIdentity } from './token-file.ts';

export function createIdentity(account: AccountConfig, deps: OidcDependencies): Identity {
  return account.identity.kind === 'token-file'
    ? new FileIdentity(account, account.identity, deps.clock)
    : new OidcIdentity(account, deps);
}
