// View of one account: its state, the error that concerns it, and what the page shows.
import type { AccountConfig } from '../../core/config/config.ts';
import type { SyncError } from '../../core/model/errors.ts';
import { hostOf } from '../../core/net/url.ts';
import { isUnsigned } from '../../core/status.ts';
import type { DeviceCode, Identity } from '../../ports/identity.port.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { AccountView, IsolationView } from '../../../preload/contract.ts';

/** What a pair tells of itself that bears on its account. */
export type AccountUser = {
  /** The failure that stops the pair, if it concerns the whole account. */
  readonly accountError: () => SyncError | null;
  /** Whether the pair was ever synced by this account's user, also in an earlier run. */
  readonly wasUsed: () => boolean;
  /** Called when `accountError` may have changed. Returns the unsubscriber. */
  readonly onChange: (listener: () => void) => () => void;
};

/** What the view is made of. */
export type AccountFacts = {
  readonly parts: {
    readonly identity: Pick<Identity, 'state'>;
    readonly authorities: () => readonly string[];
    readonly isForbiddenToPrograms: boolean;
  };
  readonly config: AccountConfig;
  readonly signingIn: AbortController | null;
  readonly deviceCode: DeviceCode | null;
  /** Checked address of the sign-in under way, where the page is to show it. */
  readonly signInUrl: string | null;
  readonly users: ReadonlySet<AccountUser>;
  /** Outcome of the last sign-in, sign-out or reading of the stored sign-in. */
  readonly error: SyncError | null;
  /** A user has signed in since the start. */
  readonly hasSignedIn: boolean;
  readonly accessUntilMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly isolation: IsolationView;
};

export function viewOf(facts: AccountFacts): AccountView {
  const { identity } = facts.parts;
  const { config } = facts;
  const state = identity.state();
  const { deviceCode } = facts;
  const accountState = stateOf(facts);
  const error = shownError(facts, accountState);
  return {
    id: config.id,
    label: state.kind === 'signed-in' && state.displayName !== null ? state.displayName : config.id,
    issuerHost: hostOf(config.issuer),
    state: accountState,
    personName: state.kind === 'signed-in' ? state.displayName : null,
    accessUntilMs: facts.accessUntilMs,
    error: error === null ? null : { code: error.code, fields: error.fields },
    deviceCode:
      deviceCode === null
        ? null
        : {
            userCode: deviceCode.userCode,
            verificationUriHost: URL.parse(deviceCode.verificationUri)?.host ?? '',
          },
    ...(facts.signInUrl === null ? {} : { signInUrl: facts.signInUrl }),
    development: config.development,
    clockOffsetMs: facts.clockOffsetMs,
    isolation: facts.isolation,
    authorities: facts.parts.authorities().slice(0, LIMITS.authorities),
    programs: programsOf(facts),
  };
}

function programsOf({ parts, config }: AccountFacts): AccountView['programs'] {
  // Other programs read the AWS profile themselves.
  if (config.identity.kind === 'aws-profile') return 'not-needed';
  if (parts.isForbiddenToPrograms) return 'forbidden';
  return config.credentialsEnabled ? 'on' : 'off';
}

export function stateOf(facts: AccountFacts): AccountView['state'] {
  if (facts.signingIn !== null) return 'signing-in';
  const state = facts.parts.identity.state();
  const failure = accountErrorOf(facts);
  if (state.kind === 'signed-in') {
    if (failure?.code === 'needs-sign-in') return 'needs-sign-in';
    return failure?.retry === 'backoff' ? 'offline' : 'signed-in';
  }
  if (state.kind === 'signed-out' && state.reason !== 'signed-out') return 'needs-sign-in';
  // The stored sign-in could not be read (a locked keychain): whether there is one is not known.
  if (facts.error?.code.startsWith('secrets-') === true) return 'offline';
  return wasUsed(facts) ? 'signed-out' : 'new';
}

function accountErrorOf({ error, users }: AccountFacts): SyncError | null {
  if (error !== null) return error;
  for (const { accountError } of users) {
    const failure = accountError();
    if (failure !== null) return failure;
  }
  return null;
}

function wasUsed({ hasSignedIn, users }: AccountFacts): boolean {
  return hasSignedIn || [...users].some((user) => user.wasUsed());
}

/** The end of a sign-in is no error where there never was one, or where the user ended it. */
function shownError(facts: AccountFacts, state: AccountView['state']): SyncError | null {
  const isOut = isUnsigned(state);
  const failure = isOut ? facts.error : accountErrorOf(facts);
  return isOut && failure?.code === 'needs-sign-in' ? null : failure;
}
