// Schedule of the isolation check, and the worst finding that the page shows.
import { expect, test } from 'vitest';
import { watchIsolation } from '../../main/app/isolation-watch.ts';
import type { PairEvidence } from '../../main/app/isolation-watch.ts';
import type { PairConfig } from '../../main/core/config/config.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { IsolationVerdict } from '../../main/core/access/isolation.ts';
import type { IsolationView } from '../../preload/contract.ts';
import { account } from '../ui/scenes.ts';
import { waitFor } from '../support/wait-for.ts';

const verdictOf = (kind: IsolationVerdict['kind']): IsolationVerdict => ({
  kind,
  findings: [
    { place: 'root', action: 'list', meaning: kind === 'reaches-more' ? 'reaches' : 'refused' },
    { place: 'sibling', action: 'list', meaning: 'refused' },
  ],
});
const evidence = (prefix: string, kind: IsolationVerdict['kind'] | null): PairEvidence => ({
  prefix,
  verdict: kind === null ? null : verdictOf(kind),
});

function watch(answers: Readonly<Record<string, () => PairEvidence>>) {
  const stop = new AbortController();
  const told: IsolationView[] = [];
  const sleeps: number[] = [];
  const looked: string[] = [];
  const listeners = new Set<() => void>();
  let view = { ...account, state: 'signed-out' as (typeof account)['state'] };
  let wake = (): void => undefined;
  const ended = watchIsolation(
    {
      account: { id: 'work', view: () => view, noteIsolation: (seen) => void told.push(seen) },
      pairs: () => Object.keys(answers).map((id) => ({ id }) as unknown as PairConfig),
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      look: ({ id }) => {
        looked.push(id);
        const answer = answers[id];
        return answer === undefined ? Promise.reject(new Error(id)) : Promise.resolve().then(answer);
      },
      clock: {
        nowMs: () => 0,
        monotonicMs: () => 0,
        sleep: (delayMs, signal) => {
          sleeps.push(delayMs);
          return new Promise((resolve, reject) => {
            wake = resolve;
            signal.addEventListener('abort', () => {
              reject(new Error('aborted'));
            });
          });
        },
      },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    },
    stop.signal,
  );
  return {
    told,
    sleeps,
    looked,
    listeners,
    become: (state: (typeof account)['state'], personName = 'alice') => {
      view = { ...view, state, personName };
      for (const listener of [...listeners]) listener();
    },
    pass: () => {
      wake();
    },
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}

test('the check runs once for each signed-in user and not at all while signed out', async () => {
  const kit = watch({ docs: () => evidence('users/a/', 'no-sign') });
  await waitFor(() => kit.sleeps.length === 1);
  expect([kit.looked, kit.told]).toEqual([[], [{ verdict: 'not-checked', prefix: null, reached: [] }]]);
  kit.become('signing-in');
  kit.become('signed-in');
  await waitFor(() => kit.told.length === 2);
  expect(kit.told.at(-1)).toEqual({ verdict: 'no-sign', prefix: 'users/a/', reached: [] });
  kit.become('offline');
  kit.become('signed-in');
  expect(kit.looked).toEqual(['docs']);
  kit.become('signed-in', 'bob');
  await waitFor(() => kit.looked.length === 2);
  kit.become('signed-out');
  await waitFor(() => kit.told.at(-1)?.verdict === 'not-checked');
  await kit.stop();
  expect(kit.listeners.size).toBe(0);
});

test('the worst result of several pairs is shown with what it reaches', async () => {
  const kit = watch({
    fine: () => evidence('users/a/', 'no-sign'),
    wide: () => evidence('team/', 'reaches-more'),
    mute: () => evidence('x/', 'unknown'),
    whole: () => evidence('', null),
  });
  kit.become('signed-in');
  await waitFor(() => kit.told.at(-1)?.verdict === 'reaches-more');
  expect(kit.told.at(-1)).toEqual({
    verdict: 'reaches-more',
    prefix: 'team/',
    reached: [{ place: 'root', action: 'list' }],
  });
  await kit.stop();
});

test('the check runs again after a day, or soon when it failed, and blocks nothing', async () => {
  let isReachable = false;
  const kit = watch({
    docs: () => {
      if (isReachable) return evidence('users/a/', 'no-sign');
      throw new SyncError({ code: 'exchange-unreachable', retry: 'backoff', scope: 'account' });
    },
  });
  kit.become('signed-in');
  await waitFor(() => kit.sleeps.at(-1) === 300_000);
  expect(kit.told.map(({ verdict }) => verdict)).not.toContain('no-sign');
  isReachable = true;
  kit.pass();
  await waitFor(() => kit.sleeps.at(-1) === 86_400_000 && kit.told.at(-1)?.verdict === 'no-sign');
  kit.pass();
  await waitFor(() => kit.looked.length === 3);
  await kit.stop();
});

test('a check that fails in a way of its own is repeated soon, too', async () => {
  const kit = watch({
    docs: () => {
      throw new TypeError('no such thing');
    },
  });
  kit.become('signed-in');
  await waitFor(() => kit.sleeps.at(-1) === 300_000);
  await kit.stop();
});

test('a folder that cannot be opened hides nothing that the others show', async () => {
  const kit = watch({
    team: () => {
      throw new SyncError({ code: 'grant-missing', retry: 'slow', scope: 'pair' });
    },
    own: () => evidence('users/a/', 'reaches-more'),
  });
  kit.become('signed-in');
  await waitFor(() => kit.looked.length === 2 && kit.sleeps.at(-1) === 86_400_000);
  expect(kit.told.at(-1)).toMatchObject({ verdict: 'reaches-more', prefix: 'users/a/' });
  await kit.stop();
});

test('without all folders nothing is said to be fine', async () => {
  const kit = watch({
    own: () => evidence('users/a/', 'no-sign'),
    team: () => {
      throw new SyncError({ code: 'exchange-unreachable', retry: 'backoff', scope: 'pair' });
    },
  });
  kit.become('signed-in');
  await waitFor(() => kit.looked.length === 2 && kit.sleeps.at(-1) === 300_000);
  expect(kit.told.at(-1)?.verdict).toBe('unknown');
  await kit.stop();
});
