// Sign-out with a secret store that cannot be read: the tokens taken from it are not lost.
import { expect, test } from 'vitest';
import { endAtProvider } from '../../main/adapters/oidc/sign-out.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { keptLog } from '../fakes/shifted-clock.ts';
import { testAccount } from '../support/identity-kit.ts';

test('tokens are kept for the next start though those of earlier sign-outs cannot be read', async () => {
  const locked = new SyncError({ code: 'secrets-unavailable', retry: 'slow', scope: 'account' });
  const written: string[] = [];
  const parts = {
    account: testAccount('https://login.example.com/', 'abc'),
    secrets: {
      read: () => Promise.reject(locked),
      write: (_key: string, value: string) => {
        written.push(value);
        return Promise.resolve();
      },
      remove: () => Promise.resolve(),
    },
    log: keptLog(),
    connect: () => Promise.reject(new SyncError({ code: 'offline', retry: 'backoff', scope: 'account' })),
  };
  const { signal } = new AbortController();
  const outcome = await endAtProvider(parts, { tokens: ['of-now'], openUrl: null }, signal);
  expect(outcome).toEqual({ revoked: 'failed', endSession: 'failed' });
  expect(written).toHaveLength(1);
  expect(written[0]).toContain('of-now');
});
