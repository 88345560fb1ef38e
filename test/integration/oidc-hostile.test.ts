// Hostile id_tokens and discovery documents, each with its refusal.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeProvider, startFakeProvider } from '../fakes/fake-oidc-provider.ts';
import { failure, identityKit, signInAt } from '../support/identity-kit.ts';

type Kit = Awaited<ReturnType<typeof identityKit>>;
let provider: FakeProvider;
let kit: Kit;

beforeEach(async () => {
  provider = await startFakeProvider();
  kit = await identityKit(provider);
});
afterEach(async () => {
  await kit.close();
  await provider.close();
});

function signIn() {
  return signInAt(provider, kit.identity);
}

describe('hostile id_tokens are refused at sign-in', () => {
  const none = (claims: unknown): string =>
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
  const cases: readonly (readonly [
    name: string,
    bend: (p: FakeProvider) => void,
    codes: readonly string[],
  ])[] = [
    [
      'alg none',
      (p) => {
        p.bend.idToken = (_jwt, claims) => none(claims);
      },
      ['token-algorithm', 'token-invalid'],
    ],
    [
      'HS256 with the client id as key',
      (p) => {
        p.bend.idToken = (_jwt, claims) =>
          p.sign(claims, { alg: 'HS256', key: new TextEncoder().encode('native-app'.padEnd(32, '0')) });
      },
      ['token-algorithm'],
    ],
    [
      'PS256, which AWS does not take',
      (p) => {
        p.bend.idToken = async (_jwt, claims) =>
          p.sign(claims, {
            alg: 'PS256',
            key: await crypto.subtle.importKey(
              'jwk',
              await crypto.subtle.exportKey('jwk', p.key().privateKey).then(({ alg: _alg, ...jwk }) => jwk),
              { name: 'RSA-PSS', hash: 'SHA-256' },
              false,
              ['sign'],
            ),
          });
      },
      ['token-algorithm'],
    ],
    [
      'signature cut off',
      (p) => {
        p.bend.idToken = (jwt) => jwt.split('.').slice(0, 2).join('.');
      },
      ['token-invalid'],
    ],
    [
      'signature changed',
      (p) => {
        p.bend.idToken = (jwt) => `${jwt.slice(0, -12)}AAAAAAAAAAAA`;
      },
      ['token-invalid'],
    ],
    [
      'payload changed',
      (p) => {
        p.bend.idToken = (jwt, claims) => {
          const [header, , signature] = jwt.split('.');
          return `${header ?? ''}.${Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')}.${signature ?? ''}`;
        };
      },
      ['token-invalid'],
    ],
    [
      'another key with our kid',
      (p) => {
        p.bend.idToken = async (_jwt, claims) => {
          const { generateKeyPair } = await import('jose');
          return p.sign(claims, { key: (await generateKeyPair('RS256')).privateKey });
        };
      },
      ['token-invalid'],
    ],
    [
      'an unknown kid',
      (p) => {
        p.bend.idToken = (_jwt, claims) => p.sign(claims, { kid: 'unknown' });
      },
      ['token-invalid'],
    ],
    [
      'another issuer',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, iss: 'https://attacker.example' });
      },
      ['token-invalid'],
    ],
    [
      'the issuer with a slash',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, iss: `${p.issuer}/` });
      },
      ['token-invalid'],
    ],
    [
      'another audience',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, aud: 'other-app' });
      },
      ['token-invalid'],
    ],
    [
      'several audiences without azp',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, aud: [p.clientId, 'other-app'] });
      },
      ['token-invalid'],
    ],
    [
      'given to another party',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, aud: [p.clientId, 'other-app'], azp: 'other-app' });
      },
      ['token-invalid'],
    ],
    [
      'expired',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 120 });
      },
      ['token-expired'],
    ],
    [
      'not valid yet',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, nbf: Math.floor(Date.now() / 1000) + 3600 });
      },
      ['token-expired', 'token-invalid'],
    ],
    [
      'exp as text',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, exp: '9999999999' });
      },
      ['token-invalid'],
    ],
    [
      'another nonce (replayed token)',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, nonce: 'replayed' });
      },
      ['token-invalid'],
    ],
    [
      'no nonce',
      (p) => {
        p.bend.claims = ({ nonce: _nonce, ...claims }: Readonly<Record<string, unknown>>) => claims;
      },
      ['token-invalid'],
    ],
    [
      'no subject',
      (p) => {
        p.bend.claims = ({ sub: _sub, ...claims }: Readonly<Record<string, unknown>>) => claims;
      },
      ['token-invalid'],
    ],
    [
      'larger than AWS takes',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, groups: 'x'.repeat(20_000) });
      },
      ['token-invalid'],
    ],
    [
      'a response of 2 MiB',
      (p) => {
        p.bend.claims = (claims) => ({ ...claims, groups: 'x'.repeat(2 * 1024 * 1024) });
      },
      ['issuer-invalid'],
    ],
    [
      'five parts (encrypted)',
      (p) => {
        p.bend.idToken = () => 'a.b.c.d.e';
      },
      ['token-invalid', 'sign-in-failed'],
    ],
    [
      'a critical header',
      (p) => {
        p.bend.idToken = (jwt) => {
          const [, payload, signature] = jwt.split('.');
          return `${Buffer.from('{"alg":"RS256","crit":["x"],"x":1}').toString('base64url')}.${payload ?? ''}.${signature ?? ''}`;
        };
      },
      ['token-invalid', 'sign-in-failed'],
    ],
    [
      'none at all, only an opaque access token',
      (p) => {
        p.bend.idToken = () => undefined;
      },
      ['no-id-token'],
    ],
  ];
  test.each(cases)('a hostile id_token is refused at sign-in: %s', async (_name, bend, codes) => {
    bend(provider);
    const error = await failure(signIn());
    expect(codes).toContain(error.code);
    expect(error.retry).toBe('slow');
    expect(kit.identity.state().kind).toBe('signed-out');
    expect([...kit.secrets.values.keys()]).toEqual([]);
    expect(`${error.message} ${JSON.stringify(error.fields)} ${String(error.cause)}`).not.toMatch(/eyJ/);
  });
});

describe('hostile or unfit discovery', () => {
  const cases: readonly (readonly [
    name: string,
    bend: (metadata: Record<string, unknown>) => Record<string, unknown>,
    codes: readonly string[],
  ])[] = [
    ['another issuer', (m) => ({ ...m, issuer: 'https://attacker.example' }), ['issuer-invalid']],
    [
      'an http token endpoint elsewhere',
      (m) => ({ ...m, token_endpoint: 'http://attacker.example/token' }),
      ['url-refused'],
    ],
    [
      'an authorization endpoint that is a script',
      (m) => ({ ...m, authorization_endpoint: 'javascript:alert(1)' }),
      ['url-refused'],
    ],
    [
      'an authorization endpoint that is a file',
      (m) => ({ ...m, authorization_endpoint: 'file:///etc/passwd' }),
      ['url-refused'],
    ],
    [
      'userinfo in the token endpoint',
      (m) => ({ ...m, token_endpoint: 'https://a:b@example.com/token' }),
      ['url-refused'],
    ],
    [
      'localhost by name',
      (m) => ({ ...m, jwks_uri: String(m['jwks_uri']).replace('127.0.0.1', 'localhost') }),
      ['url-refused'],
    ],
    ['no keys', ({ jwks_uri: _keys, ...m }) => m, ['issuer-invalid']],
    [
      'only symmetric signatures',
      (m) => ({ ...m, id_token_signing_alg_values_supported: ['HS256', 'none'] }),
      ['issuer-lacks-feature'],
    ],
    [
      'signatures as a text',
      (m) => ({ ...m, id_token_signing_alg_values_supported: 'RS256' }),
      ['issuer-invalid'],
    ],
  ];
  test.each(cases)('a hostile or unfit discovery document is refused: %s', async (_name, bend, codes) => {
    provider.bend.metadata = bend;
    expect(codes).toContain((await failure(signIn())).code);
    expect(provider.requests.filter(({ path }) => path === '/token')).toEqual([]);
  });

  test('http to loopback needs the development flag', async () => {
    await kit.close();
    kit = await identityKit(provider, { account: { development: false } });
    expect((await failure(signIn())).code).toBe('url-refused');
    expect(provider.requests).toEqual([]);
  });
});
