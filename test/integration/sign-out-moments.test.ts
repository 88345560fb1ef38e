// Sign-out at moments that suit it badly: a full disk, a refresh under way, a caller that leaves.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OidcIdentity } from '../../main/adapters/oidc/identity.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { Secrets } from '../../main/ports/secrets.port.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/fake-oidc-provider.ts';
import { fillDisk, identityKit, never, signInAt } from '../support/identity-kit.ts';
import { waitFor } from '../support/wait-for.ts';

type Kit = Awaited<ReturnType<typeof identityKit>>;
let provider: FakeProvider;
let kit: Kit;
/** Before a request of ours reaches the provider. */
let onRequest: (url: string) => Promise<void>;

beforeEach(async () => {
  onRequest = () => Promise.resolve();
  provider = await startFakeProvider();
  kit = await identityKit(provider, {
    fetch: async (url, init) => {
      await onRequest(url);
      return await fetch(url, init);
    },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await kit.close();
  await provider.close();
});

function ageToken(): void {
  kit.clock.advance(600_000);
  provider.bend.clockSeconds += 600;
}

/** As the real stores do. */
function withSignals({ read, write }: Kit['secrets']): Pick<Secrets, 'read' | 'write'> {
  return {
    read: async (key, signal) => {
      signal.throwIfAborted();
      return await read(key);
    },
    write: async (key, value, signal) => {
      signal.throwIfAborted();
      await write(key, value);
    },
  };
}

function storedToken(): string {
  return /"refreshToken":"([^"]+)"/.exec([...kit.secrets.values.values()].join())?.[1] ?? 'none';
}

/** A token of this identity that was rotated and could not be stored; the stored one is spent. */
async function unsavedToken(identity: OidcIdentity): Promise<string> {
  const spent = storedToken();
  ageToken();
  const makeRoom = fillDisk(kit.secrets);
  expect((await identity.currentIdToken(never())).kind).toBe('token');
  makeRoom();
  expect(storedToken()).toBe(spent);
  const refreshTokens = kit.heard.filter((value) => !value.startsWith('eyJ') && value !== spent);
  return refreshTokens.at(-1) ?? 'none';
}

test('a token that could not be stored is revoked with the one that is', async () => {
  await signInAt(provider, kit.identity);
  const spent = storedToken();
  const newest = await unsavedToken(kit.identity);
  expect(await kit.identity.signOut(null, never())).toMatchObject({ revoked: 'revoked' });
  expect(new Set(provider.revoked)).toEqual(new Set([spent, newest]));
});

test('a refresh under way whose token cannot be stored does not bring it back after the sign-out', async () => {
  await signInAt(provider, kit.identity);
  ageToken();
  const [asked, go] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { write } = kit.secrets;
  kit.secrets.write = async () => {
    asked.resolve(undefined);
    await go.promise;
    throw new SyncError({ code: 'disk-full', retry: 'backoff', scope: 'account' });
  };
  const refreshed = kit.identity.currentIdToken(never()).catch(() => null);
  await asked.promise;
  const out = kit.identity.signOut(null, never());
  kit.secrets.write = write;
  go.resolve(undefined);
  await refreshed;
  expect(await out).toMatchObject({ revoked: 'revoked' });
  await vi.advanceTimersByTimeAsync(60_000);
  // The same lock: whatever was to be stored has been by then.
  expect((await kit.another().currentIdToken(never())).kind).toBe('needs-sign-in');
  expect([...kit.secrets.values.keys()].filter((key) => key.startsWith('oidc-session'))).toEqual([]);
});

test('a token that could not be stored stays out after another process signed out, and is revoked', async () => {
  await signInAt(provider, kit.identity);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const newest = await unsavedToken(kit.identity);
  await kit.another().signOut(null, never());
  expect(provider.revoked).not.toContain(newest);
  await vi.advanceTimersByTimeAsync(60_000);
  await waitFor(() => provider.revoked.includes(newest));
  await waitFor(() => kit.secrets.values.size === 0);
});

test('a caller that leaves while the provider is asked leaves the token for the next start', async () => {
  await signInAt(provider, kit.identity);
  const token = storedToken();
  const abort = new AbortController();
  Object.assign(kit.secrets, withSignals(kit.secrets));
  onRequest = () => {
    abort.abort(new Error('the caller left'));
    return Promise.resolve();
  };
  expect(await kit.identity.signOut(null, abort.signal)).toMatchObject({ revoked: 'failed' });
  onRequest = () => Promise.resolve();
  await kit.another().restore(never());
  await waitFor(() => provider.revoked.includes(token));
});

test('what is to be revoked is stored before the provider is asked', async () => {
  await signInAt(provider, kit.identity);
  const token = storedToken();
  const seen: string[] = [];
  onRequest = () => {
    seen.push([...kit.secrets.values.entries()].map(([key, value]) => `${key} ${value}`).join());
    return Promise.resolve();
  };
  await kit.identity.signOut(null, never());
  expect(seen[0]).toContain('oidc-revoke.work');
  expect(seen[0]).toContain(token);
  expect(kit.secrets.values.size).toBe(0);
});

test('what a sign-out leaves while an earlier one is being revoked is kept for the next start', async () => {
  const offline = () => Promise.reject(new Error('no network'));
  const kept = () => [...kit.secrets.values.values()].join();
  await signInAt(provider, kit.identity);
  const first = storedToken();
  onRequest = offline;
  expect(await kit.identity.signOut(null, never())).toMatchObject({ revoked: 'failed' });
  onRequest = () => Promise.resolve();
  await signInAt(provider, kit.identity);
  const second = storedToken();
  const [asked, go] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  onRequest = (url) => {
    if (!url.includes('/revo')) return Promise.resolve();
    asked.resolve(undefined);
    return go.promise;
  };
  await kit.another().restore(never());
  await asked.promise;
  onRequest = offline;
  expect(await kit.identity.signOut(null, never())).toMatchObject({ revoked: 'failed' });
  go.resolve(undefined);
  await waitFor(() => provider.revoked.includes(first));
  await waitFor(() => !kept().includes(first));
  expect(kept()).toContain(second);
});

describe('a store of the home that fails', () => {
  const unsafe = () =>
    Promise.reject(new SyncError({ code: 'secrets-unsafe', retry: 'slow', scope: 'account' }));
  const sessionOf = (values: ReadonlyMap<string, string>): boolean =>
    [...values.keys()].some((key) => key.startsWith('oidc-session'));

  test('at reading is emptied all the same, and the token of the other store is revoked', async () => {
    await signInAt(provider, kit.identity);
    const token = storedToken();
    kit.otherSecrets.values.set('oidc-session.work', 'of the command line, readable by all users');
    kit.otherSecrets.read = unsafe;
    // That of the store that could not be read is not known, so not all is revoked.
    expect(await kit.identity.signOut(null, never())).toMatchObject({ revoked: 'failed' });
    expect(provider.revoked).toEqual([token]);
    expect(sessionOf(kit.secrets.values)).toBe(false);
    expect(sessionOf(kit.otherSecrets.values)).toBe(false);
  });

  test('at removing is said, and its token is revoked with the other one', async () => {
    await signInAt(provider, kit.identity);
    const token = storedToken();
    kit.secrets.remove = unsafe;
    await expect(kit.identity.signOut(null, never())).rejects.toMatchObject({ code: 'secrets-unsafe' });
    expect(provider.revoked).toEqual([token]);
  });

  test('by the end of its caller leaves the token for the next start', async () => {
    await signInAt(provider, kit.identity);
    const token = storedToken();
    const abort = new AbortController();
    kit.otherSecrets.read = () => {
      abort.abort(new Error('the caller left'));
      return Promise.reject(new Error('the caller left'));
    };
    await kit.identity.signOut(null, abort.signal).catch(() => null);
    await kit.another().restore(never());
    await waitFor(() => provider.revoked.includes(token));
  });
});
