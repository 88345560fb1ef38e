// Sign-ins and sign-outs that are under way when a reload replaces the app.
import { expect, test } from 'vitest';
import type { AccountRuntime } from '../../main/app/account/runtime.ts';
import type { PendingSignIn } from '../../main/app/account/pending-sign-in.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { makeLiveEngine } from '../../main/cli/service/live-engine.ts';
import type { App } from '../../main/compose/app.ts';
import { unknownConditions } from '../../main/core/conditions.ts';
import { createFakeBackend } from '../fakes/fake-backend.ts';

const never = new AbortController().signal;
const ignored = () => () => undefined;

/** An engine whose every reload replaces the app; the apps have one account, which does as `account` says. */
async function kit(account: (order: number) => Partial<AccountRuntime>) {
  const signedIn: number[] = [];
  let made = 0;
  let switched = 0;
  const engine = await makeLiveEngine({
    makeApp: () => {
      const order = (made += 1);
      const config = { accounts: [], pairs: [], scan: { settleMs: order, auditSeconds: 60 } };
      const one = {
        id: 'work',
        config: {},
        pendingSignIn: () => null,
        signedOutWholly: () => Promise.resolve(),
      };
      const quiet = { restore: () => Promise.resolve(), onChange: ignored };
      const accounts = [{ ...one, ...quiet, ...account(order) } as unknown as AccountRuntime];
      const pairs = accounts.map((of) => ({
        ...{ config: { id: 'docs' }, account: of },
        engine: {
          ...{ hold: () => undefined, run: () => Promise.resolve() },
          signedIn: () => void signedIn.push(order),
        },
      }));
      const app: Partial<App> = {
        ...{ config, running: () => config, accounts, pairs: pairs as unknown as PairRuntime[] },
        changes: { end: () => undefined, ended: () => Promise.resolve() },
        conditions: {
          ...{ isWanted: () => false, current: () => unknownConditions, reason: () => null },
          ...{ look: () => Promise.resolve(), follow: () => Promise.resolve() },
          ...{ onSettings: () => undefined, onChange: ignored },
        },
        ...{ watchIsolation: () => Promise.resolve(), followSettings: () => Promise.resolve() },
        ...{ watchRelease: () => Promise.resolve(), onRemoved: ignored, onAdded: ignored },
      };
      return Promise.resolve(app as App); // what a reload uses of it
    },
    makeBackend: () => createFakeBackend(),
    onSwitch: () => void (switched += 1),
  });
  engine.run();
  return { engine, signedIn, switched: () => switched };
}

test('the next app begins once a sign-out has emptied the store', async () => {
  const out = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<undefined>();
  const { engine, switched } = await kit(() => ({
    signedOutWholly: () => {
      asked.resolve(undefined);
      return out.promise;
    },
  }));
  const reloaded = engine.reload(never);
  await asked.promise;
  expect(switched()).toBe(0);
  out.resolve(undefined);
  expect([await reloaded, switched()]).toEqual([true, 1]);
  await engine.stop();
});

test('a sign-in that waits for the browser is the next app’s, and its folders go on', async () => {
  const user = Promise.withResolvers<boolean>();
  const pending: PendingSignIn = {
    ...{ deviceCode: null, signInUrl: null, cancel: () => undefined, ended: Promise.resolve() },
  };
  const taken: unknown[] = [];
  const { engine, signedIn } = await kit((order) => ({
    pendingSignIn: () => (order === 1 ? pending : null),
    continueSignIn: async (earlier) => {
      taken.push([order, earlier]);
      return await user.promise;
    },
  }));
  await engine.reload(never);
  expect([taken, signedIn]).toEqual([[[2, pending]], []]);
  user.resolve(true);
  await expect.poll(() => signedIn).toEqual([2]);
  await engine.stop();
});

test('a sign-in of an account that is another after the reload, or none, ends with its app', async () => {
  for (const now of [{ config: { issuer: 'https://other.example.com' } }, { id: 'other' }]) {
    let cancelled = 0;
    const pending: PendingSignIn = {
      ...{ deviceCode: null, signInUrl: null, ended: Promise.resolve() },
      cancel: () => void (cancelled += 1),
    };
    const { engine } = await kit((order) =>
      order === 1
        ? { pendingSignIn: () => pending }
        : { ...(now as Partial<AccountRuntime>), continueSignIn: () => Promise.resolve(true) },
    );
    await engine.reload(never);
    expect(cancelled).toBe(1);
    await engine.stop();
  }
});
