// The sizes of the three tiers of tests: the same test code, run on more or fewer cases.
//
// `npm run test:fast` is the inner loop (no browser, no servers), `npm test` has every kind of test in it, and
// `npm test -- --full` is what a change must pass before it lands. `build/run-tests.ts` names the tier in the environment.

const tiers = ['fast', 'standard', 'full'] as const;
export type Tier = (typeof tiers)[number];

export const tierVariable = 'DRIFTLESS_TEST_TIER';

/** Without a name (vitest started by hand or by an editor): standard. */
export const tier: Tier = parseTier(process.env[tierVariable] ?? 'standard');

function parseTier(text: string): Tier {
  const known = tiers.find((each) => each === text);
  if (known === undefined) throw new Error(`${tierVariable} is one of ${tiers.join(', ')}, not "${text}"`);
  return known;
}

type Sizes = {
  /** Simulated histories; every tenth is run twice, to show that it is determined by its seed. */
  readonly histories: number;
  /** Part of a property's runs, in percent of what the test names. */
  readonly propertyPercent: number;
  /** Part of the planner's mutants; which ones changes with the date, so that a week of runs meets all. */
  readonly mutantPercent: number;
  /** Part of what is shown again elsewhere: stories on a real disk (in memory in the fast tier), scenes under axe and at 320 pixels. */
  readonly samplePercent: number;
  /** Crash matrix: one in so many failpoints is killed at; which ones changes with the date too. */
  readonly failpointStep: number;
  /** Random kills for each of two buckets. */
  readonly randomKills: number;
  /** Minutes that two devices work while their network fails. */
  readonly badMinutes: number;
  /** Minutes that two real engines work while everything around them fails (`e2e/live-soak`, in the full tier only). */
  readonly soakMinutes: number;
};

const sizesByTier: Readonly<Record<Tier, Sizes>> = {
  fast: {
    histories: 50,
    propertyPercent: 4,
    mutantPercent: 0,
    samplePercent: 10,
    failpointStep: 20,
    randomKills: 2,
    badMinutes: 0.1,
    soakMinutes: 0,
  },
  standard: {
    histories: 500,
    propertyPercent: 20,
    mutantPercent: 5,
    samplePercent: 10,
    failpointStep: 20,
    randomKills: 5,
    badMinutes: 0.25,
    soakMinutes: 0,
  },
  full: {
    histories: 10_000,
    propertyPercent: 100,
    mutantPercent: 100,
    samplePercent: 100,
    failpointStep: 1,
    randomKills: 100,
    badMinutes: 2,
    soakMinutes: 10,
  },
};

export const sizes: Sizes = sizesByTier[tier];

/** The runs of a property in this tier, of `count` in the full one. */
export function runs(count: number): number {
  return Math.max(1, Math.round((count * sizes.propertyPercent) / 100));
}

/** The part of a list that is this tier's turn today. */
export function sampleOf<Item>(
  all: readonly Item[],
  day = Math.floor(Date.now() / 86_400_000),
): readonly Item[] {
  return oneIn(Math.round(100 / sizes.samplePercent), all, day);
}

/** One in `step` of a list: those whose turn it is today. */
export function oneIn<Item>(
  step: number,
  all: readonly Item[],
  day = Math.floor(Date.now() / 86_400_000),
): readonly Item[] {
  return all.filter((_, at) => at % step === day % step);
}

/** How often something rare must have been met for a property to say anything: `count` in the full tier. */
export function atLeast(count: number): number {
  if (tier === 'fast') return -1;
  return tier === 'full' ? count : Math.floor((count * sizes.propertyPercent) / 200);
}

/**
 * When a test is ended, by its kind, in milliseconds. It is for what never ends: what only computes takes many times as long on a
 * busy machine, so no test has a shorter limit of its own.
 */
export const limitsMs = {
  unit: 60_000,
  property: 180_000,
  simulation: 2_700_000,
  scenario: 900_000,
  conformance: 900_000,
  integration: 180_000,
  ui: 180_000,
  e2e: 900_000,
};
export type KindName = keyof typeof limitsMs;

/** Kinds that need nothing but Node. */
export const fastKinds = ['unit', 'property', 'simulation', 'scenario', 'conformance'];

/** Files of those kinds that start servers, work on the real disk, hold large trees, or tell many long histories. */
const notFast = [
  'conformance/local-files',
  'property/plan-mutants',
  'scenario/edited-after-a-crash',
  'scenario/edited-at-every-step',
  'scenario/live-engine',
  'scenario/one-object-refused',
  'scenario/overlap',
  'scenario/refused-moves',
  'scenario/renamed-after-crash',
  'scenario/standing',
  'scenario/state-refused',
  'simulation/known-seeds',
  'unit/ignore-matcher',
  'conformance/ceph-remote-objects',
  'conformance/cloud-remote-objects',
  'conformance/named-remote-objects',
];

/**
 * Files that only the full run has: another store or provider, the long life of what others show briefly, verbs and
 * sign-ins end to end of which unit and integration tests have every part, and what is for the project's own developers.
 */
const fullOnly: readonly string[] = [
  'e2e/beacon',
  'e2e/calm-states',
  'e2e/cli-shapes',
  'e2e/clock',
  'e2e/credentials',
  'e2e/demo-second-computer',
  'e2e/desktop-files',
  'e2e/desktop-first-run',
  'e2e/desktop-folders',
  'e2e/desktop-moments',
  'e2e/desktop-stranger',
  'e2e/doctor',
  'e2e/expiry',
  'e2e/file-verbs',
  'e2e/login-engine',
  'e2e/login-options',
  'e2e/logout',
  'e2e/once-patience',
  'e2e/plan-engine',
  'e2e/planted-secrets',
  'e2e/independent-clients',
  'e2e/verb-shapes',
  'integration/admin-template-tools',
  'integration/dev-command',
  'integration/heap-bounds',
  'integration/independent-clients',
  'conformance/ceph-remote-objects',
  'conformance/swift-remote-objects',
  'integration/swift',
  'e2e/ceph',
  'e2e/container',
  'e2e/credentials-ceph',
  'e2e/glewlwyd',
  'e2e/installed-cli',
  'e2e/installed-desktop',
  'e2e/lemonldap',
  'e2e/live-soak',
  'e2e/live-work',
  'e2e/machine-changes',
  'integration/admin-template-ceph',
  'integration/ceph',
  'integration/file-systems',
  'e2e/disk-away',
  'e2e/program-exchange',
  'e2e/programs',
  'e2e/service',
  'e2e/shells',
  'e2e/share-watches',
  'e2e/silent-share',
  'e2e/sync-tools',
  'integration/glewlwyd',
  'scenario/budgets',
  'integration/local-cloud-clients',
  'ui/page-right-to-left',
  'ui/page-size',
  'ui/page-dev-server',
  'ui/page-lists',
  'ui/page-pictures',
  'ui/scene-viewer',
];

/** Dialogs of the page, each in a browser with a file of its own: half of them are the usual run's turn today, the others tomorrow. */
const inTurn: readonly string[] = [
  'ui/page-setup',
  'ui/page-folders',
  'ui/page-conflicts',
  'ui/page-settings',
];

/** What a tier leaves out, as paths below `test/` without their ending. */
export function leftOutOf(of: Tier, day = Math.floor(Date.now() / 86_400_000)): readonly string[] {
  if (of === 'full') return [];
  if (of === 'fast') return [...fullOnly, ...notFast];
  const today = oneIn(2, inTurn, day);
  return [...fullOnly, ...inTurn.filter((name) => !today.includes(name))];
}
