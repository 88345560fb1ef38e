/** The second OpenID provider (glewlwyd): starts and supports the tested flow. */
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { glewlwydIsMissing, startGlewlwyd } from '../support/glewlwyd.ts';
import type { Glewlwyd, GlewlwydUser } from '../support/glewlwyd.ts';
import { skipUnless } from '../support/skip.ts';

const missing = glewlwydIsMissing();
const redirectUri = 'http://127.0.0.1:9/callback';

describe('the OpenID provider glewlwyd', skipUnless(missing === null, missing ?? ''), () => {
  let provider: Glewlwyd;
  let metadata: Record<string, string>;

  beforeAll(async () => {
    provider = await startGlewlwyd();
    const found = await fetch(`${provider.issuer}/.well-known/openid-configuration`);
    metadata = (await found.json()) as Record<string, string>;
    await provider.allowRedirect(redirectUri);
  });
  afterAll(() => provider.stop());

  test('glewlwyd describes itself at its issuer', () => {
    expect(metadata).toMatchObject({
      issuer: provider.issuer,
      code_challenge_methods_supported: ['S256'],
      authorization_endpoint: expect.stringContaining(provider.issuer) as string,
      token_endpoint: expect.stringContaining(provider.issuer) as string,
    });
  });

  test('glewlwyd publishes a first key with a certificate, which Ceph requires', async () => {
    const keys = (await (await fetch(metadata['jwks_uri'] ?? '')).json()) as { keys: { x5c?: string[] }[] };
    expect(keys.keys[0]?.x5c).toHaveLength(1);
  });

  test('glewlwyd gives each user their own id_token, and none on refresh', async () => {
    // One after the other: two at once were seen to get an empty answer, perhaps of its one SQLite database.
    const given: Record<string, unknown>[] = [];
    for (const user of provider.users) given.push(await tokensOf(user));
    const [alice, bob] = given;
    const jwks = createRemoteJWKSet(new URL(metadata['jwks_uri'] ?? ''));
    const expected = { issuer: provider.issuer, audience: provider.clientId };
    const claims = await jwtVerify(String(alice?.['id_token']), jwks, expected);
    const others = await jwtVerify(String(bob?.['id_token']), jwks, expected);
    const refreshed = await post({
      grant_type: 'refresh_token',
      refresh_token: String(alice?.['refresh_token']),
    });
    expect(claims.payload['nonce']).toBe('a-nonce');
    expect(claims.payload.sub).not.toBe(others.payload.sub);
    expect(refreshed).toHaveProperty('access_token');
    expect(refreshed).not.toHaveProperty('id_token');
  });

  async function tokensOf(user: GlewlwydUser): Promise<Record<string, unknown>> {
    const verifier = randomBytes(32).toString('base64url');
    const url = new URL(metadata['authorization_endpoint'] ?? '');
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: provider.clientId,
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 'a-state',
      nonce: 'a-nonce',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const back = new URL(await provider.signIn(url.href, user));
    expect(back.searchParams.get('state')).toBe('a-state');
    return post({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      code_verifier: verifier,
      redirect_uri: redirectUri,
    });
  }

  async function post(fields: Record<string, string>): Promise<Record<string, unknown>> {
    const body = new URLSearchParams({ client_id: provider.clientId, ...fields });
    const answer = await fetch(metadata['token_endpoint'] ?? '', { method: 'POST', body });
    return (await answer.json()) as Record<string, unknown>;
  }
});
