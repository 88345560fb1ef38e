// DPoP and pushed authorization requests, at a certified provider that offers them.
import { decodeJwt, decodeProtectedHeader, calculateJwkThumbprint } from 'jose';
import type { JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DeviceCode } from '../../main/ports/identity.port.ts';
import { startFakeProvider } from '../fakes/fake-oidc-provider.ts';
import type { FakeProvider } from '../fakes/fake-oidc-provider.ts';
import { approveDevice, followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { failure, identityKit, never, noDevice, signInAt } from '../support/identity-kit.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

type Sent = { readonly path: string; readonly proof: string | null; readonly form: URLSearchParams };

/** An identity whose requests to the provider are recorded. */
async function recorded(provider: { readonly issuer: string; readonly clientId: string }) {
  const sent: Sent[] = [];
  const kit = await identityKit(provider, {
    fetch: async (url, init) => {
      const request = new Request(url, init);
      const form = new URLSearchParams(await request.clone().text());
      sent.push({ path: new URL(url).pathname, proof: request.headers.get('dpop'), form });
      return await fetch(request);
    },
  });
  return { ...kit, sent, posts: (path: string) => sent.filter((one) => one.path === path) };
}

type Recorded = Awaited<ReturnType<typeof recorded>>;

/** Signs alice in at the real pages; answers the address that a browser was sent to. */
async function signIn(kit: Recorded, cloud: LocalCloud): Promise<URL> {
  const opened: URL[] = [];
  await kit.identity.signIn(
    {
      openUrl: async (url) => {
        opened.push(url);
        const redirect = kit.posts('/request').at(-1)?.form.get('redirect_uri') ?? '';
        const callback = await followSignIn(url.href, personOf(cloud.description, 'alice'), redirect);
        void fetch(callback).then((page) => page.text());
      },
      onDeviceCode: noDevice,
    },
    never(),
  );
  const [address] = opened;
  if (address === undefined) throw new Error('nothing was opened');
  return address;
}

async function thumbprint(proof: string | null): Promise<string> {
  return await calculateJwkThumbprint(decodeProtectedHeader(proof ?? '').jwk as JWK);
}

function session(kit: Recorded): { refreshToken: string; proofKey: Record<string, string> | null } {
  const [text = '{}'] = [...kit.secrets.values.values()];
  return JSON.parse(text) as ReturnType<typeof session>;
}

describe('a provider that offers both', () => {
  let directory: TempFolder;
  let cloud: LocalCloud;
  let kit: Recorded;
  beforeAll(async () => {
    directory = await makeTempFolder('proof');
    const provider = { dpop: 'with-nonce', pushedRequests: true } as const;
    cloud = await startLocalCloud({ directory: directory.path, provider });
  });
  afterAll(async () => {
    await cloud.stop();
    await directory.remove();
  });
  beforeEach(async () => {
    kit = await recorded(cloud.description);
  });
  afterEach(() => kit.close());

  test('the address in the browser holds no state, nonce or challenge', async () => {
    const opened = await signIn(kit, cloud);
    expect([...opened.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const [pushed] = kit.posts('/request');
    expect(pushed?.form.get('code_challenge_method')).toBe('S256');
    expect(pushed?.form.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  });

  test('code and refresh token are bound to one key, which is stored beside the token and named as a secret', async () => {
    await signIn(kit, cloud);
    const { proofKey } = session(kit);
    const key = await calculateJwkThumbprint(proofKey as JWK);
    expect(kit.posts('/request')[0]?.form.get('dpop_jkt')).toBe(key);
    // Twice: the first is answered with the nonce that the second carries.
    const [first, second] = kit.posts('/token');
    expect(decodeJwt(first?.proof ?? '')['nonce']).toBeUndefined();
    expect(decodeJwt(second?.proof ?? '')['nonce']).toEqual(expect.any(String));
    expect(await thumbprint(second?.proof ?? null)).toBe(key);
    expect(kit.heard).toContain(proofKey?.['d']);
  });

  test('another process refreshes with the stored key, and rotation keeps it', async () => {
    await signIn(kit, cloud);
    const before = session(kit);
    const outcome = await kit.another().currentIdToken(never());
    expect(outcome).toMatchObject({ kind: 'token' });
    const refresh = kit.posts('/token').findLast(({ form }) => form.get('grant_type') === 'refresh_token');
    expect(await thumbprint(refresh?.proof ?? null)).toBe(
      await calculateJwkThumbprint(before.proofKey as JWK),
    );
    expect(session(kit).refreshToken).not.toBe(before.refreshToken);
    expect(session(kit).proofKey).toEqual(before.proofKey);
  });

  test('the refresh token alone is worth nothing, and a second sign-in has a key of its own', async () => {
    await signIn(kit, cloud);
    const first = session(kit);
    const { issuer, clientId } = cloud.description;
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: first.refreshToken,
        client_id: clientId,
      }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).not.toHaveProperty('id_token');
    await signIn(kit, cloud);
    expect(session(kit).proofKey).not.toEqual(first.proofKey);
  });

  test('the device flow is bound, too', async () => {
    await kit.close();
    kit = await recorded(cloud.description);
    const device = Promise.withResolvers<DeviceCode>();
    const byDevice = kit.anotherBy({ kind: 'device' });
    const signedIn = byDevice.signIn(
      { openUrl: () => Promise.reject(new Error('no browser')), onDeviceCode: device.resolve },
      never(),
    );
    const { verificationUri, userCode } = await device.promise;
    await approveDevice(verificationUri, userCode, personOf(cloud.description, 'alice'));
    await signedIn;
    expect(await thumbprint(kit.posts('/token').at(-1)?.proof ?? null)).toBe(
      await calculateJwkThumbprint(session(kit).proofKey as JWK),
    );
  });

  test('sign-out revokes the bound token and leaves no key behind', async () => {
    await signIn(kit, cloud);
    expect(await kit.identity.signOut(null, never())).toMatchObject({ revoked: 'revoked' });
    expect([...kit.secrets.values.values()]).toEqual([]);
  });
});

describe('any other provider', () => {
  let provider: FakeProvider;
  let kit: Recorded;
  beforeEach(async () => {
    provider = await startFakeProvider();
    kit = await recorded(provider);
  });
  afterEach(async () => {
    await kit.close();
    await provider.close();
  });

  test('is asked as before: no proof, no key, everything in the address', async () => {
    await signInAt(provider, kit.identity);
    await kit.another().currentIdToken(never());
    expect(kit.sent.map(({ proof }) => proof).filter((proof) => proof !== null)).toEqual([]);
    expect(session(kit).proofKey).toBeNull();
    expect(kit.posts('/par')).toEqual([]);
  });

  test.each([[['RS256', 'EdDSA']], ['ES256'], [null]])('offers DPoP as %j: no proof', async (offered) => {
    provider.bend.metadata = (one) => ({ ...one, dpop_signing_alg_values_supported: offered });
    await signInAt(provider, kit.identity);
    expect(session(kit).proofKey).toBeNull();
  });

  test('a session from before there were keys is refreshed without one, also where DPoP is offered by now', async () => {
    await signInAt(provider, kit.identity);
    const [[name, text] = ['', '']] = [...kit.secrets.values];
    const { proofKey: _none, ...older } = JSON.parse(text) as Record<string, unknown>;
    kit.secrets.values.set(name, JSON.stringify(older));
    provider.bend.metadata = (one) => ({ ...one, dpop_signing_alg_values_supported: ['ES256'] });
    expect(await kit.another().currentIdToken(never())).toMatchObject({ kind: 'token' });
    expect(kit.sent.at(-1)?.proof ?? null).toBeNull();
  });

  test('a stored key that is none is no session', async () => {
    await signInAt(provider, kit.identity);
    const [[name, text] = ['', '']] = [...kit.secrets.values];
    const bent = { ...(JSON.parse(text) as object), proofKey: { kty: 'oct', k: 'AAAA' } };
    kit.secrets.values.set(name, JSON.stringify(bent));
    expect(await kit.another().currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'signed-out',
    });
  });

  const offersPushed = (more: object = {}) => {
    provider.bend.metadata = (one) => ({
      ...one,
      pushed_authorization_request_endpoint: `${provider.issuer}/par`,
      ...more,
    });
  };

  test('that offers pushed requests but refuses ours is asked in the ordinary way', async () => {
    offersPushed();
    provider.bend.parError = 'invalid_client';
    await signInAt(provider, kit.identity);
    expect(kit.posts('/par')).toHaveLength(1);
    expect(kit.identity.state().kind).toBe('signed-in');
  });

  test('that requires them and refuses ours ends the sign-in', async () => {
    offersPushed({ require_pushed_authorization_requests: true });
    provider.bend.parError = 'invalid_client';
    const error = await failure(signInAt(provider, kit.identity));
    expect([error.code, error.fields['oauthError']]).toEqual(['sign-in-failed', 'invalid_client']);
  });

  test('whose endpoint for them is not https, or whose answer is a page, ends it as well', async () => {
    offersPushed({ pushed_authorization_request_endpoint: 'http://login.example.com/par' });
    expect((await failure(signInAt(provider, kit.identity))).code).toBe('url-refused');
    offersPushed();
    provider.bend.page = { path: '/par', status: 200, body: '<h1>Maintenance</h1>' };
    expect((await failure(signInAt(provider, kit.identity))).code).toBe('issuer-unreachable');
  });
});
