// Signs a user in through the provider's real pages without a browser: follows redirects, keeps cookies, fills the form.
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

const tokensSchema = z.object({
  id_token: z.string(),
  access_token: z.string(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
});
export type SignInTokens = z.infer<typeof tokensSchema>;

/** Cookies by name. */
export type Jar = Map<string, string>;
type Person = { readonly name: string; readonly password: string };

/**
 * Drives an authorization URL to its redirect, as a browser of this user would, and returns the redirect's URL.
 * `jar`: the browser's cookies, for one that signs in again.
 */
export async function followSignIn(
  authorizationUrl: string,
  person: Person,
  redirectPrefix: string,
  jar: Jar = new Map(),
): Promise<URL> {
  let response = await step(jar, authorizationUrl);
  for (let hop = 0; hop < 20; hop += 1) {
    const location = response.headers.get('location');
    if (location !== null) {
      const next = new URL(location, response.url);
      if (next.href.startsWith(redirectPrefix)) return next;
      response = await step(jar, next.href);
      continue;
    }
    const html = await response.text();
    const own = selfSubmitted(html);
    if (own !== null) {
      response = await step(jar, new URL(own.action, response.url).href, own.fields);
      continue;
    }
    const action = /<form method="post" action="([^"]+)">/.exec(html)?.[1];
    if (response.status !== 200 || action === undefined || !html.includes('name="password"')) {
      throw new Error(
        `the sign-in stopped at ${response.url} with status ${String(response.status)}: ${html
          .replace(/<style>.*?<\/style>|<[^>]+>/gs, ' ')
          .trim()
          .slice(0, 200)}`,
      );
    }
    const fields = new URLSearchParams({ username: person.name, password: person.password });
    response = await step(jar, new URL(action, response.url).href, fields);
  }
  throw new Error('the sign-in went round in circles');
}

/** A form that the page submits by itself: the provider ends the browser's earlier session by one. */
function selfSubmitted(html: string): { readonly action: string; readonly fields: URLSearchParams } | null {
  const action = /<form method="post" action="([^"]+)">/.exec(html)?.[1];
  if (action === undefined || !html.includes('document.forms[0].submit()')) return null;
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return {
    action,
    fields: new URLSearchParams([...inputs].map(([, name = '', value = '']) => [name, value])),
  };
}

/** One request of a browser with these cookies, which follows no redirect; with `form` it submits that. */
export async function step(jar: Jar, url: string, form?: URLSearchParams): Promise<Response> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { cookie },
    ...(form === undefined ? {} : { method: 'POST', body: form }),
  });
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1);
    if (value === '') jar.delete(pair.slice(0, equals));
    else jar.set(pair.slice(0, equals), value);
  }
  return response;
}

/** The whole authorization-code flow with PKCE, ending in tokens. */
export async function signIn(issuer: string, clientId: string, person: Person): Promise<SignInTokens> {
  const discovery = z
    .object({ authorization_endpoint: z.url(), token_endpoint: z.url() })
    .parse(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json());
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const redirectUri = 'http://127.0.0.1:49152/callback';
  const url = new URL(discovery.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid offline_access email profile',
    state,
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const landed = await followSignIn(url.href, person, redirectUri);
  const code = landed.searchParams.get('code');
  if (code === null || landed.searchParams.get('state') !== state)
    throw new Error(`no code in the redirect: ${landed.search}`);
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: clientId,
    code_verifier: verifier,
  });
  const answer: unknown = await (await fetch(discovery.token_endpoint, { method: 'POST', body })).json();
  return tokensSchema.parse(answer);
}

/** Approves a device sign-in at its page, as a user with the code on a second screen would. */
export async function approveDevice(
  verificationUri: string,
  userCode: string,
  person: Person,
): Promise<string> {
  const jar: Jar = new Map();
  let response = await step(jar, `${verificationUri}?user_code=${encodeURIComponent(userCode)}`);
  for (let hop = 0; hop < 20; hop += 1) {
    const location = response.headers.get('location');
    if (location !== null) {
      response = await step(jar, new URL(location, response.url).href);
      continue;
    }
    const html = await response.text();
    const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1];
    if (action === undefined) return html;
    const hidden = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const fields = new URLSearchParams(hidden.map(([, name = '', value = '']) => [name, value]));
    if (html.includes('name="password"')) {
      fields.set('username', person.name);
      fields.set('password', person.password);
    }
    response = await step(jar, new URL(action, response.url).href, fields);
  }
  throw new Error('the device sign-in went round in circles');
}
