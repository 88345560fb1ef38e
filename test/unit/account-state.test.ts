// The states of an account without a sign-in: never signed in, signed out by choice, ended.
import { describe, expect, test } from 'vitest';
import { makeAccountRuntime, noFolderSessions } from '../../main/app/account/runtime.ts';
import type { AccountUser } from '../../main/app/account/view.ts';
import { makePairReader } from '../../main/app/pair-runtime.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { followPairs, makeRegistry } from '../../main/app/registry.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import type { AccountId } from '../../main/core/config/config.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import type { Identity, IdentityState, SignInOptions, SignInReason } from '../../main/ports/identity.port.ts';
import type { PairMemory } from '../../main/sync/session/memory.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import { keptLog } from '../fakes/shifted-clock.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { testAccount } from '../support/identity-kit.ts';

const never = new AbortController().signal;
const quiet: AccountUser = {
  accountError: () => null,
  wasUsed: () => false,
  onChange: () => () => undefined,
};

function signedOut(reason: SignInReason): IdentityState {
  return { kind: 'signed-out', reason, clockOffsetMs: null };
}

function accountOn(first: IdentityState, users: readonly Partial<AccountUser>[] = []) {
  let state = first;
  let fails: SyncError | null = null;
  let opened: URL | null = null;
  let opening: SyncError | null = null;
  const asked: SignInOptions[] = [];
  const told: string[] = [];
  let waits: Promise<unknown> = Promise.resolve();
  const identity: Identity = {
    restore: (signal) => (signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve(state)),
    signIn: async (options) => {
      asked.push(options);
      await waits;
      if (opened !== null) await options.openUrl(opened);
      if (fails !== null) throw fails;
      state = { kind: 'signed-in', subject: 'alice', displayName: 'Alice', clockOffsetMs: null };
      return {
        jwt: 'jwt',
        subject: 'alice',
        issuer: 'https://login.example.com',
        expiresAtMs: 0,
        displayName: 'Alice',
        tags: {},
      };
    },
    currentIdToken: () => Promise.resolve({ kind: 'needs-sign-in', reason: 'signed-out' }),
    signOut: async () => {
      state = signedOut('signed-out');
      await waits;
      return { revoked: 'revoked', endSession: 'opened' };
    },
    state: () => state,
  };
  const account = makeAccountRuntime({
    config: testAccount('https://login.example.com', 'driftless', { id: 'work' as AccountId }),
    identity,
    credentials: fixedCredentials({ accessKeyId: 'id', secretAccessKey: 'key' }),
    programCredentials: fixedCredentials({ accessKeyId: 'id', secretAccessKey: 'key' }),
    folders: noFolderSessions,
    openUrl: () => (opening === null ? Promise.resolve() : Promise.reject(opening)),
    openSignOut: () => Promise.resolve(),
    http: plainHttp,
    authorities: () => [],
    isForbiddenToPrograms: false,
    log: keptLog(),
    redact: (text) => text,
    onSigningOut: () => ({
      signInBegins: () => void told.push('sign-in begins'),
      ends: () => void told.push('sign-out ends'),
    }),
  });
  for (const user of users) account.follow({ ...quiet, ...user });
  /** The sign-in goes by this address, which opens nothing where there is an error. */
  const openWith = (url: URL, error: SyncError | null): void => {
    opened = url;
    opening = error;
  };
  const become = (now: IdentityState): void => {
    state = now;
  };
  /** Sign-in and sign-out wait for this. */
  const wait = (until: Promise<unknown>): void => {
    waits = until;
  };
  return { account, asked, told, openWith, wait, become, fail: (error: SyncError | null) => (fails = error) };
}

const ended = new SyncError({ code: 'needs-sign-in', retry: 'slow', scope: 'account' });
const unreachable = new SyncError({ code: 'endpoint-unreachable', retry: 'backoff', scope: 'account' });
const prompts = { onDeviceCode: () => undefined };

/** A pair of this account that fails when told to. */
function pairOn(account: PairRuntime['account']) {
  let error: SyncError | null = null;
  const listeners = new Set<() => void>();
  const progress = (): void => {
    for (const listener of listeners) listener();
  };
  const engine: Pick<PairRuntime['engine'], 'onChange'> & { status(): unknown } = {
    status: () => ({ failure: error === null ? null : { error } }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    pair: { account, engine, memory: () => null } as unknown as PairRuntime,
    progress,
    fail: (now: SyncError | null) => {
      error = now;
      progress();
    },
  };
}

describe('an account whose address is shown', () => {
  const url = new URL('https://login.example.com/authorize?state=s');
  const noBrowser = new SyncError({ code: 'browser-unavailable', retry: 'slow', scope: 'account' });

  test('waits for its sign-in on a machine without a browser, with the address in its view', async () => {
    const { account, openWith } = accountOn(signedOut('signed-out'), []);
    openWith(url, noBrowser);
    const seen: (string | undefined)[] = [];
    account.onChange(() => seen.push(account.view().signInUrl));
    await account.signIn({ ...prompts, showsUrl: true }, new AbortController().signal);
    expect(seen).toContain(url.href);
    expect(account.view()).toMatchObject({ state: 'signed-in', error: null });
    expect(account.view()).not.toHaveProperty('signInUrl');
  });

  test('fails without a browser where the address is not shown', async () => {
    const { account, openWith } = accountOn(signedOut('signed-out'), []);
    openWith(url, noBrowser);
    const signedIn = account.signIn(prompts, new AbortController().signal);
    await expect(signedIn).rejects.toMatchObject({ code: 'browser-unavailable' });
  });

  test('shows no address that may not be opened', async () => {
    const { account, openWith } = accountOn(signedOut('signed-out'), []);
    openWith(new URL('javascript:alert(1)'), null);
    const signedIn = account.signIn({ ...prompts, showsUrl: true }, new AbortController().signal);
    await expect(signedIn).rejects.toMatchObject({ code: 'url-refused' });
    expect(account.view()).not.toHaveProperty('signInUrl');
  });
});

describe('an account', () => {
  test('without any sign-in so far is new, and that is no error', () => {
    const { account } = accountOn(signedOut('signed-out'), [{ accountError: () => ended }]);
    expect(account.view()).toMatchObject({ state: 'new', error: null });
  });

  test('that was signed out by choice, in an earlier run, says so without an error', () => {
    const { account } = accountOn(signedOut('signed-out'), [
      { accountError: () => ended, wasUsed: () => true },
    ]);
    expect(account.view()).toMatchObject({ state: 'signed-out', error: null });
  });

  test('whose sign-in has ended asks for a new one', () => {
    const { account } = accountOn(signedOut('refresh-rejected'), [{ accountError: () => ended }]);
    expect(account.view()).toMatchObject({ state: 'needs-sign-in', error: { code: 'needs-sign-in' } });
  });

  test('shows the failure of a pair for as long as the pair has it, and no longer', () => {
    let failure: SyncError | null = unreachable;
    const { account } = accountOn(
      { kind: 'signed-in', subject: 'alice', displayName: null, clockOffsetMs: null },
      [{ accountError: () => failure }, {}],
    );
    expect(account.view()).toMatchObject({ state: 'offline', error: { code: 'endpoint-unreachable' } });
    failure = null;
    expect(account.view()).toMatchObject({ state: 'signed-in', error: null });
  });

  test('tells when the failure of a pair that was added later begins, ends, or leaves with the pair', async () => {
    const { account } = accountOn({
      kind: 'signed-in',
      subject: 'alice',
      displayName: null,
      clockOffsetMs: null,
    });
    const registry = makeRegistry({ accounts: [account], pairs: [] });
    followPairs(registry);
    const told: string[] = [];
    account.onChange(() => told.push(account.view().state));
    const { pair, fail, progress } = pairOn(account);
    registry.add({ accounts: [], pairs: [pair] });
    fail(unreachable);
    progress();
    fail(null);
    expect(told).toEqual(['offline', 'signed-in']);
    fail(unreachable);
    const { pair: changed } = pairOn(account);
    await registry.replace(pair, changed);
    expect(told.slice(2)).toEqual(['offline', 'signed-in']);
    expect(account.view()).toMatchObject({ state: 'signed-in', error: null });
  });

  test('a first sign-in that cannot reach the provider gives that reason, and promises no retry', async () => {
    const { account, fail } = accountOn(signedOut('signed-out'));
    fail(new SyncError({ code: 'issuer-unreachable', retry: 'backoff', scope: 'account' }));
    await expect(account.signIn(prompts, never)).rejects.toMatchObject({ code: 'issuer-unreachable' });
    expect(account.view()).toMatchObject({ state: 'new', error: { code: 'sign-in-unreachable' } });
    fail(null);
    await account.signIn(prompts, never);
    expect(account.view()).toMatchObject({ state: 'signed-in', error: null });
  });

  test('asks for the choice of an account after a sign-out, and whenever that is wanted', async () => {
    const { account, asked } = accountOn(signedOut('signed-out'));
    await account.signIn(prompts, never);
    await account.signIn({ ...prompts, choosesAccount: true }, never);
    await account.signIn(prompts, never);
    await account.signOut(never);
    expect(account.view()).toMatchObject({ state: 'signed-out', error: null });
    await account.signIn(prompts, never);
    expect(asked.map(({ choosesAccount }) => choosesAccount)).toEqual([false, true, false, true]);
  });
});

/** A folder that stops with this failure, and what its records say. */
function stoppedPair(account: PairRuntime['account'], error: SyncError, memory: PairMemory | null) {
  const { pair: followed, fail } = pairOn(account);
  fail(error);
  const engine = {
    ...followed.engine,
    context: () => null,
    status: () => ({
      phase: 'backing-off',
      activity: 'starting',
      isPaused: false,
      pausedUntilMs: null,
      pausedBy: null,
      guards: [],
      notices: [],
      failure: { error, sinceMs: 1, retryAtMs: 2, waiting: 0 },
      planProblems: [],
      progress: null,
      transfers: [],
      lastInSyncAtMs: null,
      watch: 'off',
    }),
  };
  const config = { id: 'docs', account: 'work', folder: '/docs', mode: 'two-way' };
  const own = { config, engine, remoteLabel: () => 'bucket', memory: () => memory };
  return { ...followed, ...own } as unknown as PairRuntime;
}

/** What the folder's card says while the folder stops with this failure. */
function cardOf(account: PairRuntime['account'], error: SyncError) {
  const { state, standing, notices } = makePairReader(stoppedPair(account, error, null))().view;
  return { state, standing: standing?.code ?? null, notices: notices.map(({ code }) => code) };
}

describe('a folder', () => {
  test('of more problems than a page shows counts all and names the first', () => {
    const { account } = accountOn(signedOut('signed-out'));
    const problems = Array.from({ length: LIMITS.problems + 100 }, (_, at) => {
      const path = `refused/${String(at)}` as RelPath;
      return { path, code: 'remote-archived', fields: {}, sinceMs: 1, attempts: 1, retryAtMs: 2 };
    });
    const memory = { counts: { files: 1, folders: 0, bytes: 1 }, activity: [], problems, questions: [] };
    const pair = stoppedPair(account, unreachable, { ...memory, lastInSyncAtMs: null });
    const { view, problems: shown } = makePairReader(pair)();
    expect(view.problemCount).toBe(problems.length);
    expect(shown.map(({ path }) => path)).toEqual(problems.slice(0, LIMITS.problems).map(({ path }) => path));
  });

  test.each(['never signed in', 'signed out by choice'])(
    'of an account that %s tells of no sign-in that ended',
    (past) => {
      const wasUsed = (): boolean => past === 'signed out by choice';
      const { account } = accountOn(signedOut('signed-out'), [{ accountError: () => ended, wasUsed }]);
      expect(cardOf(account, ended)).toEqual({ state: 'signed-out', standing: null, notices: [] });
      expect(cardOf(account, unreachable)).toMatchObject({ standing: 'endpoint-unreachable' });
    },
  );

  test('of an account whose sign-in ended says so', () => {
    const { account } = accountOn(signedOut('refresh-rejected'), [{ accountError: () => ended }]);
    expect(cardOf(account, ended)).toEqual({
      state: 'signed-out',
      standing: 'needs-sign-in',
      notices: ['needs-sign-in'],
    });
  });
});

describe('an account of an app that another one replaces', () => {
  const signedIn: IdentityState = {
    ...{ kind: 'signed-in', subject: 'alice', displayName: 'Alice', clockOffsetMs: null },
  };

  test('shows the sign-in that waits there as its own, and takes up what that one stores', async () => {
    const [before, after] = [accountOn(signedOut('signed-out')), accountOn(signedOut('signed-out'))];
    const user = Promise.withResolvers<undefined>();
    before.wait(user.promise);
    const done = before.account.signIn(prompts, never);
    const pending = before.account.pendingSignIn();
    if (pending === null) throw new Error('nothing waits');
    const taken = after.account.continueSignIn(pending, never);
    expect(after.account.state()).toBe('signing-in');
    after.become(signedIn);
    user.resolve(undefined);
    await done;
    expect([await taken, after.account.state()]).toEqual([true, 'signed-in']);
  });

  test('ends that sign-in with a sign-out, and with a sign-in of its own', async () => {
    for (const end of ['signOut', 'signIn'] as const) {
      const [before, after] = [accountOn(signedOut('signed-out')), accountOn(signedOut('signed-out'))];
      const isCancelled = Promise.withResolvers<undefined>();
      const earlier = {
        ...{ deviceCode: null, signInUrl: null, ended: isCancelled.promise },
        cancel: () => {
          isCancelled.resolve(undefined);
        },
      };
      const taken = after.account.continueSignIn(earlier, never);
      await (end === 'signOut' ? after.account.signOut(never) : after.account.signIn(prompts, never));
      await isCancelled.promise;
      expect([await taken, before.account.pendingSignIn()]).toEqual([false, null]);
    }
  });

  test('ends nothing where a third one has replaced the second meanwhile', async () => {
    const { account } = accountOn(signedOut('signed-out'));
    const user = Promise.withResolvers<undefined>();
    const earlier = { deviceCode: null, signInUrl: null, cancel: () => undefined, ended: user.promise };
    const app = new AbortController();
    const taken = account.continueSignIn(earlier, app.signal);
    app.abort(new Error('stopped'));
    user.resolve(undefined);
    expect(await taken).toBe(false);
  });

  test('is waited for while it signs out', async () => {
    const { account, wait } = accountOn(signedIn);
    const provider = Promise.withResolvers<undefined>();
    wait(provider.promise);
    const order: string[] = [];
    const out = account.signOut(never).then(() => order.push('signed out'));
    const waited = account.signedOutWholly().then(() => order.push('replaced'));
    provider.resolve(undefined);
    await Promise.all([out, waited]);
    expect(order).toEqual(['signed out', 'replaced']);
    await account.signedOutWholly();
  });
});

test('what a sign-in learns while a sign-out waits for the provider is not of what the sign-out ends', async () => {
  const { account, told, wait } = accountOn(signedOut('signed-out'));
  const provider = Promise.withResolvers<undefined>();
  wait(provider.promise);
  const out = account.signOut(never);
  wait(Promise.resolve());
  await account.signIn(prompts, never);
  provider.resolve(undefined);
  await out;
  expect(told).toEqual(['sign-in begins', 'sign-out ends']);
});
