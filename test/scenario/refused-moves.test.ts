// Rule 26 on a store that says no: a rename of each shape, each answer of a store to each step of it, with stores of each kind.
// At every moment each content is in one LIST of the bucket; when the refusals end, both devices and the bucket agree.
import { describe, expect, test } from 'vitest';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { IgnoredCondition } from '../fakes/fake-remote-core.ts';
import type { FakeOperation } from '../fakes/fake-remote-core.ts';
import { FakeBucket } from '../fakes/fake-remote-state.ts';
import { makeRefusals, refusalAnswers } from '../fakes/refusals.ts';
import type { RefusalName, Refusals } from '../fakes/refusals.ts';
import { sampleOf, tier } from '../sizes.ts';
import { makeFakeWorld } from './fake-world.ts';
import type { StoryDevice, StoryWorld } from './story.ts';

const weak: readonly IgnoredCondition[] = [
  'put-if-none-match',
  'put-if-match',
  'delete-if-match',
  'complete',
  'copy-source',
  'copy-target',
];
const stores = {
  'with versions': { versioning: 'enabled', ignores: [] },
  'without versions': { versioning: 'unversioned', ignores: [] },
  'without safe copies': { versioning: 'unversioned', ignores: weak },
} as const;

type Shape = {
  readonly before: Readonly<Record<string, string>>;
  readonly rename: (device: StoryDevice) => Promise<void>;
  /** Contents that have to stay in sight. */
  readonly texts: readonly string[];
  /** The names that are refused. */
  readonly refused: (name: string) => boolean;
};

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const folder = Object.fromEntries(letters.map((one) => [`d/${one}`, `text of ${one}`]));
const shapes: Readonly<Record<string, Shape>> = {
  'a file': {
    before: { a: 'text of a' },
    rename: (device) => device.rename('a', 'new-a'),
    texts: ['text of a'],
    refused: (name) => name === 'new-a',
  },
  'a folder, one file refused': {
    before: folder,
    rename: (device) => device.rename('d', 'new-d'),
    texts: Object.values(folder),
    refused: (name) => name === 'new-d/c',
  },
  'a folder, all refused': {
    before: folder,
    rename: (device) => device.rename('d', 'new-d'),
    texts: Object.values(folder),
    refused: (name) => name.startsWith('new-d/'),
  },
  'a chain': {
    before: { a: 'text of a', b: 'longer text of b' },
    rename: async (device) => {
      await device.rename('b', 'new-b');
      await device.rename('a', 'b');
    },
    texts: ['text of a', 'longer text of b'],
    refused: (name) => name === 'new-b',
  },
  'onto a taken name': {
    before: { a: 'text of a', taken: 'what it replaces' },
    rename: async (device) => {
      await device.remove('taken');
      await device.rename('a', 'taken');
    },
    texts: ['text of a'],
    refused: (name) => name === 'taken',
  },
  'into a folder where something failed before': {
    before: { a: 'text of a' },
    rename: async (device) => {
      await device.write('new-f/first', 'another file');
      await device.sync().catch(isOfPair);
      await device.rename('a', 'new-f/a');
    },
    texts: ['text of a'],
    refused: (name) => name.startsWith('new-f/'),
  },
};

function isOfPair(error: unknown): void {
  if (!isSyncError(error) || error.scope === 'item') throw error;
}

type Steps = { readonly verbs: readonly FakeOperation[]; readonly isOldName: boolean };
const steps: Readonly<Record<string, Steps>> = {
  'the copy': { verbs: ['copy'], isOldName: false },
  'copy and upload': { verbs: ['copy', 'put'], isOldName: false },
  'all but writing': { verbs: ['head', 'get'], isOldName: false },
  'the removal': { verbs: ['delete'], isOldName: true },
};
const answers = [...Object.keys(refusalAnswers), 'condition'] as readonly RefusalName[];

/** Every answer for one file and for one of a folder; of the other shapes one of each kind of answer. */
function answersTo(step: string, shape: string): readonly RefusalName[] {
  const isWhole = shape === 'a file' || shape === 'a folder, one file refused';
  const few: readonly RefusalName[] = ['denied', 'internal', 'slow-down', 'condition'];
  if (!isWhole && step.includes('copy')) return few;
  if (step === 'all but writing') return ['denied', 'invalid', 'internal'];
  return step === 'the removal' ? ['denied', 'busy', 'internal', 'condition'] : answers;
}

type Scene = { readonly world: StoryWorld; readonly refusals: Refusals; readonly losses: readonly string[] };
const prefix = 'users/alice/';

function setUp(store: keyof typeof stores, watched: readonly string[]): Scene & { watch: () => void } {
  const { versioning, ignores } = stores[store];
  const bucket = new FakeBucket({ versioning, opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const losses: string[] = [];
  let isWatched = false;
  const listed = (): ReadonlySet<string> => {
    const keys = bucket.liveKeys().filter((key) => !key.startsWith(`${prefix}.driftless/`));
    return new Set(keys.map((key) => new TextDecoder().decode(bucket.current(key)?.bytes)));
  };
  const world = makeFakeWorld({
    bucket,
    ignores,
    hooks: {
      beforeCall: (call) => refusals.faultFor(call, bucket),
      afterCall: (call) => {
        if (!isWatched) return;
        const there = listed();
        for (const text of watched)
          if (!there.has(text)) losses.push(`${text} after ${call.operation} ${call.key}`);
      },
    },
  });
  return {
    world,
    refusals,
    losses,
    watch: () => {
      isWatched = true;
    },
  };
}

async function trySync(device: StoryDevice): Promise<string> {
  try {
    const report = await device.sync();
    if (report.kind === 'guarded') return `asked ${report.guards.map(({ kind }) => kind).join()}`;
    const isExplained = report.isInSync || report.problems.length > 0 || report.planProblems.length > 0;
    return isExplained ? 'ended' : 'ended without a word';
  } catch (error) {
    isOfPair(error);
    return 'ended';
  }
}

/** What an entry of `losses` means: a LIST of the bucket right after that step lacked that content. */
const rule26 =
  'rule 26 (docs/correctness.md; sync/operations/destination.ts): content was under no name after this step';

const rows = Object.keys(stores).flatMap((store) =>
  Object.keys(shapes).flatMap((shape) => Object.keys(steps).map((step) => ({ store, shape, step }))),
);

describe.each(tier === 'full' ? rows : sampleOf(rows))('$shape, $step, $store', ({ store, shape, step }) => {
  test.each(answersTo(step, shape))('%s', async (answer) => {
    const { before, rename, texts, refused } = shapes[shape] as Shape;
    const { verbs, isOldName } = steps[step] as Steps;
    const { world, refusals, losses, watch } = setUp(store as keyof typeof stores, texts);
    const laptop = world.device('laptop');
    const desktop = world.device('desktop');
    for (let at = 0; at < 25; at += 1) await laptop.write(`other/${at}`, `other ${at}`);
    for (const [path, text] of Object.entries(before)) await laptop.write(path, text);
    expect(await trySync(laptop)).toBe('ended');
    expect(await trySync(desktop)).toBe('ended');
    watch();
    const isRefused = (key: string): boolean => {
      const name = key.slice(prefix.length);
      return isOldName ? name in before : refused(name);
    };
    refusals.add({ verbs, answer, where: isRefused });
    await rename(laptop);
    const ends = [
      await trySync(laptop),
      await trySync(laptop),
      await trySync(desktop),
      await trySync(laptop),
    ];
    expect(ends).toEqual(['ended', 'ended', 'ended', 'ended']);
    expect(losses, rule26).toEqual([]);
    const held = async (device: StoryDevice): Promise<readonly (string | null)[]> =>
      Promise.all((await device.tree()).map((path) => device.read(path)));
    expect(await held(desktop)).toEqual(expect.arrayContaining([...texts]));
    refusals.end();
    for (let round = 0; round < 2; round += 1) {
      expect([await trySync(laptop), await trySync(desktop)]).toEqual(['ended', 'ended']);
    }
    expect(losses, rule26).toEqual([]);
    expect(await desktop.tree()).toEqual(await laptop.tree());
    expect(await world.bucket.tree()).toEqual(await laptop.tree());
    expect(laptop.problems()).toEqual([]);
  });
});
