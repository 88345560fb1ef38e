// One word for the tray out of the states of all accounts and pairs: the worst wins.

export type AccountState = 'signed-out' | 'signing-in' | 'signed-in' | 'needs-sign-in' | 'offline';
export type PairState =
  | 'starting'
  | 'scanning'
  | 'syncing'
  | 'in-sync'
  | 'pausing'
  | 'paused'
  | 'attention'
  | 'offline'
  | 'signed-out';
export type OverallState = 'signed-out' | 'in-sync' | 'syncing' | 'paused' | 'attention' | 'offline';

const worstFirst: readonly OverallState[] = [
  'attention',
  'signed-out',
  'offline',
  'syncing',
  'paused',
  'in-sync',
];

/** Nothing set up yet reads as signed out: the person has to act. */
export function overallState(facts: {
  readonly accounts: readonly AccountState[];
  readonly pairs: readonly PairState[];
}): OverallState {
  if (facts.accounts.length === 0) return 'signed-out';
  const found = new Set<OverallState>([...facts.accounts.map(fromAccount), ...facts.pairs.map(fromPair)]);
  return worstFirst.find((state) => found.has(state)) ?? 'in-sync';
}

function fromAccount(state: AccountState): OverallState {
  switch (state) {
    case 'signed-in':
      return 'in-sync';
    case 'signing-in':
      return 'syncing';
    case 'needs-sign-in':
      return 'attention';
    case 'signed-out':
    case 'offline':
      return state;
  }
}

function fromPair(state: PairState): OverallState {
  if (state === 'pausing') return 'paused';
  return state === 'starting' || state === 'scanning' ? 'syncing' : state;
}

export type PairFacts = {
  readonly isSignedIn: boolean;
  readonly isReachable: boolean;
  readonly isPaused: boolean;
  /** Paused, and what ran is still being ended. */
  readonly isPausing: boolean;
  /** Guards that wait for a yes. */
  readonly guards: number;
  /** Problems that only a person can end. */
  readonly problemsForPerson: number;
  readonly activity: 'starting' | 'scanning' | 'syncing' | 'idle';
};

/** What the person must do comes before what the program is doing. */
export function pairState(facts: PairFacts): PairState {
  if (facts.guards > 0 || facts.problemsForPerson > 0) return 'attention';
  if (!facts.isSignedIn) return 'signed-out';
  if (facts.isPaused) return facts.isPausing ? 'pausing' : 'paused';
  if (!facts.isReachable) return 'offline';
  return facts.activity === 'idle' ? 'in-sync' : facts.activity;
}
