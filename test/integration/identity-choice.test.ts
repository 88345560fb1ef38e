// Identity of an account after one sign-in by another flow than the configured one.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIdentity } from '../../main/adapters/oidc/select-identity.ts';
import type { AccountConfig, IdentityConfig, TokenFileIdentity } from '../../main/core/config/config.ts';
import type { Identity, SignInWay } from '../../main/ports/identity.port.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/fake-oidc-provider.ts';
import { failure, identityKit, never, signInAt } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';

const device: SignInWay = { kind: 'device' };
let provider: FakeProvider;
let kit: Awaited<ReturnType<typeof identityKit>>;

beforeEach(async () => {
  provider = await startFakeProvider();
  kit = await identityKit(provider);
});
afterEach(async () => {
  await kit.close();
  await provider.close();
});

function identityOf(identity: IdentityConfig = { kind: 'browser' }): Identity {
  const account: AccountConfig = { ...kit.account, identity };
  return createIdentity(account, {
    secrets: kit.secrets,
    clock: kit.clock,
    log: kit.log,
    fetch: (url, init) => fetch(url, init),
    lock: (step) => step(),
    onSecret: (value) => {
      kit.heard.push(value);
    },
  });
}

function signInBy(identity: Identity, by: SignInWay, signal = never()): ReturnType<Identity['signIn']> {
  const openUrl = (): Promise<void> => Promise.reject(new Error('must not open anything'));
  return identity.signIn({ by, openUrl, onDeviceCode: () => undefined }, signal);
}

async function tokenFile(subject: string, lifeSeconds = 600): Promise<TokenFileIdentity> {
  const path = join(await tempFolder('token'), 'token.jwt');
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: provider.issuer, aud: provider.clientId, sub: subject, iat, exp: iat + lifeSeconds };
  await writeFile(path, await provider.sign(claims));
  return { kind: 'token-file', path };
}

async function subjectOf(identity: Identity): Promise<string> {
  const outcome = await identity.currentIdToken(never());
  return outcome.kind === 'token' ? outcome.token.subject : outcome.reason;
}

/** The next sign-in at the provider is by this user. */
function beThere(subject: string): void {
  provider.bend.claims = (claims) => ({ ...claims, sub: subject });
}

test('a device code in place of the browser leaves a session as the browser would', async () => {
  const identity = identityOf();
  expect((await signInBy(identity, device))?.subject).toBe(provider.subject);
  expect(identity.state()).toMatchObject({ kind: 'signed-in', subject: provider.subject });
  expect(kit.secrets.values.size).toBe(1);
  const later = identityOf();
  expect(await later.restore(never())).toMatchObject({ kind: 'signed-in' });
  expect(await subjectOf(later)).toBe(provider.subject);
});

test('the sign-out after it also ends the previous session, whose token is still in memory', async () => {
  const identity = identityOf();
  beThere('first');
  await signInAt(provider, identity);
  beThere('second');
  await signInBy(identity, device);
  expect(await subjectOf(identity)).toBe('second');
  expect(await identity.signOut(null, never())).toMatchObject({ revoked: 'revoked' });
  expect(kit.secrets.values.size).toBe(0);
  expect(identity.state().kind).toBe('signed-out');
  expect(await subjectOf(identity)).toBe('signed-out');
});

test('a token file over a browser session holds until the sign-out, which ends both', async () => {
  const identity = identityOf();
  await signInAt(provider, identity);
  const file = await tokenFile('machine');
  await signInBy(identity, file);
  expect(await subjectOf(identity)).toBe('machine');
  // Read again when its owner replaces it.
  const next = await tokenFile('next');
  expect(await subjectOf(identity)).toBe('machine');
  await signInBy(identity, next);
  expect(await subjectOf(identity)).toBe('next');
  expect([...kit.secrets.values.values()].join()).not.toContain('eyJ');
  expect(await identity.signOut(null, never())).toMatchObject({ revoked: 'revoked' });
  expect(kit.secrets.values.size).toBe(0);
  expect(await subjectOf(identity)).toBe('signed-out');
});

test('the token of a file is known to the log before it is handed on', async () => {
  const file = await tokenFile('machine');
  for (const identity of [identityOf(file), identityOf()]) {
    kit.heard.splice(0);
    await signInBy(identity, file);
    const outcome = await identity.currentIdToken(never());
    expect(outcome).toMatchObject({ token: { jwt: kit.heard[0] } });
  }
});

test('a sign-in as configured replaces the token file', async () => {
  const identity = identityOf();
  await signInBy(identity, await tokenFile('machine'));
  await signInAt(provider, identity);
  expect(await subjectOf(identity)).toBe(provider.subject);
});

test('a sign-in that fails or is cancelled leaves the previous one', async () => {
  const identity = identityOf();
  await signInAt(provider, identity);
  const file = await tokenFile('machine');
  expect((await failure(signInBy(identity, { ...file, path: `${file.path}.gone` }))).code).toBe(
    'token-file-unreadable',
  );
  expect((await failure(signInBy(identity, await tokenFile('machine', -5)))).code).toBe('token-expired');
  provider.bend.deviceError = 'access_denied';
  expect((await failure(signInBy(identity, device))).code).toBe('sign-in-denied');
  provider.bend.deviceError = null;
  provider.bend.pendingPolls = Infinity;
  const abort = new AbortController();
  const waiting = failure(signInBy(identity, device, abort.signal));
  expect(identity.state().kind).toBe('signing-in');
  abort.abort();
  expect((await waiting).code).toBe('sign-in-cancelled');
  expect(identity.state()).toMatchObject({ kind: 'signed-in', subject: provider.subject });
  expect(await subjectOf(identity)).toBe(provider.subject);
});

test('a second sign-in by another flow, and a sign-out, cancel the first', async () => {
  const identity = identityOf();
  provider.bend.pendingPolls = Infinity;
  const first = failure(signInBy(identity, device));
  await signInBy(identity, await tokenFile('machine'));
  expect((await first).code).toBe('sign-in-cancelled');
  expect(await subjectOf(identity)).toBe('machine');
  const second = failure(signInBy(identity, device));
  await identity.signOut(null, never());
  expect((await second).code).toBe('sign-in-cancelled');
  expect(identity.state().kind).toBe('signed-out');
});

test('a configured token file is not read after a sign-out until the next sign-in', async () => {
  const file = await tokenFile('machine');
  const identity = identityOf(file);
  expect(await subjectOf(identity)).toBe('machine');
  expect(await identity.signOut(null, never())).toMatchObject({ revoked: 'nothing-to-revoke' });
  expect(await subjectOf(identity)).toBe('signed-out');
  expect(identity.state()).toMatchObject({ kind: 'signed-out', reason: 'signed-out' });
  expect(await identity.restore(never())).toMatchObject({ kind: 'signed-out' });
  await identity.signIn({ openUrl: () => Promise.resolve(), onDeviceCode: () => undefined }, never());
  expect(await subjectOf(identity)).toBe('machine');
});

test('a sign-out while the token file is being read is not undone by what was read', async () => {
  const identity = identityOf(await tokenFile('build-server'));
  const reading = identity.currentIdToken(never());
  await identity.signOut(null, never());
  expect(await reading).toEqual({ kind: 'needs-sign-in', reason: 'signed-out' });
  expect(identity.state()).toMatchObject({ kind: 'signed-out', reason: 'signed-out' });
});

test('a device code over a configured token file stays in memory, and its sign-out reaches the provider', async () => {
  const file = await tokenFile('machine');
  const identity = identityOf(file);
  expect(await identity.restore(never())).toMatchObject({ subject: 'machine' });
  await signInBy(identity, device);
  expect(await subjectOf(identity)).toBe(provider.subject);
  expect(kit.secrets.values.size).toBe(0);
  expect(await identity.signOut(null, never())).toMatchObject({ revoked: 'revoked' });
  expect(provider.revoked).toHaveLength(1);
  expect(await subjectOf(identity)).toBe('machine');
});
