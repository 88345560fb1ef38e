// The verdict over accounts and pairs: the word on page and tray, and the exit code, from the same table.
import { describe, expect, test } from 'vitest';
import { exitCodeOfNeed } from '../../main/cli/exit-codes.ts';
import { pairState, verdictOf } from '../../main/core/status.ts';
import type { AccountState, OverallState, PairFacts, PairState } from '../../main/core/status.ts';

type Pair = Parameters<typeof verdictOf>[0]['pairs'][number];

const quiet = { guards: [], standing: null, problemCount: 0 };

function wordOf(accounts: readonly AccountState[], pairs: readonly PairState[]): OverallState {
  return verdictOf({
    accounts: accounts.map((state) => ({ state })),
    pairs: pairs.map((state) => ({ ...quiet, state })),
  }).overall;
}

describe('the word', () => {
  test.each([
    [[], [], 'signed-out'],
    [['signed-in'], [], 'in-sync'],
    [['signed-in'], ['in-sync', 'in-sync'], 'in-sync'],
    [['signed-in'], ['in-sync', 'incomplete'], 'incomplete'],
    [['signed-in'], ['in-sync', 'paused'], 'paused'],
    [['signed-in'], ['in-sync', 'pausing'], 'paused'],
    [['signed-in'], ['paused', 'scanning'], 'syncing'],
    [['signed-in'], ['starting'], 'syncing'],
    [['signing-in'], [], 'signed-out'],
    [['new'], ['signed-out'], 'signed-out'],
    [['signed-in'], ['syncing', 'offline'], 'offline'],
    [['offline'], ['in-sync'], 'offline'],
    [['signed-in', 'signed-out'], ['offline'], 'signed-out'],
    [['signed-out'], ['attention'], 'attention'],
    [['needs-sign-in'], ['signed-out'], 'attention'],
  ] as const)('%j %j: %s', (accounts, pairs, overall) => {
    expect(wordOf(accounts, pairs)).toBe(overall);
  });
});

const accountStates: readonly AccountState[] = [
  'new',
  'signed-out',
  'signing-in',
  'signed-in',
  'needs-sign-in',
  'offline',
];
const pairStates: readonly PairState[] = [
  'starting',
  'scanning',
  'syncing',
  'in-sync',
  'incomplete',
  'pausing',
  'paused',
  'attention',
  'offline',
  'signed-out',
];
const details: readonly Omit<Pair, 'state'>[] = [
  quiet,
  { ...quiet, problemCount: 3 },
  { ...quiet, guards: ['a question'] },
  { ...quiet, standing: { code: 'endpoint-unreachable' } },
  { ...quiet, standing: { code: 'other-principal' } },
];

/** Exit codes that a word may go with. */
const codesOfWord: Readonly<Record<OverallState, readonly number[]>> = {
  attention: [1, 3],
  'signed-out': [3],
  offline: [1],
  syncing: [0, 4],
  incomplete: [4],
  paused: [0, 4],
  'in-sync': [0],
};

test('word and exit code agree, whatever accounts and pairs there are', () => {
  const pairs = pairStates.flatMap((state) => details.map((detail): Pair => ({ ...detail, state })));
  // A pair that is in sync has no problems: it would be incomplete (see below).
  const possible = pairs.filter(({ state, problemCount }) => state !== 'in-sync' || problemCount === 0);
  const disagreeing = accountStates.flatMap((state) =>
    possible.flatMap((one) =>
      possible.flatMap((other) => {
        const { overall, need } = verdictOf({ accounts: [{ state }], pairs: [one, other] });
        const code = exitCodeOfNeed(need);
        return codesOfWord[overall].includes(code) ? [] : [{ state, one, other, overall, code }];
      }),
    ),
  );
  expect(disagreeing).toEqual([]);
});

describe('the state of one pair', () => {
  const idle: PairFacts = {
    isSignedIn: true,
    isReachable: true,
    isPaused: false,
    isPausing: false,
    guards: 0,
    isStopped: false,
    problems: 0,
    activity: 'idle',
  };
  test.each([
    [{}, 'in-sync'],
    [{ problems: 1 }, 'incomplete'],
    [{ problems: 1, activity: 'syncing' }, 'syncing'],
    [{ activity: 'scanning' }, 'scanning'],
    [{ activity: 'syncing', isReachable: false }, 'offline'],
    [{ isReachable: false, isPaused: true }, 'paused'],
    [{ isPaused: true, isPausing: true, activity: 'syncing' }, 'pausing'],
    [{ isPaused: true, isSignedIn: false }, 'paused'],
    [{ isSignedIn: false, guards: 1 }, 'attention'],
    [{ isStopped: true }, 'attention'],
    [{ isStopped: true, isPaused: true }, 'paused'],
  ] as const)('%j is %s', (facts, state) => {
    expect(pairState({ ...idle, ...facts })).toBe(state);
  });
});
