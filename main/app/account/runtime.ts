// Runtime of one account: sign-in, sign-out, current state.
import type { FolderPlace } from '../../core/access/grants.ts';
import type { AccountConfig } from '../../core/config/config.ts';
import { isSyncError, signInCancelled, SyncError } from '../../core/model/errors.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import { checkUrl, hostOf } from '../../core/net/url.ts';
import type { Redact } from '../../core/redact.ts';
import type { Credentials } from '../../ports/credentials.port.ts';
import type { Identity, SignInOptions, SignInReason } from '../../ports/identity.port.ts';
import type { Log } from '../../ports/log.port.ts';
import { skewWorthTellingMs } from '../../core/access/credential-clock.ts';
import type { AccountView, IsolationView } from '../../../preload/contract.ts';
import { pendingSignIn, showSignIn } from './pending-sign-in.ts';
import type { PendingSignIn } from './pending-sign-in.ts';
import { stateOf, viewOf } from './view.ts';
import type { AccountFacts, AccountUser } from './view.ts';

/** Sessions by folder, made when a folder first asks. */
export type FolderSessions = {
  /** `null`: the folder works with the account's own session. */
  readonly of: (place: FolderPlace) => Credentials | null;
  /** Those made so far. */
  readonly all: () => readonly Credentials[];
};

export const noFolderSessions: FolderSessions = { of: () => null, all: () => [] };

export type AccountParts = {
  readonly config: AccountConfig;
  readonly identity: Identity;
  readonly credentials: Credentials;
  /** For other programs; equals `credentials` unless the account configures a session for them. */
  readonly programCredentials: Credentials;
  /** Sessions of the folders that S3 Access Grants opens; none with other exchanges. */
  readonly folders: FolderSessions;
  readonly openUrl: (url: URL) => Promise<void>;
  /** Opens the provider's sign-out page. */
  readonly openSignOut: (url: URL) => Promise<void>;
  /** How this account's services are reached. */
  readonly http: HttpSettings;
  /** Names of the certificate authorities that this account trusts in addition to the system. */
  readonly authorities: () => readonly string[];
  /** The machine's administrator keeps credentials from other programs. */
  readonly isForbiddenToPrograms: boolean;
  readonly log: Log;
  readonly redact: Redact;
  /**
   * Called when a sign-out begins: other parts drop what they keep of this account at the end of it, but for what belongs to a sign-in
   * that has begun meanwhile.
   */
  readonly onSigningOut: () => { readonly signInBegins: () => void; readonly ends: () => void };
};

/**
 * How to reach the user during a sign-in. `openUrl` if another process opens the browser; `showsUrl` if the view's address
 * reaches the user too, so that a machine without a browser is no failure.
 */
export type SignInPrompts = Pick<SignInOptions, 'by' | 'onDeviceCode' | 'choosesAccount'> &
  Partial<Pick<SignInOptions, 'openUrl'>> & { readonly showsUrl?: boolean };

export type SignedOut = {
  /** When the AWS access already issued ends; null where none was. */
  readonly accessUntilMs: number | null;
  /** False: the provider could not be told, and the refresh token works there until it is. */
  readonly isRevoked: boolean;
};

export type AccountRuntime = {
  readonly id: string;
  /** `caFile` and `credentialsEnabled` are those of now, the rest is that of the start. */
  readonly config: AccountConfig;
  readonly credentials: Credentials;
  readonly programCredentials: Credentials;
  /** What a pair of this account works with: its own session where S3 Access Grants opens the folder. */
  credentialsOf(place: FolderPlace): Credentials;
  /** The same for other programs. */
  programCredentialsOf(place: FolderPlace): Credentials;
  readonly http: HttpSettings;
  /** Removes this account's secrets from what its services answer. */
  readonly redact: Redact;
  /** Loads the stored sign-in without user interaction. Never throws: a failure becomes the view's error. */
  restore(signal: AbortSignal): Promise<void>;
  /** Throws SyncError as `Identity.signIn` and `Credentials.get` do. */
  signIn(prompts: SignInPrompts, signal: AbortSignal): Promise<void>;
  cancelSignIn(): void;
  /** The sign-in that waits for its user; null while none does. */
  pendingSignIn(): PendingSignIn | null;
  /**
   * Shows the sign-in of this account in an app that this one replaces as its own, and reads what it has stored at its end. True if
   * someone is signed in then. Never throws.
   */
  continueSignIn(earlier: PendingSignIn, signal: AbortSignal): Promise<boolean>;
  /** Resolves when no sign-out is under way. */
  signedOutWholly(): Promise<void>;
  /** Clears local state first, then tells the provider. */
  signOut(signal: AbortSignal): Promise<SignedOut>;
  /**
   * Adds a pair whose failures concern the whole account, until the returned function is called. They are read when the view
   * is, so that both always agree; listeners hear when they change.
   */
  follow(pair: AccountUser): () => void;
  /** Takes over what may change while the account runs (see `config`), and notifies the listeners. */
  followSettings(now: AccountConfig): void;
  /** Latest result of the isolation check, for the view. */
  noteIsolation(seen: IsolationView): void;
  isSignedIn(): boolean;
  /** Reason user action is required; null if none. */
  needsPersonBecause(): SignInReason | null;
  state(): AccountView['state'];
  view(): AccountView;
  onChange(listener: () => void): () => void;
};

/** Facts of the view, as this file changes them. */
type Runtime = {
  -readonly [Name in keyof Omit<AccountFacts, 'parts' | 'users'>]: AccountFacts[Name];
} & {
  readonly parts: AccountParts;
  readonly listeners: Set<() => void>;
  readonly users: Set<AccountUser>;
  /** The end of the sign-in under way. */
  signInEnded: Promise<void>;
  readonly signOuts: Set<{ readonly signInBegins: () => void; readonly ended: Promise<unknown> }>;
};

export const notChecked: IsolationView = { verdict: 'not-checked', prefix: null, reached: [] };

export function makeAccountRuntime(parts: AccountParts): AccountRuntime {
  const runtime: Runtime = {
    parts,
    config: parts.config,
    listeners: new Set(),
    signingIn: null,
    deviceCode: null,
    signInUrl: null,
    users: new Set(),
    signInEnded: Promise.resolve(),
    signOuts: new Set(),
    error: null,
    hasSignedIn: false,
    accessUntilMs: null,
    clockOffsetMs: null,
    isolation: notChecked,
  };
  const credentials = notingClock(runtime, parts.credentials);
  return {
    id: parts.config.id,
    get config() {
      return runtime.config;
    },
    credentials,
    programCredentials: parts.programCredentials,
    credentialsOf: (place) => {
      const own = parts.folders.of(place);
      return own === null ? credentials : notingClock(runtime, own);
    },
    programCredentialsOf: (place) => parts.folders.of(place) ?? parts.programCredentials,
    http: parts.http,
    redact: parts.redact,
    restore: (signal) => restore(runtime, signal),
    signIn: (prompts, signal) => signIn(runtime, prompts, signal),
    cancelSignIn: () => runtime.signingIn?.abort(signInCancelled()),
    pendingSignIn: () => pendingSignIn(runtime),
    continueSignIn: async (earlier, signal) => {
      const isLeft = await showSignIn(runtime, earlier, () => {
        tell(runtime);
      });
      if (isLeft) await restore(runtime, signal);
      return isLeft && parts.identity.state().kind === 'signed-in';
    },
    signedOutWholly: async () => {
      while (runtime.signOuts.size > 0) await Promise.all([...runtime.signOuts].map(({ ended }) => ended));
    },
    signOut: (signal) => noted(runtime, (done) => signOut(runtime, done, signal)),
    follow: (pair) => follow(runtime, pair),
    followSettings: ({ caFile, credentialsEnabled }) => {
      runtime.config = { ...runtime.config, caFile, credentialsEnabled };
      tell(runtime);
    },
    noteIsolation: (seen) => {
      runtime.isolation = seen;
      tell(runtime);
    },
    isSignedIn: () => parts.identity.state().kind === 'signed-in',
    needsPersonBecause: () => {
      const state = parts.identity.state();
      return state.kind === 'signed-out' ? state.reason : null;
    },
    state: () => stateOf(runtime),
    view: () => viewOf(runtime),
    onChange: (listener) => {
      runtime.listeners.add(listener);
      return () => runtime.listeners.delete(listener);
    },
  };
}

/** The account as one of its folders uses it. */
export function ofFolder(
  account: AccountRuntime,
  place: FolderPlace,
): Pick<AccountRuntime, 'config' | 'credentials' | 'http'> {
  return { config: account.config, credentials: account.credentialsOf(place), http: account.http };
}

function follow(runtime: Runtime, pair: AccountUser): () => void {
  runtime.users.add(pair);
  let known = pair.accountError();
  const unlisten = pair.onChange(() => {
    const now = pair.accountError();
    // A pair tells of its progress many times a second; its account changes only with this.
    if (now === known) return;
    known = now;
    tell(runtime);
  });
  return () => {
    unlisten();
    runtime.users.delete(pair);
    tell(runtime);
  };
}

/** All that hold credentials of the signed-in user, those of folders first: they ask the account's own for theirs. */
function sessionsOf({ parts }: Runtime): readonly Credentials[] {
  return [...parts.folders.all(), parts.credentials, parts.programCredentials];
}

/** Decorator: records the clock offset that comes with any credentials, for the view. */
function notingClock(runtime: Runtime, credentials: Credentials): Credentials {
  return {
    get: async (signal) => {
      const given = await credentials.get(signal);
      noteWorking(runtime);
      const offsetMs = Math.abs(given.clockOffsetMs) > skewWorthTellingMs ? given.clockOffsetMs : null;
      if (offsetMs !== runtime.clockOffsetMs) {
        runtime.clockOffsetMs = offsetMs;
        tell(runtime);
      }
      return given;
    },
    principal: (signal) => credentials.principal(signal),
    invalidate: (accessKeyId) => {
      credentials.invalidate(accessKeyId);
    },
    renew: (accessKeyId, signal) => credentials.renew(accessKeyId, signal),
    retryNow: () => {
      credentials.retryNow();
    },
    forget: () => credentials.forget(),
  };
}

/** With credentials the stored sign-in works, so a failure to read it is over. */
function noteWorking(runtime: Runtime): void {
  if (runtime.signingIn !== null) return;
  runtime.hasSignedIn = true;
  if (runtime.error === null) return;
  runtime.error = null;
  tell(runtime);
}

function tell(runtime: Runtime): void {
  for (const listener of runtime.listeners) listener();
}

async function restore(runtime: Runtime, signal: AbortSignal): Promise<void> {
  try {
    await runtime.parts.identity.restore(signal);
  } catch (error) {
    // Its app has ended, perhaps while a sign-in still waited for the browser: the next one reads the store itself.
    if (signal.aborted) return;
    if (!isSyncError(error)) throw error;
    runtime.error = error;
  }
  tell(runtime);
}

async function signIn(runtime: Runtime, prompts: SignInPrompts, signal: AbortSignal): Promise<void> {
  const { identity, credentials, log, config } = runtime.parts;
  const open = prompts.openUrl ?? runtime.parts.openUrl;
  const openUrl = prompts.showsUrl === true ? showingUrl(runtime, open) : open;
  // After a sign-out the provider's own session would answer as the same user, without a question.
  const choosesAccount = prompts.choosesAccount === true || stateOf(runtime) === 'signed-out';
  runtime.signingIn?.abort(signInCancelled());
  for (const { signInBegins } of runtime.signOuts) signInBegins();
  const mine = new AbortController();
  const ended = Promise.withResolvers<undefined>();
  runtime.signingIn = mine;
  runtime.signInEnded = ended.promise;
  runtime.error = null;
  tell(runtime);
  const both = AbortSignal.any([signal, mine.signal]);
  try {
    await identity.signIn(
      {
        ...(prompts.by === undefined ? {} : { by: prompts.by }),
        openUrl,
        choosesAccount,
        onDeviceCode: (code) => {
          runtime.deviceCode = code;
          prompts.onDeviceCode(code);
          tell(runtime);
        },
      },
      both,
    );
    // A different user may have signed in: exchange the new token at once.
    for (const session of sessionsOf(runtime)) session.forget();
    runtime.hasSignedIn = true;
    const got = await notingClock(runtime, credentials).get(both);
    runtime.accessUntilMs = got.expiresAtMs;
    log.info('signed in', { accountId: config.id });
  } catch (error) {
    if (!isSyncError(error) || error.code === 'sign-in-cancelled') throw error;
    runtime.error = ofSignIn(error);
    throw error;
  } finally {
    if (runtime.signingIn === mine) {
      runtime.signingIn = null;
      runtime.deviceCode = null;
      runtime.signInUrl = null;
    }
    ended.resolve(undefined);
    tell(runtime);
  }
}

function showingUrl(runtime: Runtime, open: SignInOptions['openUrl']): SignInOptions['openUrl'] {
  return async (url) => {
    runtime.signInUrl = checkUrl(url.href, 'the address to open', runtime.config).href;
    tell(runtime);
    try {
      await open(url);
    } catch (error) {
      if (!isSyncError(error) || error.code !== 'browser-unavailable') throw error;
    }
  };
}

/** Without a stored sign-in nothing is tried again by itself, so the words for a failing renewal would be wrong. */
export function ofSignIn(error: SyncError): SyncError {
  if (error.code !== 'issuer-unreachable' && error.code !== 'exchange-unreachable') return error;
  const { retry, scope, message, fields } = error;
  return new SyncError({ code: 'sign-in-unreachable', retry, scope, message, fields, cause: error });
}

/** Known as under way until it has ended. */
async function noted(runtime: Runtime, work: (done: () => void) => Promise<SignedOut>): Promise<SignedOut> {
  const { signInBegins, ends } = runtime.parts.onSigningOut();
  const done = work(ends);
  const one = { signInBegins, ended: done.catch(() => undefined) };
  runtime.signOuts.add(one);
  try {
    return await done;
  } finally {
    runtime.signOuts.delete(one);
  }
}

async function signOut(runtime: Runtime, done: () => void, signal: AbortSignal): Promise<SignedOut> {
  const { identity, openSignOut, log, config } = runtime.parts;
  runtime.signingIn?.abort(signInCancelled());
  const ends = sessionsOf(runtime).map((session) => session.forget().issuedUntilMs);
  const known = ends.filter((endMs) => endMs !== null);
  const issuedUntilMs = known.length === 0 ? null : Math.max(...known);
  runtime.error = null;
  runtime.accessUntilMs = issuedUntilMs;
  const { revoked } = await identity.signOut(openSignOut, signal);
  if (revoked === 'failed') runtime.error = notRevoked(config);
  done();
  log.info('signed out', { accountId: config.id });
  tell(runtime);
  return { accessUntilMs: issuedUntilMs, isRevoked: revoked !== 'failed' };
}

/** Signed out here, and not at the provider: the user can end the session there. */
function notRevoked({ issuer }: AccountConfig): SyncError {
  const issuerHost = hostOf(issuer);
  return new SyncError({
    code: 'sign-out-not-revoked',
    retry: 'slow',
    scope: 'account',
    message: `signed out here, but ${issuerHost} could not be told; end the session there. It is notified at the next start`,
    fields: { issuerHost },
  });
}
