// Settings that hold without a restart, where one of them cannot be taken.
import { expect, test } from 'vitest';
import type { ConfigFile } from '../../main/adapters/config/file.ts';
import { makeChanges } from '../../main/compose/changes.ts';
import { makeLiveSettings } from '../../main/compose/live/settings.ts';
import { makeRegistry } from '../../main/app/registry.ts';
import type { AccountRuntime } from '../../main/app/account/runtime.ts';
import { makeInTurn } from '../../main/core/in-turn.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { AccountConfig, AccountId, AppConfig } from '../../main/core/config/config.ts';
import { keptLog } from '../fakes/shifted-clock.ts';
import { testAccount } from '../support/identity-kit.ts';

const { signal } = new AbortController();

test('other programs get no credentials any more also while a certificate cannot be read', async () => {
  const account = testAccount('https://login.example.com', 'driftless', { id: 'work' as AccountId });
  const first: AppConfig = { accounts: [{ ...account, credentialsEnabled: true }], pairs: [] };
  const now: AppConfig = { accounts: [{ ...account, credentialsEnabled: false }], pairs: [] };
  const followed: boolean[] = [];
  const runtime: Pick<AccountRuntime, 'id' | 'followSettings'> = {
    id: 'work',
    followSettings: ({ credentialsEnabled }: AccountConfig) => void followed.push(credentialsEnabled),
  };
  const unreadable = new SyncError({ code: 'config-invalid', retry: 'slow', scope: 'account' });
  const config: Partial<ConfigFile> = { path: 'config.json', changeAccount: () => Promise.resolve(now) };
  const live = makeLiveSettings({
    ...{ config: config as ConfigFile, first, seen: null, load: () => Promise.resolve(now) },
    ...{ limits: { take: () => undefined }, log: keptLog(), changes: makeChanges(makeInTurn()) },
    network: {
      ...{
        proxyFor: null,
        partsOf: () => Promise.reject(unreadable),
        take: () => Promise.reject(unreadable),
      },
    },
    registry: makeRegistry({ accounts: [runtime as AccountRuntime], pairs: [] }), // what it follows by
  });
  const changed = live.changeAccount('work', { fields: { credentialsEnabled: undefined } }, signal);
  await expect(changed).rejects.toBe(unreadable);
  expect(followed).toEqual([false]);
});
