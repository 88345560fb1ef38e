// The OpenID provider: `oidc-provider` with a login page, a native public client, PKCE, device flow and rotating refresh tokens.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SignJWT, decodeJwt, decodeProtectedHeader } from 'jose';
import { Provider, interactionPolicy } from 'oidc-provider';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { readFields, sendText } from './http-kit.ts';
import { privateKeyOf, rsaKeyOf } from './keys.ts';
import type { CloudKeys } from './keys.ts';
import { deviceConfirmPage, deviceInputPage, loginPage, messagePage, signOutPage } from './login-page.ts';
import type { OidcStore } from './oidc-store.ts';
import type { Settings } from './settings.ts';

export type CloudUser = {
  readonly name: string;
  readonly password: string;
  readonly sub: string;
  /** Session tags that the provider puts into the claim `https://aws.amazon.com/tags`. */
  readonly tags?: Readonly<Record<string, string>>;
};

export type ProviderOffers = {
  /** `with-nonce`: each proof has to carry a nonce of the provider's. */
  readonly dpop?: 'plain' | 'with-nonce';
  readonly pushedRequests?: boolean;
};

export type OidcOptions = {
  readonly issuer: string;
  readonly clientId: string;
  readonly keys: CloudKeys;
  readonly users: readonly CloudUser[];
  readonly settings: Settings;
  readonly store: OidcStore;
  /** Off unless asked for: then the provider is one that knows neither. */
  readonly offers?: ProviderOffers;
};

const TAGS_CLAIM = 'https://aws.amazon.com/tags';
const CLIENT_NAME = 'Driftless';

export function createProvider(options: OidcOptions): Provider {
  const provider = new Provider(options.issuer, configuration(options));
  // What stands in front of a public name says how it was asked.
  provider.proxy = options.issuer.startsWith('https:');
  provider.use(async (context, next) => {
    await next();
    if (context.path === '/token' && context.method === 'POST') await adjustTokenAnswer(context, options);
  });
  return provider;
}

/** Applies the switches that the provider itself does not have: no id_token on refresh, and a shifted clock. */
async function adjustTokenAnswer(
  context: { body: unknown; request: unknown },
  options: OidcOptions,
): Promise<void> {
  const body = context.body;
  if (typeof body !== 'object' || body === null || !('id_token' in body) || typeof body.id_token !== 'string')
    return;
  const oidc = (context as KoaContextWithOIDC).oidc;
  if (!options.settings.idTokenOnRefresh && oidc.params?.grant_type === 'refresh_token') {
    delete (body as { id_token?: string }).id_token;
    return;
  }
  if (options.settings.clockSkewMs === 0) return;
  const shift = Math.round(options.settings.clockSkewMs / 1000);
  const claims = decodeJwt(body.id_token);
  for (const name of ['iat', 'exp', 'auth_time', 'nbf'])
    if (typeof claims[name] === 'number') claims[name] += shift;
  const header = decodeProtectedHeader(body.id_token);
  const signing = new SignJWT(claims).setProtectedHeader({ ...header, alg: 'RS256' });
  body.id_token = await signing.sign(privateKeyOf(rsaKeyOf(options.keys)));
}

function configuration(options: OidcOptions): Configuration {
  const { settings, users, clientId } = options;
  const policy = interactionPolicy.base();
  // No consent page: the one client is trusted, and tests should not have to press a second button.
  policy.get('consent')?.checks.remove('native_client_prompt');
  policy.get('consent')?.checks.remove('op_scopes_missing');
  // The login page doubles as the choice of an account: it asks for a name in any case.
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  const loopback = ['http://127.0.0.1', 'http://[::1]', 'http://localhost'];
  const paths = ['/', '/callback', '/oauth/callback'];
  return {
    adapter: (model: string) => options.store.adapter(model, () => settings.refreshReuseSeconds),
    jwks: { keys: options.keys.jwks },
    cookies: { keys: [options.keys.sessionSecret] },
    clients: [
      {
        client_id: clientId,
        client_name: CLIENT_NAME,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: loopback.flatMap((origin) => paths.map((path) => origin + path)),
        post_logout_redirect_uris: loopback.flatMap((origin) =>
          [...paths, '/signed-out'].map((path) => origin + path),
        ),
      },
    ],
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: {
      openid: ['sub', TAGS_CLAIM],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username'],
    },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: async (_context, sub) => {
      const user = users.find((candidate) => candidate.sub === sub);
      if (user === undefined) return undefined;
      return { accountId: sub, claims: async () => claimsOf(user) };
    },
    // offline_access is dropped by the library without prompt=consent, which other providers do not ask for: always issue.
    issueRefreshToken: async (_context, client) =>
      client.grantTypeAllowed('refresh_token') && !settings.refreshRevoked,
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    loadExistingGrant: async (context) => grantEverything(context),
    interactions: { policy, url: (_context, interaction) => `/login/${interaction.uid}` },
    routes: {
      authorization: '/authorize',
      token: '/token',
      revocation: '/revoke',
      end_session: '/logout',
      jwks: '/jwks.json',
      userinfo: '/userinfo',
      device_authorization: '/device/authorize',
      code_verification: '/device',
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: {
        enabled: options.offers?.dpop !== undefined,
        nonceSecret: createHash('sha256').update(options.keys.sessionSecret).digest(),
        requireNonce: () => options.offers?.dpop === 'with-nonce',
      },
      pushedAuthorizationRequests: { enabled: options.offers?.pushedRequests === true },
      revocation: { enabled: true, allowedPolicy: async () => true },
      userinfo: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: async (context, form, _out, error) => {
          context.body = deviceInputPage(form, error instanceof Error);
        },
        userCodeConfirmSource: async (context, form, _client, _device, userCode) => {
          context.body = deviceConfirmPage(form, CLIENT_NAME, userCode);
        },
        successSource: async (context) => {
          context.body = messagePage(
            'You are signed in',
            'You can close this page and go back to your device.',
          );
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (context, form) => {
          context.body = signOutPage(form);
        },
        postLogoutSuccessSource: async (context) => {
          context.body = messagePage('You are signed out', 'You can close this page.');
        },
      },
    },
    renderError: async (context, out) => {
      context.type = 'html';
      context.body = messagePage('Sign-in did not work', `${out.error}: ${out.error_description ?? ''}`);
    },
    ttl: {
      AccessToken: () => settings.idTokenSeconds,
      AuthorizationCode: () => 60,
      DeviceCode: () => 600,
      Grant: () => 14 * 86_400,
      IdToken: () => settings.idTokenSeconds,
      Interaction: () => 3600,
      RefreshToken: () => 14 * 86_400,
      Session: () => 14 * 86_400,
    },
  };
}

function claimsOf(user: CloudUser): { sub: string; [claim: string]: unknown } {
  const base = {
    sub: user.sub,
    name: user.name,
    preferred_username: user.name,
    email: `${user.name}@example.test`,
    email_verified: true,
  };
  if (user.tags === undefined) return base;
  const principalTags = Object.fromEntries(Object.entries(user.tags).map(([name, value]) => [name, [value]]));
  return {
    ...base,
    [TAGS_CLAIM]: { principal_tags: principalTags, transitive_tag_keys: Object.keys(user.tags) },
  };
}

async function grantEverything(
  context: KoaContextWithOIDC,
): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { provider, session, client, result } = context.oidc;
  if (client === undefined || session === undefined || session.accountId === undefined) return undefined;
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (existing !== undefined && existing.accountId === session.accountId) return existing;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid offline_access profile email');
  await grant.save();
  return grant;
}

/** Serves `/login/:uid`: shows the form, checks the password, or cancels. Returns false for other paths. */
export async function handleLogin(
  provider: Provider,
  options: OidcOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (!path.startsWith('/login/')) return false;
  try {
    await answerLogin(provider, options, request, response);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unknown problem';
    sendText(
      response,
      400,
      'text/html; charset=utf-8',
      messagePage('Sign-in expired', `Go back to the app and start again. (${message})`),
    );
  }
  return true;
}

async function answerLogin(
  provider: Provider,
  options: OidcOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  if (details.prompt.name === 'consent') {
    await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
    return;
  }
  const form = { action: `/login/${details.uid}`, clientName: CLIENT_NAME };
  if (request.method !== 'POST') {
    const hint = typeof details.params['login_hint'] === 'string' ? details.params['login_hint'] : '';
    sendText(response, 200, 'text/html; charset=utf-8', loginPage({ ...form, error: null, hint }));
    return;
  }
  const fields = await readFields(request);
  if (fields.has('cancel')) {
    const refusal = { error: 'access_denied', error_description: 'The user cancelled the sign-in' };
    await provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
    return;
  }
  const name = fields.get('username') ?? '';
  const user = options.users.find((candidate) => candidate.name === name);
  if (user === undefined || !sameText(user.password, fields.get('password') ?? '')) {
    sendText(
      response,
      401,
      'text/html; charset=utf-8',
      loginPage({ ...form, error: 'Wrong user name or password.', hint: name }),
    );
    return;
  }
  await provider.interactionFinished(
    request,
    response,
    {
      login: { accountId: user.sub },
      ...(details.prompt.name === 'select_account' ? { select_account: {} } : {}),
    },
    { mergeWithLastSubmission: false },
  );
}

function sameText(expected: string, given: string): boolean {
  const salt = randomBytes(16);
  const left = Buffer.concat([salt, Buffer.from(expected)]);
  const right = Buffer.concat([salt, Buffer.from(given)]);
  return left.length === right.length && timingSafeEqual(left, right);
}
