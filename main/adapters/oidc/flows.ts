// Sign-in flows: authorization code with PKCE in the system browser, and device code.
import * as oidc from 'openid-client';
import type { AccountConfig, BrowserIdentity } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type { IdToken, SignInOptions } from '../../ports/identity.port.ts';
import type { Log } from '../../ports/log.port.ts';
import { abortable } from '../system/single-flight.ts';
import { mapOidcError, oauthErrorCode } from './errors.ts';
import { listenForCallback } from './loopback.ts';
import { dpopOptions, openProofKey } from './proof-key.ts';
import type { ProofKey } from './proof-key.ts';
import { checkUrl } from '../../core/net/url.ts';

export type TokenAnswer = { readonly idToken: string; readonly refreshToken: string | null };

export type FlowContext = {
  readonly account: AccountConfig;
  readonly config: oidc.Configuration;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly options: SignInOptions;
  /** What the refresh token gets bound to; null where the provider does not offer DPoP. */
  readonly proofKey: ProofKey | null;
  readonly log: Log;
  /** Checks the tokens and makes them durable. Only then is the browser told that the sign-in is done. */
  readonly keep: (answer: TokenAnswer) => Promise<IdToken>;
};

const defaultRedirectUri = 'http://127.0.0.1/callback';

/** RFC 6749 4.1 with RFC 7636 (S256), RFC 8252 loopback redirect, state, nonce, RFC 9207 `iss` and a verified id_token. */
export async function signInWithBrowser(
  identity: BrowserIdentity,
  context: FlowContext,
  signal: AbortSignal,
): Promise<IdToken> {
  const { config, account } = context;
  if (config.serverMetadata().authorization_endpoint === undefined) throw lacks('an authorization endpoint');
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const listener = await listenForCallback(
    {
      redirectUri: identity.redirectUri ?? defaultRedirectUri,
      expectedState: state,
      timeoutMs: context.timeoutMs,
    },
    signal,
  );
  let succeeded = false;
  try {
    const dpop = await openProofKey(config, context.proofKey);
    const url = await authorizationUrl(context, {
      ...identity.authorizationParams,
      ...(context.options.choosesAccount === true ? { prompt: choicePrompt(config) } : {}),
      redirect_uri: listener.redirectUri,
      scope: account.scopes,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ...(dpop === undefined ? {} : { dpop_jkt: await dpop.calculateThumbprint() }),
    });
    signal.throwIfAborted();
    // A launcher may return only when the browser closes, so the callback counts as soon as it is here; a launcher that fails ends the wait.
    const opened = context.options.openUrl(url);
    const callback = await abortable(
      Promise.race([listener.received, opened.then(() => listener.received)]),
      signal,
    );
    const checks = { expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    const tokens = await oidc.authorizationCodeGrant(
      config,
      callback,
      { ...checks, pkceCodeVerifier: codeVerifier },
      undefined,
      dpopOptions(dpop),
    );
    // A secret store that does not answer must not hold the port of a sign-in that was given up.
    const token = await abortable(context.keep(readAnswer(tokens)), signal);
    succeeded = true;
    return token;
  } catch (error) {
    signal.throwIfAborted();
    throw mapOidcError(error, 'sign-in-failed', 'the sign-in did not finish');
  } finally {
    await listener.finish(succeeded ? 'signed-in' : 'failed');
  }
}

/**
 * OpenID Connect Core 3.1.2.1 `prompt`. A provider that lists its values (Initiating User Registration 1.0) without
 * `select_account` refuses it; there a fresh login lets the user name another account.
 */
function choicePrompt(config: oidc.Configuration): string {
  const listed = config.serverMetadata()['prompt_values_supported'];
  return Array.isArray(listed) && !listed.includes('select_account') ? 'login' : 'select_account';
}

/**
 * RFC 9126 where the provider offers it: state, nonce and challenge go to the provider directly, and the address that other
 * programs of this machine can see holds none of them. A provider that offers it but refuses this client, and does not require
 * it, is asked in the ordinary way.
 */
async function authorizationUrl(
  { config, log }: FlowContext,
  parameters: Readonly<Record<string, string>>,
): Promise<URL> {
  const metadata = config.serverMetadata();
  if (metadata.pushed_authorization_request_endpoint === undefined)
    return oidc.buildAuthorizationUrl(config, parameters);
  try {
    return await oidc.buildAuthorizationUrlWithPAR(config, parameters);
  } catch (error) {
    const reply = oauthErrorCode(error);
    if (reply === null || metadata.require_pushed_authorization_requests === true) throw error;
    log.warn('the provider refused a pushed authorization request', { oauthError: reply });
    return oidc.buildAuthorizationUrl(config, parameters);
  }
}

/** RFC 8628. The library polls at the provider's pace and slows down when told to. */
export async function signInWithDeviceCode(context: FlowContext, signal: AbortSignal): Promise<IdToken> {
  const { config, account } = context;
  if (config.serverMetadata().device_authorization_endpoint === undefined)
    throw lacks('the device flow (RFC 8628)');
  let patience: AbortSignal | null = null;
  let tokens: oidc.TokenEndpointResponse;
  try {
    const device = await oidc.initiateDeviceAuthorization(config, { scope: account.scopes });
    const waitMs = Math.min(device.expires_in * 1000, context.timeoutMs);
    patience = AbortSignal.timeout(waitMs);
    showDeviceCode(device, waitMs, context);
    const ended = AbortSignal.any([signal, patience]);
    // The library notices an abort only when its pause between two polls is over.
    const polling = { signal: ended, ...dpopOptions(await openProofKey(config, context.proofKey)) };
    tokens = await abortable(oidc.pollDeviceAuthorizationGrant(config, device, undefined, polling), ended);
  } catch (error) {
    signal.throwIfAborted();
    const mapped = mapOidcError(error, 'sign-in-failed', 'the sign-in did not finish');
    if (patience?.aborted !== true && mapped.fields['oauthError'] !== 'expired_token') throw mapped;
    throw new SyncError({
      code: 'sign-in-timeout',
      retry: 'slow',
      scope: 'account',
      message: 'the code was not entered within the time allowed',
    });
  }
  return await context.keep(readAnswer(tokens));
}

function showDeviceCode(
  device: oidc.DeviceAuthorizationResponse,
  waitMs: number,
  { account, clock, options }: FlowContext,
): void {
  // Opened by the user: it has to pass the same check as the URLs we open ourselves.
  const what = "the provider's verification address";
  const complete = device.verification_uri_complete;
  options.onDeviceCode({
    userCode: device.user_code,
    verificationUri: checkUrl(device.verification_uri, what, account).href,
    verificationUriComplete: complete === undefined ? null : checkUrl(complete, what, account).href,
    expiresAtMs: clock.nowMs() + waitMs,
  });
}

/** Only an id_token is ever exchanged: an access token, even if it is a JWT, has a different audience (S4). */
function readAnswer(tokens: oidc.TokenEndpointResponse): TokenAnswer {
  if (tokens.id_token === undefined) {
    throw new SyncError({
      code: 'no-id-token',
      retry: 'slow',
      scope: 'account',
      message: 'the provider returned no id_token; is "openid" among the scopes it allows?',
    });
  }
  return { idToken: tokens.id_token, refreshToken: tokens.refresh_token ?? null };
}

function lacks(what: string): SyncError {
  return new SyncError({
    code: 'issuer-lacks-feature',
    retry: 'slow',
    scope: 'account',
    message: `the provider does not offer ${what}`,
  });
}
