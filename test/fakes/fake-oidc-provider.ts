// A small OpenID provider that misbehaves on request: every answer can be bent, so that each check of the client can be seen to fail.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type Key = Awaited<ReturnType<typeof generateKeyPair>>;
type Claims = Readonly<Record<string, unknown>>;

export type Bends = {
  /** Changes the claims of the next id_tokens. */
  claims: (claims: Claims) => Claims;
  /** Replaces the finished id_token, e.g. by a forged one; `undefined` leaves it out. */
  idToken: (jwt: string, claims: Claims) => string | undefined | Promise<string | undefined>;
  /** Changes the discovery document. */
  metadata: (metadata: Record<string, unknown>) => Record<string, unknown>;
  /** In place of the discovery document: a page of maintenance, a login page of the network. */
  discovery: { readonly status: number; readonly body: string; readonly location?: string } | null;
  /** A page in place of what one other endpoint answers. */
  page: { readonly path: string; readonly status: number; readonly body: string } | null;
  /** Changes the parameters of the redirect back. */
  redirect: (params: URLSearchParams) => void;
  /** Seconds added to the `Date` header and to the tokens' times. */
  clockSeconds: number;
  refreshGivesIdToken: boolean;
  refreshError: string | null;
  rotate: boolean;
  /** Answers the token endpoint with this status and nothing else. */
  tokenStatus: number | null;
  /** Device flow: how many polls are answered with authorization_pending. */
  pendingPolls: number;
  deviceError: string | null;
  /** What the endpoint for pushed requests answers; a provider that takes them is `oidc-provider`. */
  parError: string;
};

export type FakeProvider = {
  readonly issuer: string;
  readonly clientId: string;
  readonly bend: Bends;
  /** Requests by path, with the form that was posted. */
  readonly requests: {
    readonly path: string;
    readonly form: URLSearchParams;
    readonly query: URLSearchParams;
  }[];
  readonly revoked: string[];
  readonly subject: string;
  key(): Key;
  rotateKeys(): Promise<void>;
  /** What a browser does with the authorization URL, without a page: follows it to the callback. Returns the callback's answer. */
  follow(url: URL): Promise<Response>;
  /** The callback URL without visiting it. */
  callbackFor(url: URL): URL;
  sign(
    claims: Claims,
    options?: { readonly alg?: string; readonly kid?: string; readonly key?: Key['privateKey'] | Uint8Array },
  ): Promise<string>;
  close(): Promise<void>;
};

type Grant = { readonly nonce: string | null; readonly challenge: string; readonly redirectUri: string };

export async function startFakeProvider(): Promise<FakeProvider> {
  const clientId = 'native-app';
  const subject = 'auth0|5f7c8ec7c33c6c004bbafe82';
  const codes = new Map<string, Grant>();
  const refreshTokens = new Set<string>();
  const requests: FakeProvider['requests'] = [];
  const revoked: string[] = [];
  let keys = await makeKey();
  const bend: Bends = {
    claims: (claims) => claims,
    idToken: (jwt) => jwt,
    metadata: (metadata) => metadata,
    discovery: null,
    page: null,
    redirect: () => undefined,
    clockSeconds: 0,
    refreshGivesIdToken: true,
    refreshError: null,
    rotate: true,
    tokenStatus: null,
    pendingPolls: 0,
    deviceError: null,
    parError: 'invalid_request',
  };
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const nowSeconds = (): number => Math.floor(Date.now() / 1000) + bend.clockSeconds;

  async function sign(
    claims: Claims,
    options: { alg?: string; kid?: string; key?: Key['privateKey'] | Uint8Array } = {},
  ): Promise<string> {
    return await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: options.alg ?? 'RS256', kid: options.kid ?? keys.kid })
      .sign(options.key ?? keys.pair.privateKey);
  }

  async function idToken(nonce: string | null): Promise<string | undefined> {
    const claims = bend.claims({
      iss: issuer,
      aud: clientId,
      sub: subject,
      email: 'alice@example.test',
      iat: nowSeconds(),
      exp: nowSeconds() + 600,
      ...(nonce === null ? {} : { nonce }),
      'https://aws.amazon.com/tags': { principal_tags: { team: ['blue'] }, transitive_tag_keys: ['team'] },
    });
    return await bend.idToken(await sign(claims), claims);
  }

  async function grantTokens(nonce: string | null, withRefresh: boolean): Promise<Record<string, unknown>> {
    const token = await idToken(nonce);
    const refresh = withRefresh ? randomBytes(24).toString('base64url') : null;
    if (refresh !== null) refreshTokens.add(refresh);
    return {
      access_token: randomBytes(16).toString('hex'),
      token_type: 'Bearer',
      expires_in: 600,
      ...(token === undefined ? {} : { id_token: token }),
      ...(refresh === null ? {} : { refresh_token: refresh }),
    };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const form = new URLSearchParams(body);
    requests.push({ path: url.pathname, form, query: url.searchParams });
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, {
        'content-type': 'application/json',
        date: new Date(Date.now() + bend.clockSeconds * 1000).toUTCString(),
      });
      response.end(JSON.stringify(value));
    };
    if (bend.page?.path === url.pathname) {
      response.writeHead(bend.page.status, { 'content-type': 'text/html' });
      response.end(bend.page.body);
      return;
    }
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        if (bend.discovery !== null) {
          const { status, body: page, location } = bend.discovery;
          response.writeHead(status, {
            'content-type': 'text/html',
            ...(location === undefined ? {} : { location }),
          });
          response.end(page);
          return;
        }
        send(
          200,
          bend.metadata({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/jwks`,
            revocation_endpoint: `${issuer}/revoke`,
            end_session_endpoint: `${issuer}/logout`,
            device_authorization_endpoint: `${issuer}/device`,
            response_types_supported: ['code'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'PS256', 'none'],
            authorization_response_iss_parameter_supported: true,
          }),
        );
        return;
      case '/jwks':
        send(200, { keys: [keys.jwk] });
        return;
      case '/device':
        send(200, {
          device_code: 'device-code-secret',
          user_code: 'BCDF-GHJK',
          verification_uri: `${issuer}/activate`,
          verification_uri_complete: `${issuer}/activate?user_code=BCDF-GHJK`,
          expires_in: 60,
          interval: 0.01,
        });
        return;
      case '/par':
        send(400, { error: bend.parError });
        return;
      case '/revoke':
        revoked.push(form.get('token') ?? '');
        send(200, {});
        return;
      case '/token':
        await answerToken(form, send);
        return;
      default:
        send(404, { error: 'not_found' });
    }
  }

  async function answerToken(
    form: URLSearchParams,
    send: (status: number, value: unknown) => void,
  ): Promise<void> {
    if (bend.tokenStatus !== null) {
      send(bend.tokenStatus, { error: 'server_error' });
      return;
    }
    const fail = (error: string): void => {
      send(400, { error, error_description: 'as asked' });
    };
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const code = form.get('code') ?? '';
        const grant = codes.get(code);
        codes.delete(code);
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        if (
          grant === undefined ||
          grant.challenge !== challenge ||
          grant.redirectUri !== form.get('redirect_uri')
        ) {
          fail('invalid_grant');
          return;
        }
        send(200, await grantTokens(grant.nonce, true));
        return;
      }
      case 'refresh_token': {
        const token = form.get('refresh_token') ?? '';
        if (bend.refreshError !== null) {
          fail(bend.refreshError);
          return;
        }
        if (!refreshTokens.has(token)) {
          fail('invalid_grant');
          return;
        }
        if (bend.rotate) refreshTokens.delete(token);
        const tokens = await grantTokens(null, bend.rotate);
        if (!bend.refreshGivesIdToken) delete tokens['id_token'];
        send(200, tokens);
        return;
      }
      case 'urn:ietf:params:oauth:grant-type:device_code':
        if (bend.deviceError !== null) {
          fail(bend.deviceError);
          return;
        }
        if (bend.pendingPolls > 0) {
          bend.pendingPolls -= 1;
          fail('authorization_pending');
          return;
        }
        send(200, await grantTokens(null, true));
        return;
      default:
        fail('unsupported_grant_type');
    }
  }

  function callbackFor(url: URL): URL {
    const query = url.searchParams;
    const code = randomBytes(16).toString('hex');
    codes.set(code, {
      nonce: query.get('nonce'),
      challenge: query.get('code_challenge') ?? '',
      redirectUri: query.get('redirect_uri') ?? '',
    });
    const params = new URLSearchParams({ code, state: query.get('state') ?? '', iss: issuer });
    bend.redirect(params);
    return new URL(`${query.get('redirect_uri') ?? ''}?${params.toString()}`);
  }

  return {
    issuer,
    clientId,
    bend,
    requests,
    revoked,
    subject,
    sign,
    callbackFor,
    key: () => keys.pair,
    rotateKeys: async () => {
      keys = await makeKey();
    },
    follow: async (url) => await fetch(callbackFor(url)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function makeKey(): Promise<{ readonly pair: Key; readonly jwk: JWK; readonly kid: string }> {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const kid = randomBytes(6).toString('hex');
  return { pair, kid, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'RS256', use: 'sig' } };
}
