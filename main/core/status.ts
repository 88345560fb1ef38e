// The verdict over all accounts and pairs: one word for page and tray, one need for exit codes and monitoring.

/**
 * `new`: no user has signed in here yet. `signed-out`: by choice. `needs-sign-in`: the sign-in ended by itself.
 * `offline`: signed in, and a service of the account cannot be reached.
 */
export type AccountState = 'new' | 'signed-out' | 'signing-in' | 'signed-in' | 'needs-sign-in' | 'offline';

/** Without a sign-in, and not because one was lost: none yet, ended by the user, or one under way. */
export function isUnsigned(state: AccountState): boolean {
  return state === 'new' || state === 'signed-out' || state === 'signing-in';
}

/** `incomplete`: at rest, with files that could not be synced. */
export type PairState =
  | 'starting'
  | 'scanning'
  | 'syncing'
  | 'in-sync'
  | 'incomplete'
  | 'pausing'
  | 'paused'
  | 'attention'
  | 'offline'
  | 'signed-out';
export type OverallState =
  'signed-out' | 'in-sync' | 'incomplete' | 'syncing' | 'paused' | 'attention' | 'offline';

/**
 * What has to happen before everything is in sync. `user`: an answer or a sign-in. `recovery`: something stands still
 * and is tried again. `files`: single files could not be synced. `nothing`: all is well, or work is under way.
 */
export type Need = 'user' | 'recovery' | 'files' | 'nothing';

export type Verdict = { readonly overall: OverallState; readonly need: Need };

/** Parts of an account's or a pair's view that the verdict depends on. */
export type VerdictFacts = {
  readonly accounts: readonly { readonly state: AccountState }[];
  readonly pairs: readonly {
    readonly state: PairState;
    readonly guards: readonly unknown[];
    readonly standing: { readonly code: string } | null;
    readonly problemCount: number;
  }[];
};

const worstFirst: readonly OverallState[] = [
  'attention',
  'signed-out',
  'offline',
  'syncing',
  'incomplete',
  'paused',
  'in-sync',
];
const needsFirst: readonly Need[] = ['user', 'recovery', 'files', 'nothing'];

/** Codes of failures that only the user can end; every other one is tried again until it passes. */
const userCodes: ReadonlySet<string> = new Set([
  'needs-sign-in',
  'sign-in-cancelled',
  'sign-in-timeout',
  'sign-in-denied',
  'other-principal',
  'principal-changed',
]);

export function isForUser(code: string): boolean {
  return userCodes.has(code);
}

/** The worst word and the most urgent need win. Without an account the user has to act: signed out. */
export function verdictOf({ accounts, pairs }: VerdictFacts): Verdict {
  if (accounts.length === 0) return { overall: 'signed-out', need: 'user' };
  const found = [
    ...accounts.map(({ state }) => verdictByAccount[state]),
    ...pairs.flatMap((pair) => {
      const { overall, need } = verdictOfPair(pair);
      const files: Verdict[] = pair.problemCount > 0 ? [{ overall, need: 'files' }] : [];
      return [{ overall, need }, ...files];
    }),
  ];
  return {
    overall: worstFirst.find((word) => found.some(({ overall }) => overall === word)) ?? 'in-sync',
    need: needsFirst.find((one) => found.some(({ need }) => need === one)) ?? 'nothing',
  };
}

const verdictByAccount: Readonly<Record<AccountState, Verdict>> = {
  'signed-in': { overall: 'in-sync', need: 'nothing' },
  'signing-in': { overall: 'signed-out', need: 'user' },
  new: { overall: 'signed-out', need: 'user' },
  'signed-out': { overall: 'signed-out', need: 'user' },
  'needs-sign-in': { overall: 'attention', need: 'user' },
  offline: { overall: 'offline', need: 'recovery' },
};

function verdictOfPair({ state, guards, standing }: VerdictFacts['pairs'][number]): Verdict {
  switch (state) {
    case 'attention': {
      const isUsers = guards.length > 0 || (standing !== null && isForUser(standing.code));
      return { overall: state, need: isUsers ? 'user' : 'recovery' };
    }
    case 'signed-out':
      return { overall: state, need: 'user' };
    case 'offline':
      return { overall: state, need: 'recovery' };
    case 'incomplete':
      return { overall: state, need: 'files' };
    case 'pausing':
    case 'paused':
      return { overall: 'paused', need: 'nothing' };
    case 'starting':
    case 'scanning':
    case 'syncing':
      return { overall: 'syncing', need: 'nothing' };
    case 'in-sync':
      return { overall: state, need: 'nothing' };
  }
}

export type PairFacts = {
  readonly isSignedIn: boolean;
  readonly isReachable: boolean;
  readonly isPaused: boolean;
  /** Paused, while running work is still being ended. */
  readonly isPausing: boolean;
  /** Questions without an answer. */
  readonly guards: number;
  /** The pair is stopped as a whole, or for lack of space, by something other than the network. */
  readonly isStopped: boolean;
  /** Files that could not be synced. */
  readonly problems: number;
  readonly activity: 'starting' | 'scanning' | 'syncing' | 'idle';
};

/** What the user has to do comes before what the program is doing. */
export function pairState(facts: PairFacts): PairState {
  if (facts.guards > 0) return 'attention';
  if (facts.isPaused) return facts.isPausing ? 'pausing' : 'paused';
  if (facts.isStopped) return 'attention';
  if (!facts.isSignedIn) return 'signed-out';
  if (!facts.isReachable) return 'offline';
  if (facts.activity !== 'idle') return facts.activity;
  return facts.problems > 0 ? 'incomplete' : 'in-sync';
}
