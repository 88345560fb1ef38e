// Problems beyond those of the snapshot: asked for in parts, searched, found by id, and numbered by their state.
import { expect, test } from 'vitest';
import { makeRevision, problemById, problemsPage } from '../../main/app/files/problems.ts';
import { makePairReader } from '../../main/app/pair-runtime.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { problemIdOf } from '../../main/app/pair-view.ts';
import type { ProblemRow } from '../../main/core/problem-rows.ts';
import { LIMITS } from '../../preload/lean/limits.ts';

const row = (path: string | null, code = 'unreadable'): ProblemRow => ({
  path,
  code,
  fields: {},
  sinceMs: 1,
  retryAtMs: null,
});
const many = Array.from({ length: 10_000 }, (_, at) => row(`Mail/part ${String(at).padStart(5, '0')}.pst`));
const pairs = [
  { pairId: 'docs', rows: many },
  { pairId: 'photos', rows: [row(null, 'disk-full'), row('Grüße.jpg')] },
];
const all = { pairId: null, text: '', skip: 0 };

test('each part follows on the one before, up to the last problem of the last folder', () => {
  const parts = Array.from({ length: 51 }, (_, at) =>
    problemsPage(pairs, { ...all, skip: at * LIMITS.problems }),
  );
  const listed = parts.flatMap(({ problems }) => problems);
  expect(parts.map(({ total }) => total)).toEqual(parts.map(() => 10_002));
  expect(listed.map(({ path }) => path)).toEqual([...many.map(({ path }) => path), null, 'Grüße.jpg']);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(10_002);
  expect(problemsPage(pairs, { ...all, skip: 10_002 })).toEqual({ problems: [], total: 10_002 });
});

test('a search goes by the path in any case, and a folder can be chosen', () => {
  expect(problemsPage(pairs, { ...all, text: 'PART 0500' }).total).toBe(10);
  expect(problemsPage(pairs, { ...all, text: 'GRÜß' }).problems).toMatchObject([{ pairId: 'photos' }]);
  expect(problemsPage(pairs, { ...all, pairId: 'photos' }).problems.map(({ code }) => code)).toEqual([
    'disk-full',
    'unreadable',
  ]);
  expect(problemsPage(pairs, { ...all, pairId: 'gone' })).toEqual({ problems: [], total: 0 });
});

test('an id that was listed names its problem, wherever it is, and none of another folder', () => {
  const [listed] = problemsPage(pairs, { ...all, skip: 5000 }).problems;
  const [docs, photos] = pairs;
  if (listed === undefined || docs === undefined || photos === undefined) throw new Error('no problem');
  expect(problemById(docs, listed.id)).toBe(many[5000]);
  expect(problemById(photos, listed.id)).toBeUndefined();
  expect(problemIdOf('docs', row(listed.path, 'changing'))).not.toBe(listed.id);
});

test('the number changes with each other object, and with a folder that comes or goes', () => {
  const revisionOf = makeRevision();
  const [one, other] = [{}, {}];
  const first = revisionOf([one, other]);
  expect(revisionOf([one, other])).toBe(first);
  const seen = [revisionOf([one, {}]), revisionOf([one]), revisionOf([])];
  expect(new Set([first, ...seen]).size).toBe(4);
});

test('problems are sorted again only when they have changed, and few of them go into the snapshot', () => {
  let stored: readonly ProblemRow[] = many;
  const planProblems: readonly never[] = [];
  const status = {
    phase: 'idle',
    activity: 'idle',
    isPaused: false,
    pausedUntilMs: null,
    pausedBy: null,
    guards: [],
    notices: [],
    failure: null,
    planProblems,
    progress: null,
    transfers: [],
    lastInSyncAtMs: null,
    watch: 'on',
  };
  const store = {
    counts: () => ({ files: 0, folders: 0, bytes: 0 }),
    activity: () => [],
    problems: () => stored,
    meta: () => null,
    intents: () => [],
  };
  const pair = {
    config: { id: 'docs', account: 'work', folder: '/docs', mode: 'two-way' },
    engine: { status: () => status, context: () => ({ store }) },
    account: { isSignedIn: () => true, state: () => 'signed-in' },
    remoteLabel: () => 'bucket',
    memory: () => null,
    history: () => [],
  } as unknown as PairRuntime;
  const read = makePairReader(pair);
  const before = read();
  expect([before.view.problemCount, before.problems.length]).toEqual([10_000, LIMITS.problems]);
  expect(read().sorted).toBe(before.sorted);
  stored = many.slice(1);
  expect(read().sorted).not.toBe(before.sorted);
  expect(read().view.problemCount).toBe(9_999);
});
