// The local cloud's sign-in and AssumeRoleWithWebIdentity: same acceptance and refusals as AWS.
import { generateKeyPairSync, sign } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { SignJWT, decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { approveDevice, followSignIn, signIn } from '../local-cloud/browserless.ts';
import { assumeRole, personOf, s3Client, stsClient } from '../local-cloud/client-kit.ts';
import { cloudForFile, outcome, postForm } from '../support/cloud-kit.ts';

const cloud = await cloudForFile();
const { description: described } = cloud;
const { id_token: aliceToken } = await signIn(
  described.issuer,
  described.clientId,
  personOf(described, 'alice'),
);

describe('the provider', () => {
  test('the provider gives tokens for the right password only', async () => {
    expect(decodeJwt(aliceToken)).toMatchObject({
      iss: described.issuer,
      aud: described.clientId,
      sub: personOf(described, 'alice').sub,
      email: 'alice@example.test',
    });

    await expect(
      signIn(described.issuer, described.clientId, { name: 'alice', password: 'wrong' }),
    ).rejects.toThrow('401');
  });

  test('the provider requires PKCE and a registered loopback redirect, and names itself in the response', async () => {
    const ask = (fields: Readonly<Record<string, string>>): string =>
      `${described.issuer}/authorize?${new URLSearchParams({ response_type: 'code', client_id: described.clientId, scope: 'openid', state: 's', ...fields }).toString()}`;
    const challenge = {
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    const redirect = 'http://127.0.0.1:51234/callback';

    const noPkce = new URL(
      (await fetch(ask({ redirect_uri: redirect }), { redirect: 'manual' })).headers.get('location') ?? '',
    );
    const foreign = await fetch(ask({ redirect_uri: 'http://evil.example/callback', ...challenge }), {
      redirect: 'manual',
    });
    const landed = await followSignIn(
      ask({ redirect_uri: redirect, ...challenge }),
      personOf(described, 'bob'),
      redirect,
    );

    expect(noPkce.searchParams.get('error')).toBe('invalid_request');
    expect(foreign.status).toBe(400);
    expect(landed.searchParams.get('iss')).toBe(described.issuer);
    expect(landed.searchParams.get('code')).not.toBeNull();
  });

  test('the provider rotates refresh tokens, and a reused one revokes the family', async () => {
    const tokens = await signIn(described.issuer, described.clientId, personOf(described, 'bob'));
    const refresh = (token: string): Promise<Response> =>
      postForm(`${described.issuer}/token`, {
        grant_type: 'refresh_token',
        refresh_token: token,
        client_id: described.clientId,
      });
    const first = z
      .object({ id_token: z.string(), refresh_token: z.string() })
      .parse(await (await refresh(tokens.refresh_token ?? '')).json());

    const replay = await refresh(tokens.refresh_token ?? '');
    const successor = await refresh(first.refresh_token);

    expect(decodeJwt(first.id_token).sub).toBe(personOf(described, 'bob').sub);
    expect(first.refresh_token).not.toBe(tokens.refresh_token);
    expect(replay.status).toBe(400);
    expect(successor.status).toBe(400);
  });

  test('the provider lets a rotated refresh token be used again for as long as the reuse interval lasts', async () => {
    const tokens = await signIn(described.issuer, described.clientId, personOf(described, 'alice'));
    const refresh = (): Promise<Response> =>
      postForm(`${described.issuer}/token`, {
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
        client_id: described.clientId,
      });

    cloud.control.patch({ refreshReuseSeconds: 60 });
    const within = [await refresh(), await refresh()].map(({ status }) => status);
    cloud.control.patch({ refreshReuseSeconds: 0 });
    const after = await refresh();

    expect(within).toEqual([200, 200]);
    expect(after.status).toBe(400);
  });

  test('the provider can omit the id_token from a refresh and shorten its life', async () => {
    cloud.control.patch({ idTokenOnRefresh: false, idTokenSeconds: 60 });
    const tokens = await signIn(described.issuer, described.clientId, personOf(described, 'bob'));
    const answer: unknown = await (
      await postForm(`${described.issuer}/token`, {
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
        client_id: described.clientId,
      })
    ).json();
    cloud.control.reset();
    const { exp = 0, iat = 0 } = decodeJwt(tokens.id_token);

    expect(answer).toHaveProperty('access_token');
    expect(answer).not.toHaveProperty('id_token');
    expect(exp - iat).toBe(60);
  });

  test('the provider revokes a refresh token', async () => {
    const tokens = await signIn(described.issuer, described.clientId, personOf(described, 'bob'));
    const revoked = await postForm(`${described.issuer}/revoke`, {
      token: tokens.refresh_token ?? '',
      client_id: described.clientId,
    });
    const after = await postForm(`${described.issuer}/token`, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
      client_id: described.clientId,
    });

    expect(revoked.status).toBe(200);
    expect(after.status).toBe(400);
  });

  test('the provider signs a device in through a code that a user approves elsewhere', async () => {
    const discovery: unknown = await (
      await fetch(`${described.issuer}/.well-known/openid-configuration`)
    ).json();
    const { device_authorization_endpoint: endpoint } = z
      .object({ device_authorization_endpoint: z.string() })
      .parse(discovery);
    const started: unknown = await (
      await postForm(endpoint, { client_id: described.clientId, scope: 'openid offline_access' })
    ).json();
    const device = z
      .object({ device_code: z.string(), user_code: z.string(), verification_uri: z.string() })
      .parse(started);
    const poll = async (): Promise<unknown> =>
      (
        await postForm(`${described.issuer}/token`, {
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: device.device_code,
          client_id: described.clientId,
        })
      ).json();
    const early = await poll();
    const page = await approveDevice(device.verification_uri, device.user_code, personOf(described, 'bob'));
    const { id_token: idToken } = z
      .object({ id_token: z.string(), refresh_token: z.string() })
      .parse(await poll());

    expect(early).toMatchObject({ error: 'authorization_pending' });
    expect(page).toContain('You are signed in');
    expect(decodeJwt(idToken).sub).toBe(personOf(described, 'bob').sub);
  });

  test('the provider publishes a certificate on its first key, for Ceph', async () => {
    const { keys } = z
      .object({ keys: z.array(z.object({ kty: z.string(), x5c: z.array(z.string()).optional() })) })
      .parse(await (await fetch(`${described.issuer}/jwks.json`)).json());

    expect(keys[0]?.x5c).toHaveLength(1);
  });
});

describe('AssumeRoleWithWebIdentity', () => {
  const assume = (token: string, extra: object = {}): Promise<string> =>
    outcome(
      stsClient(described).send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: described.roleArn,
          RoleSessionName: 'session',
          WebIdentityToken: token,
          ...extra,
        }),
      ),
    );

  test('AssumeRoleWithWebIdentity returns the assumed user', async () => {
    const answer = await stsClient(described).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: described.roleArn,
        RoleSessionName: 'a.session',
        WebIdentityToken: aliceToken,
      }),
    );

    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: personOf(described, 'alice').sub,
      Audience: described.clientId,
      AssumedRoleUser: { Arn: `arn:aws:sts::${described.accountId}:assumed-role/driftless/a.session` },
    });
  });

  test('AssumeRoleWithWebIdentity accepts ES256 as well', async () => {
    expect(await assume(await cloud.signToken({ sub: 'es' }, 'ES256'))).toBe('done');
  });

  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const now = Math.floor(Date.now() / 1000);
  const claims = (): Record<string, unknown> => ({
    iss: described.issuer,
    aud: described.clientId,
    sub: 'mallory',
    iat: now,
    exp: now + 300,
  });
  const compact = (header: object, body: object, signature: Buffer): string =>
    [Buffer.from(JSON.stringify(header)), Buffer.from(JSON.stringify(body)), signature]
      .map((part) => part.toString('base64url'))
      .join('.');
  const hostile: readonly (readonly [
    name: string,
    make: () => Promise<string> | string,
    expected: string,
  ])[] = [
    [
      'signed by a stranger',
      () => new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(stranger),
      '400 InvalidIdentityTokenException',
    ],
    [
      'alg none',
      () => compact({ alg: 'none' }, claims(), Buffer.alloc(0)),
      '400 InvalidIdentityTokenException',
    ],
    [
      'HS256 with the public key as secret',
      () => compact({ alg: 'HS256' }, claims(), Buffer.alloc(32)),
      '400 InvalidIdentityTokenException',
    ],
    [
      'PS256',
      () => compact({ alg: 'PS256' }, claims(), sign('sha256', Buffer.from('x'), stranger)),
      '400 InvalidIdentityTokenException',
    ],
    [
      'claims changed after signing',
      () =>
        aliceToken
          .split('.')
          .map((part, index) =>
            index === 1
              ? Buffer.from(
                  JSON.stringify({ ...decodeJwt(aliceToken), sub: personOf(described, 'bob').sub }),
                ).toString('base64url')
              : part,
          )
          .join('.'),
      '400 InvalidIdentityTokenException',
    ],
    ['expired', () => cloud.signToken({ exp: now - 10, iat: now - 600 }), '400 ExpiredTokenException'],
    ['another audience', () => cloud.signToken({ aud: 'another-app' }), '400 InvalidIdentityTokenException'],
    [
      'another issuer',
      () => cloud.signToken({ iss: 'https://evil.example' }),
      '400 InvalidIdentityTokenException',
    ],
    ['no subject', () => cloud.signToken({ sub: '' }), '400 InvalidIdentityTokenException'],
    ['not yet valid', () => cloud.signToken({ nbf: now + 600 }), '400 InvalidIdentityTokenException'],
    ['not a JWT', () => 'opaque-access-token', '400 InvalidIdentityTokenException'],
  ];

  test.each(hostile)('AssumeRoleWithWebIdentity refuses a token %s', async (_name, make, expected) => {
    expect(await assume(await make())).toBe(expected);
  });

  test('AssumeRoleWithWebIdentity refuses bad parameters as AWS does', async () => {
    expect({
      shortName: await assume(aliceToken, { RoleSessionName: 'x' }),
      rawSub: await assume(aliceToken, { RoleSessionName: 'auth0|x' }),
      short: await assume(aliceToken, { DurationSeconds: 60 }),
      long: await assume(aliceToken, { DurationSeconds: 50_000 }),
      role: await assume(aliceToken, { RoleArn: `arn:aws:iam::${described.accountId}:role/nope` }),
      arn: await assume(aliceToken, { RoleArn: 'arn:aws:iam::role/this-is-not-one' }),
      policy: await assume(aliceToken, { Policy: '{"Version":' }),
    }).toEqual({
      shortName: '400 ValidationError',
      rawSub: '400 ValidationError',
      short: '400 ValidationError',
      long: '400 ValidationError',
      role: '403 AccessDenied',
      arn: '400 ValidationError',
      policy: '400 MalformedPolicyDocumentException',
    });
  });

  test('AssumeRoleWithWebIdentity obeys the trust policy on the subject', async () => {
    const provider = described.issuer.replace('http://', '');
    const trust = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow' as const,
          Principal: { Federated: `arn:aws:iam::${described.accountId}:oidc-provider/${provider}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringLike: { [`${provider}:sub`]: `${personOf(described, 'bob').sub.slice(0, 9)}*` },
          },
        },
      ],
    };
    const roleArn = cloud.control.putRole({ name: 'bobs-only', trust, policies: [] });
    const bobToken = (await signIn(described.issuer, described.clientId, personOf(described, 'bob')))
      .id_token;

    expect(await assume(aliceToken, { RoleArn: roleArn })).toBe('403 AccessDenied');
    expect(await assume(bobToken, { RoleArn: roleArn })).toBe('done');
  });

  test('AssumeRoleWithWebIdentity in strict mode accepts a registered http issuer only if it is this loopback one', async () => {
    cloud.control.putOidcProvider('http://127.0.0.1:9/other', [described.clientId]);
    const token = await cloud.signToken({ iss: 'http://127.0.0.1:9/other' });

    expect(await assume(token)).toBe('400 InvalidIdentityTokenException');
    cloud.control.patch({ strictAws: false });
    // Now it tries, and no server listens there.
    expect(await assume(token)).toBe('400 IDPCommunicationErrorException');
    cloud.control.reset();
  });

  test('the whole cloud can run at a shifted time, as seen by a client whose clock is off', async () => {
    cloud.control.patch({ clockSkewMs: 7_200_000 });
    const { id_token: idToken } = await signIn(
      described.issuer,
      described.clientId,
      personOf(described, 'alice'),
    );
    const shifted = await assume(idToken);
    const stale = await assume(aliceToken);
    cloud.control.reset();

    expect((decodeJwt(idToken).iat ?? 0) - Math.floor(Date.now() / 1000)).toBeGreaterThan(7000);
    expect(shifted).toBe('done');
    expect(stale).toBe('400 ExpiredTokenException');
  });

  test('short credentials expire when they state it', async () => {
    cloud.control.patch({ minSessionSeconds: 1, forceSessionSeconds: 1 });
    const credentials = await assumeRole(described, aliceToken, { durationSeconds: 1 });
    cloud.control.reset();
    cloud.control.patch({ clockSkewMs: 2000 });
    const list = s3Client(described, credentials).send(
      new ListObjectsV2Command({
        Bucket: described.bucket,
        Prefix: `users/${personOf(described, 'alice').sub}/`,
      }),
    );

    expect(await outcome(list)).toBe('400 ExpiredToken');
    cloud.control.reset();
  });
});
