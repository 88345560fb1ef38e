// Sign-in, refresh and sign-out against a provider that misbehaves on request.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OidcIdentity } from '../../main/adapters/oidc/identity.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { DeviceCode } from '../../main/ports/identity.port.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/fake-oidc-provider.ts';
import { waitFor } from '../support/wait-for.ts';
import { failure, fillDisk, identityKit, never, noDevice, signInAt } from '../support/identity-kit.ts';

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

function signIn(identity: OidcIdentity = kit.identity) {
  return signInAt(provider, identity);
}

function count(path: string, grant?: string): number {
  return provider.requests.filter(
    (request) => request.path === path && (grant === undefined || request.form.get('grant_type') === grant),
  ).length;
}

/** Lets the cached id_token run out. */
function ageToken(): void {
  kit.clock.advance(600_000);
  provider.bend.clockSeconds += 600;
}

describe('sign-in in the browser', () => {
  test('a browser sign-in gives a verified id_token and keeps only the refresh token', async () => {
    const token = await signIn();
    expect(token).toMatchObject({
      subject: provider.subject,
      issuer: provider.issuer,
      displayName: 'alice@example.test',
      tags: { team: 'blue' },
    });
    const stored = [...kit.secrets.values.values()].join();
    expect(stored).toContain('refreshToken');
    expect(stored).not.toContain(token.jwt);
    expect(kit.identity.state()).toMatchObject({ kind: 'signed-in', subject: provider.subject });
  });

  test('a browser sign-in sends PKCE S256, state, nonce and a loopback redirect, and no secret in the URL', async () => {
    let seen: URL | null = null;
    await kit.identity.signIn(
      {
        openUrl: async (url) => {
          seen = url;
          void provider.follow(url);
          return Promise.resolve();
        },
        onDeviceCode: noDevice,
      },
      never(),
    );
    const query = (seen as unknown as URL).searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('state')?.length).toBeGreaterThan(30);
    expect(query.get('nonce')?.length).toBeGreaterThan(30);
    expect(query.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect(query.get('client_secret')).toBeNull();
  });

  test('a browser sign-in ends on a page that says the tab can be closed, under a strict policy', async () => {
    const page = Promise.withResolvers<Response>();
    await kit.identity.signIn(
      {
        openUrl: (url) => {
          provider.follow(url).then(page.resolve, page.reject);
          return Promise.resolve();
        },
        onDeviceCode: noDevice,
      },
      never(),
    );
    const response = await page.promise;
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await response.text()).toContain('You can close this tab');
  });

  test('the port is closed after a browser sign-in', async () => {
    let redirect = '';
    await kit.identity.signIn(
      {
        openUrl: (url) => {
          redirect = url.searchParams.get('redirect_uri') ?? '';
          void provider.follow(url);
          return Promise.resolve();
        },
        onDeviceCode: noDevice,
      },
      never(),
    );
    await expect(fetch(redirect)).rejects.toThrow();
  });

  test('a callback with the wrong state is refused and does not end the wait', async () => {
    const statuses: number[] = [];
    const token = await kit.identity.signIn(
      {
        openUrl: async (url) => {
          const wrong = provider.callbackFor(url);
          wrong.searchParams.set('state', 'attacker');
          statuses.push((await fetch(wrong)).status);
          void provider.follow(url);
        },
        onDeviceCode: noDevice,
      },
      never(),
    );
    expect(statuses).toEqual([400]);
    expect(token.subject).toBe(provider.subject);
  });

  test('a replayed code and a second callback are refused', async () => {
    const second: number[] = [];
    await kit.identity
      .signIn(
        {
          openUrl: async (url) => {
            const callback = provider.callbackFor(url);
            const first = fetch(callback);
            second.push(
              await fetch(callback).then(
                (response) => response.status,
                () => 0,
              ),
            );
            await first;
          },
          onDeviceCode: noDevice,
        },
        never(),
      )
      .catch(() => undefined);
    expect([409, 0]).toContain(second[0]);
    expect(count('/token', 'authorization_code')).toBe(1);
  });

  test('a sign-in declined at the provider is reported as declined', async () => {
    provider.bend.redirect = (params) => {
      params.delete('code');
      params.set('error', 'access_denied');
    };
    expect((await failure(signIn())).code).toBe('sign-in-denied');
    expect(kit.identity.state().kind).toBe('signed-out');
  });

  test('another issuer in the redirect is refused (mix-up, RFC 9207)', async () => {
    provider.bend.redirect = (params) => {
      params.set('iss', 'https://attacker.example');
    };
    expect(['sign-in-failed', 'token-invalid', 'issuer-invalid']).toContain((await failure(signIn())).code);
    expect(count('/token')).toBe(0);
  });

  test('a missing issuer in the redirect is refused where the provider promised one', async () => {
    provider.bend.redirect = (params) => {
      params.delete('iss');
    };
    expect((await failure(signIn())).code).toBe('sign-in-failed');
    expect(count('/token')).toBe(0);
  });

  test('a foreign code (injection) fails at the provider by PKCE', async () => {
    const attacker = new URL(provider.issuer);
    attacker.search = new URLSearchParams({
      redirect_uri: 'http://127.0.0.1:1/callback',
      code_challenge: 'other',
      nonce: 'x',
      state: 'y',
    }).toString();
    const stolen = provider.callbackFor(attacker).searchParams.get('code') ?? '';
    provider.bend.redirect = (params) => {
      params.set('code', stolen);
    };
    const error = await failure(signIn());
    expect(error.code).toBe('sign-in-failed');
    expect(error.fields['oauthError']).toBe('invalid_grant');
  });

  test('a sign-in without a callback times out, a cancelled one is reported as such, and both close the port', async () => {
    await kit.close();
    kit = await identityKit(provider, { signInTimeoutMs: 50 });
    let redirect = '';
    const openUrl = (url: URL): Promise<void> => {
      redirect = url.searchParams.get('redirect_uri') ?? '';
      return Promise.resolve();
    };
    expect((await failure(kit.identity.signIn({ openUrl, onDeviceCode: noDevice }, never()))).code).toBe(
      'sign-in-timeout',
    );
    await expect(fetch(redirect)).rejects.toThrow();
    const abort = new AbortController();
    const cancelled = kit.identity.signIn(
      {
        openUrl: (url) => {
          abort.abort();
          return openUrl(url);
        },
        onDeviceCode: noDevice,
      },
      abort.signal,
    );
    expect((await failure(cancelled)).code).toBe('sign-in-cancelled');
    await expect(fetch(redirect)).rejects.toThrow();
  });

  test('a second sign-in cancels the first', async () => {
    const opened = Promise.withResolvers<undefined>();
    const first = failure(
      kit.identity.signIn(
        {
          openUrl: () => {
            opened.resolve(undefined);
            return Promise.resolve();
          },
          onDeviceCode: noDevice,
        },
        never(),
      ),
    );
    await opened.promise;
    expect((await signIn()).subject).toBe(provider.subject);
    expect((await first).code).toBe('sign-in-cancelled');
    expect(kit.identity.state().kind).toBe('signed-in');
  });

  test('a second sign-in that is cancelled leaves the state from before the first', async () => {
    const abort = new AbortController();
    const waiting = { openUrl: () => Promise.resolve(), onDeviceCode: noDevice };
    const first = failure(kit.identity.signIn(waiting, never()));
    const second = failure(kit.identity.signIn(waiting, abort.signal));
    abort.abort();
    expect([(await first).code, (await second).code]).toEqual(['sign-in-cancelled', 'sign-in-cancelled']);
    expect(kit.identity.state().kind).toBe('signed-out');
  });

  test('a sign-in without a browser is reported as such', async () => {
    const error = await failure(
      kit.identity.signIn(
        { openUrl: () => Promise.reject(new Error('xdg-open missing')), onDeviceCode: noDevice },
        never(),
      ),
    );
    expect(error.code).toBe('sign-in-failed');
  });
});

describe('keeping the id_token fresh', () => {
  test('a token with life left makes no request', async () => {
    const token = await signIn();
    const before = provider.requests.length;
    expect(await kit.identity.currentIdToken(never())).toEqual({ kind: 'token', token });
    expect(provider.requests.length).toBe(before);
  });

  test('refreshes once for many callers and rotates the stored token', async () => {
    await signIn();
    const before = [...kit.secrets.values.values()].join();
    ageToken();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => kit.identity.currentIdToken(never())),
    );
    expect(outcomes.every((outcome) => outcome.kind === 'token')).toBe(true);
    expect(count('/token', 'refresh_token')).toBe(1);
    expect([...kit.secrets.values.values()].join()).not.toBe(before);
  });

  test('two processes refreshing at once never spend a token twice', async () => {
    await signIn();
    ageToken();
    const others = [kit.another(), kit.another(), kit.another()];
    const outcomes = await Promise.all(others.map((other) => other.currentIdToken(never())));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['token', 'token', 'token']);
  });

  test('a rotated token is durable even when the response is otherwise unusable', async () => {
    await signIn();
    ageToken();
    provider.bend.idToken = (jwt) => `${jwt.slice(0, -12)}AAAAAAAAAAAA`;
    expect((await failure(kit.identity.currentIdToken(never()))).code).toBe('token-invalid');
    provider.bend.idToken = (jwt) => jwt;
    expect((await kit.another().currentIdToken(never())).kind).toBe('token');
  });

  test('an empty token in an answer never takes the place of the stored one', async () => {
    await kit.close();
    let isEmpty = false;
    kit = await identityKit(provider, {
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        if (!isEmpty || !url.endsWith('/token')) return answer;
        return Response.json({ ...((await answer.json()) as object), refresh_token: '' });
      },
    });
    provider.bend.rotate = false;
    await signIn();
    ageToken();
    isEmpty = true;
    expect((await failure(kit.identity.currentIdToken(never()))).code).toBe('issuer-invalid');
    isEmpty = false;
    expect(await kit.identity.currentIdToken(never())).toMatchObject({ kind: 'token' });
  });

  test('a rotated token that cannot be stored is kept, used, and stored at the next opportunity', async () => {
    await signIn();
    ageToken();
    const makeRoom = fillDisk(kit.secrets);
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
    ageToken();
    // The stored token is spent: the provider would refuse it.
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
    makeRoom();
    ageToken();
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
    expect((await kit.another().currentIdToken(never())).kind).toBe('token');
  });

  test('a sign-out forgets a token that could not be stored', async () => {
    await signIn();
    ageToken();
    const makeRoom = fillDisk(kit.secrets);
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
    makeRoom();
    await kit.identity.signOut(null, never());
    expect(await kit.identity.currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'signed-out',
    });
    expect([...kit.secrets.values.keys()]).toEqual([]);
  });

  test('a token that another process rotated without our lock is checked before the sign-in counts as ended', async () => {
    await signIn();
    ageToken();
    const { read } = kit.secrets;
    const stale = await read([...kit.secrets.values.keys()][0] ?? '');
    expect((await kit.another().currentIdToken(never())).kind).toBe('token');
    let reads = 0;
    kit.secrets.read = (key) => {
      reads += 1;
      return reads === 1 ? Promise.resolve(stale) : read(key);
    };
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
  });

  test.each(['interaction_required', 'login_required', 'consent_required', 'account_selection_required'])(
    '%s requires a sign-in, and the token is tried again later',
    async (reply) => {
      await signIn();
      ageToken();
      provider.bend.refreshError = reply;
      expect((await kit.identity.currentIdToken(never())).kind).toBe('needs-sign-in');
      provider.bend.refreshError = null;
      expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
    },
  );

  test.each(['temporarily_unavailable', 'server_error'])(
    '%s with 400 counts as an unavailable provider',
    async (reply) => {
      await signIn();
      ageToken();
      provider.bend.refreshError = reply;
      const error = await failure(kit.identity.currentIdToken(never()));
      expect(error).toMatchObject({ code: 'issuer-unreachable', retry: 'backoff' });
      expect(kit.identity.state().kind).toBe('signed-in');
    },
  );

  test.each([
    ['404', { status: 404, body: 'not found' }],
    ['403', { status: 403, body: 'forbidden' }],
    ['a page of HTML', { status: 200, body: '<html><body>Back soon</body></html>' }],
    ['a redirect', { status: 302, body: '', location: 'https://login.example.net/' }],
    ['no JSON', { status: 200, body: '{' }],
  ])('a discovery document that is %s counts as an unavailable provider', async (_, discovery) => {
    await signIn();
    ageToken();
    provider.bend.discovery = discovery;
    const error = await failure(kit.identity.currentIdToken(never()));
    expect(error).toMatchObject({ code: 'issuer-unreachable', retry: 'backoff' });
    provider.bend.discovery = null;
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
  });

  test.each([
    ['/token', 200],
    ['/token', 302],
    ['/token', 403],
    ['/token', 404],
    ['/jwks', 200],
    ['/jwks', 403],
    ['/jwks', 404],
  ])('a maintenance page at %s with status %i counts as an unavailable provider', async (path, status) => {
    await signIn();
    ageToken();
    provider.bend.page = { path, status, body: '<html><body>Back soon</body></html>' };
    const error = await failure(kit.identity.currentIdToken(never()));
    expect(error).toMatchObject({ code: 'issuer-unreachable', retry: 'backoff' });
    expect(kit.identity.state().kind).toBe('signed-in');
    provider.bend.page = null;
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
  });

  test('the spent token is not tried when the one that could not be stored is refused', async () => {
    await signIn();
    ageToken();
    const { write } = kit.secrets;
    fillDisk(kit.secrets);
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
    ageToken();
    const before = count('/token', 'refresh_token');
    provider.bend.refreshError = 'invalid_grant';
    kit.secrets.write = (key, value) =>
      value.includes('refresh-rejected')
        ? write(key, value)
        : Promise.reject(new SyncError({ code: 'disk-full', retry: 'backoff', scope: 'account' }));
    expect(await kit.identity.currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'refresh-rejected',
    });
    expect(count('/token', 'refresh_token')).toBe(before + 1);
  });

  test('a rejected refresh requires a sign-in, forgets the token, and sends no further request to the provider', async () => {
    await signIn();
    ageToken();
    provider.bend.refreshError = 'invalid_grant';
    expect(await kit.identity.currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'refresh-rejected',
    });
    const after = provider.requests.length;
    expect(await kit.identity.currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'refresh-rejected',
    });
    expect(await kit.another().currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'refresh-rejected',
    });
    expect(provider.requests.length).toBe(after);
    provider.bend.refreshError = null;
    expect((await signIn()).subject).toBe(provider.subject);
  });

  test('a refresh without id_token requires a sign-in and never loops, also after a restart', async () => {
    await signIn();
    ageToken();
    provider.bend.refreshGivesIdToken = false;
    const outcome = { kind: 'needs-sign-in', reason: 'refresh-without-id-token' };
    expect(await kit.identity.currentIdToken(never())).toEqual(outcome);
    expect(await kit.identity.currentIdToken(never())).toEqual(outcome);
    expect(await kit.another().currentIdToken(never())).toEqual(outcome);
    expect(count('/token', 'refresh_token')).toBe(1);
  });

  test('a new sign-in by another process is noticed without a notification', async () => {
    await signIn();
    ageToken();
    provider.bend.refreshError = 'invalid_grant';
    expect((await kit.identity.currentIdToken(never())).kind).toBe('needs-sign-in');
    provider.bend.refreshError = null;
    await signIn(kit.another());
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
  });

  test('a refresh that changes the user is refused', async () => {
    await signIn();
    ageToken();
    provider.bend.claims = (claims) => ({ ...claims, sub: 'another-user' });
    expect((await failure(kit.identity.currentIdToken(never()))).code).toBe('token-invalid');
  });

  test('an offline provider does not sign the account out', async () => {
    await signIn();
    ageToken();
    provider.bend.tokenStatus = 503;
    const error = await failure(kit.identity.currentIdToken(never()));
    expect([error.code, error.retry]).toEqual(['issuer-unreachable', 'backoff']);
    expect(kit.identity.state().kind).toBe('signed-in');
    await provider.close();
    const cold = kit.another();
    expect((await cold.restore(never())).kind).toBe('signed-in');
    expect((await failure(cold.currentIdToken(never()))).code).toBe('issuer-unreachable');
    expect(cold.state().kind).toBe('signed-in');
    provider = await startFakeProvider();
  });

  test('new signing keys are found', async () => {
    await signIn();
    ageToken();
    await provider.rotateKeys();
    expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
  });

  test('a refresh that waits for the lock when a sign-out begins, and gets it first, stores nothing', async () => {
    await signIn();
    ageToken();
    // The lock has no order: here the last request is served first.
    const queue: (() => void)[] = [];
    const identity = new OidcIdentity(kit.account, {
      secrets: kit.secrets,
      clock: kit.clock,
      log: kit.log,
      fetch: (url, init) => fetch(url, init),
      lock: async (step) => {
        await new Promise<void>((resolve) => void queue.push(resolve));
        return await step();
      },
    });
    await identity.restore(never());
    const signOut = identity.signOut(null, never());
    const refresh = identity.currentIdToken(never());
    await waitFor(() => queue.length === 2, { what: 'both at the lock' });
    queue[1]?.();
    expect(await refresh).toEqual({ kind: 'needs-sign-in', reason: 'signed-out' });
    queue[0]?.();
    await signOut;
    expect(identity.state()).toMatchObject({ kind: 'signed-out' });
    expect(kit.secrets.values.size).toBe(0);
  });

  test('a stored session is never sent to another issuer or client', async () => {
    await signIn();
    const other = await startFakeProvider();
    const moved = new OidcIdentity(
      { ...kit.account, issuer: other.issuer },
      {
        secrets: kit.secrets,
        clock: kit.clock,
        log: kit.log,
        fetch: (url, init) => fetch(url, init),
        lock: (step) => step(),
      },
    );
    expect(await moved.currentIdToken(never())).toEqual({ kind: 'needs-sign-in', reason: 'signed-out' });
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

describe('a clock that is off', () => {
  test.each([
    ['two hours behind', 7200],
    ['two hours ahead', -7200],
  ])(
    'a clock that is %s is reported with the offset and does not lock the user out',
    async (_name, seconds) => {
      provider.bend.clockSeconds = seconds;
      const token = await signIn();
      const state = kit.identity.state();
      expect(Math.abs((state.clockOffsetMs ?? 0) - seconds * 1000)).toBeLessThan(5_000);
      expect(
        kit.log.lines.filter(({ message }) => message === 'clock differs from the identity provider'),
      ).toHaveLength(1);
      expect(token.expiresAtMs - kit.clock.nowMs()).toBeGreaterThan(590_000);
      expect((await kit.identity.currentIdToken(never())).kind).toBe('token');
    },
  );
});

test('an id_token ends in time although the clock, hours ahead when it came, was put right since', async () => {
  kit.clock.setOffset(7_200_000);
  const before = await signIn();
  kit.clock.setOffset(0);
  expect(await kit.identity.currentIdToken(never())).toEqual({ kind: 'token', token: before });
  ageToken();
  const after = await kit.identity.currentIdToken(never());
  expect(after).toMatchObject({ kind: 'token', token: { subject: provider.subject } });
  expect(after).not.toMatchObject({ token: { jwt: before.jwt } });
});

describe('device code', () => {
  test('a device code is shown, polled while pending, and signs in', async () => {
    await kit.close();
    kit = await identityKit(provider, { account: { identity: { kind: 'device' } } });
    provider.bend.pendingPolls = 2;
    const shown: DeviceCode[] = [];
    const token = await kit.identity.signIn(
      {
        openUrl: () => Promise.reject(new Error('must not open anything')),
        onDeviceCode: (code) => shown.push(code),
      },
      never(),
    );
    expect(token.subject).toBe(provider.subject);
    expect(shown).toMatchObject([{ userCode: 'BCDF-GHJK', verificationUri: `${provider.issuer}/activate` }]);
  });

  test.each([
    ['access_denied', 'sign-in-denied'],
    ['expired_token', 'sign-in-timeout'],
  ])('a device code fails with the right error when %s', async (answer, code) => {
    await kit.close();
    kit = await identityKit(provider, { account: { identity: { kind: 'device' } } });
    provider.bend.deviceError = answer;
    expect((await failure(signIn())).code).toBe(code);
  });

  test('an unused device code times out', async () => {
    await kit.close();
    kit = await identityKit(provider, { account: { identity: { kind: 'device' } }, signInTimeoutMs: 60 });
    provider.bend.pendingPolls = Infinity;
    expect((await failure(signIn())).code).toBe('sign-in-timeout');
  });
});

function storedToken(): string {
  return /"refreshToken":"([^"]+)"/.exec([...kit.secrets.values.values()].join())?.[1] ?? 'none';
}

describe('sign-out', () => {
  test('sign-out wipes everything, revokes the refresh token and opens the end-session page without a token in its URL', async () => {
    await signIn();
    const refreshToken = storedToken();
    const opened: string[] = [];
    expect(
      await kit.identity.signOut((url) => {
        opened.push(url.href);
        return Promise.resolve();
      }, never()),
    ).toEqual({ revoked: 'revoked', endSession: 'opened' });
    expect(kit.secrets.values.size).toBe(0);
    expect(provider.revoked).toEqual([refreshToken]);
    expect(opened).toEqual([`${provider.issuer}/logout?client_id=native-app`]);
    expect(await kit.identity.currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'signed-out',
    });
  });

  test('sign-out is local first, so an unavailable provider keeps no session alive', async () => {
    await signIn();
    await provider.close();
    expect(await kit.identity.signOut(null, never())).toEqual({ revoked: 'failed', endSession: 'failed' });
    expect([...kit.secrets.values.keys()]).toEqual(['oidc-revoke.work']);
    expect(await kit.identity.currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'signed-out',
    });
    provider = await startFakeProvider();
  });

  test('a token that the provider did not revoke is revoked at the next start and then forgotten', async () => {
    await signIn();
    const token = storedToken();
    provider.bend.page = { path: '/revoke', status: 503, body: 'maintenance' };
    expect(await kit.identity.signOut(null, never())).toMatchObject({ revoked: 'failed' });
    expect([...kit.secrets.values.keys()]).toEqual(['oidc-revoke.work']);
    provider.bend.page = null;
    await kit.identity.restore(never());
    await waitFor(() => kit.secrets.values.size === 0);
    expect(provider.revoked).toEqual([token]);
  });

  test('sign-out empties every store of the data directory: the command line’s beside the desktop’s', async () => {
    await signIn();
    const ours = storedToken();
    const stored = kit.secrets.values.get('oidc-session.work') ?? '';
    const theirs = stored.replace(ours, 'token-of-the-command-line');
    await kit.otherSecrets.write('oidc-session.work', theirs);
    expect(await kit.identity.signOut(null, never())).toMatchObject({ revoked: 'revoked' });
    expect(kit.otherSecrets.values.size).toBe(0);
    expect(provider.revoked).toEqual([ours, 'token-of-the-command-line']);
  });
});

test('no token reaches the log or an error', async () => {
  await signIn();
  ageToken();
  await kit.identity.currentIdToken(never());
  provider.bend.refreshError = 'server_error';
  ageToken();
  const error = await failure(kit.identity.currentIdToken(never()));
  await kit.identity.signOut(null, never());
  const written =
    JSON.stringify(kit.log.lines) +
    error.message +
    JSON.stringify(error.fields) +
    (error.stack ?? '') +
    JSON.stringify(error.cause ?? '');
  expect(kit.heard.length).toBeGreaterThanOrEqual(4);
  for (const secret of kit.heard) expect(written).not.toContain(secret);
});
