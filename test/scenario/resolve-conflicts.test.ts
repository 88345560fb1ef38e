// Conflicts resolved by the user: what is kept wins on every device, and what is not stays in the trash.
import { describe, expect, onTestFinished, test } from 'vitest';
import { verbSchemas } from '../../build/verb-schemas.ts';
import { conflictCommands } from '../../main/app/conflicts/conflict-commands.ts';
import { answerFileRequest } from '../../main/control/files.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { conflictViews } from '../../main/app/conflicts/conflict-views.ts';
import { openConflicts } from '../../main/sync/conflicts/list.ts';
import { resolveConflict } from '../../main/sync/conflicts/resolve.ts';
import type { Kept } from '../../main/sync/conflicts/resolve.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LiveOptions, LivePair, LiveWorld } from '../support/live-pair.ts';

const { signal } = new AbortController();
/** Time passes while the work runs: the disk of these tests takes time, too. */
async function driven<V>(world: LiveWorld, work: Promise<V>): Promise<V> {
  let isOver = false;
  const end = work.finally(() => (isOver = true));
  await world.until(() => isOver, 60_000);
  return end;
}

const fileOf = (world: LiveWorld, path: string): string | undefined => {
  const bytes = world.bucket.contents().get(`${livePrefix}${path}`);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
};

/** Two devices with two versions of one file; the first to arrive keeps the name. */
async function conflict(onDiskStep: (name: string) => void = () => undefined) {
  const made = await freshConflict({ onDiskStep });
  await made.world.until(() => openConflicts(made.one.store).length === 1, 240_000);
  return made;
}

/** As the device that made it lists it: the other may not know of it, and its copy may still be on its way. */
async function freshConflict(how: LiveOptions) {
  const world = liveWorld();
  const one = world.add('one');
  const two = world.add('two', how);
  for (const pair of [one, two]) {
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  }
  one.write('report.txt', 'first');
  await world.until(() => two.disk.read('report.txt') === 'first', 120_000);
  two.engine.pause();
  await world.until(() => two.engine.status().phase === 'paused', 5000);
  one.write('report.txt', 'of one');
  await world.until(() => fileOf(world, 'report.txt') === 'of one', 60_000);
  two.write('report.txt', 'of two!');
  two.engine.resume();
  await world.until(() => two.disk.read('report.txt') === 'of one', 120_000);
  await world.until(() => openConflicts(two.store).length === 1, 240_000);
  return { world, one, two };
}

async function resolve(world: LiveWorld, pair: LivePair, keep: Kept): Promise<void> {
  const [found] = openConflicts(pair.store);
  if (found === undefined) throw new Error('no conflict');
  const outcome = await driven(world, resolveConflict(pair.context(), found, keep, signal));
  expect(outcome).toEqual({ kind: 'resolved' });
  pair.engine.checkNow();
  await world.pass(120_000);
}

test('a conflict is listed on both devices, with both versions and the device of the copy', async () => {
  const { one, two } = await conflict();
  for (const { store } of [one, two]) {
    const [found] = openConflicts(store);
    expect(found).toMatchObject({
      path: 'report.txt',
      copy: expect.stringMatching(/^report \(conflict .*\)\.txt$/) as unknown,
      current: { fingerprint: { sizeBytes: 6 } },
      aside: { fingerprint: { sizeBytes: 7 } },
      device: 'two',
    });
  }
});

test.each([
  ['current', 'of one', 'of two!'],
  ['aside', 'of two!', 'of one'],
] as const)(
  'keeping %s: it has the name everywhere, and the other is in the trash',
  async (keep, kept, other) => {
    const { world, one, two } = await conflict();
    const [before] = openConflicts(two.store);
    await resolve(world, two, keep);
    await world.until(() => openConflicts(one.store).length === 0, 240_000);
    for (const pair of [one, two]) {
      expect(pair.disk.read('report.txt')).toBe(kept);
      expect(pair.disk.read(before?.copy ?? '')).toBeNull();
      expect(openConflicts(pair.store)).toEqual([]);
    }
    expect(fileOf(world, 'report.txt')).toBe(kept);
    expect(fileOf(world, before?.copy ?? '')).toBeUndefined();
    const sizes = two.store.trash().map(({ sizeBytes }) => sizeBytes);
    expect(sizes).toContain(other.length);
  },
);

test('keeping both: nothing changes, and the list does not name it again, after a restart neither', async () => {
  const { world, two } = await conflict();
  const [before] = openConflicts(two.store);
  await resolve(world, two, 'both');
  await two.stop();
  two.restart();
  await world.pass(60_000);
  expect(openConflicts(two.store)).toEqual([]);
  expect(two.disk.read('report.txt')).toBe('of one');
  expect(two.disk.read(before?.copy ?? '')).toBe('of two!');
});

test.each(['current', 'aside'] as const)(
  'keeping %s of a file that was edited meanwhile changes nothing',
  async (keep) => {
    const { world, two } = await conflict();
    const [found] = openConflicts(two.store);
    if (found === undefined) throw new Error('no conflict');
    two.disk.write(found.copy, 'edited at the last moment');
    const outcome = await driven(world, resolveConflict(two.context(), found, keep, signal));
    expect(outcome).toEqual({ kind: 'failed', code: 'conflict-changed' });
    expect(two.disk.read('report.txt')).toBe('of one');
    expect(two.disk.read(found.copy)).toBe('edited at the last moment');
  },
);

test('by its id the page previews both versions and resolves a conflict, once', async () => {
  const { world, two } = await conflict();
  const commands = conflictCommands({
    findPair: (id) => (id === 'pair' ? { engine: two.engine } : undefined),
    decodePicture: null,
  });
  const [view] = conflictViews('pair', openConflicts(two.store));
  const asked = { pairId: 'pair', conflictId: view?.id ?? '' };
  expect(view?.id).not.toContain('report');
  expect(await driven(world, commands.previewConflict(asked, signal))).toEqual({
    ok: true,
    value: {
      current: { kind: 'text', text: 'of one', isCut: false },
      aside: { kind: 'text', text: 'of two!', isCut: false },
    },
  });
  const resolving = commands.resolveConflict({ ...asked, keep: 'aside' }, signal);
  expect(await driven(world, resolving)).toEqual({ ok: true, value: null });
  await world.until(() => fileOf(world, 'report.txt') === 'of two!', 240_000);
  const again = await commands.resolveConflict({ ...asked, keep: 'aside' }, signal);
  expect(again).toMatchObject({ ok: false, error: { code: 'conflict-gone' } });
  const other = await commands.resolveConflict({ ...asked, pairId: 'other', keep: 'both' }, signal);
  expect(other).toMatchObject({ ok: false, error: { code: 'unknown-pair' } });
});

test.each(['current', 'aside'] as const)(
  'keeping %s while the engine has more to do leaves nothing to recovery',
  async (keep) => {
    const state = { isResolving: false, steps: 0, engineOfTwo: (): void => undefined };
    const { world, two } = await conflict((name) => {
      if (!state.isResolving || (name !== 'capture' && name !== 'replace')) return;
      state.steps += 1;
      state.engineOfTwo();
    });
    // Each step of the resolution gives the loop a reason to plan everything again.
    state.engineOfTwo = () => {
      two.engine.checkNow();
    };
    const [view] = conflictViews('pair', openConflicts(two.store));
    const copy = openConflicts(two.store)[0]?.copy ?? '';
    const commands = conflictCommands({ findPair: () => ({ engine: two.engine }), decodePicture: null });
    state.isResolving = true;
    two.write('other.txt', 'more to do');
    const asked = { pairId: 'pair', conflictId: view?.id ?? '', keep };
    expect(await driven(world, commands.resolveConflict(asked, signal))).toEqual({ ok: true, value: null });
    state.isResolving = false;
    expect(state.steps).toBeGreaterThan(0);
    expect(two.log.filter((line) => line.includes('recovered'))).toEqual([]);
    await world.pass(120_000);
    expect(two.disk.read(copy)).toBeNull();
    expect(two.disk.read('report.txt')).toBe(keep === 'aside' ? 'of two!' : 'of one');
  },
);

test('a choice that comes while the copy is being uploaded waits for it, and is not refused as a change', async () => {
  const sent = Promise.withResolvers<undefined>();
  let isSending = false;
  const { world, one, two } = await freshConflict({
    wrap: (objects) => ({
      ...objects,
      async put(...given: Parameters<typeof objects.put>) {
        if (given[0].includes('(conflict ')) {
          isSending = true;
          await sent.promise;
        }
        return objects.put(...given);
      },
    }),
  });
  // Before the engines are stopped, which wait for it.
  onTestFinished(() => {
    sent.resolve(undefined);
  });
  await world.until(() => isSending, 60_000);
  const [view] = conflictViews('pair', openConflicts(two.store));
  const copy = openConflicts(two.store)[0]?.copy ?? '';
  const commands = conflictCommands({ findPair: () => ({ engine: two.engine }), decodePicture: null });
  const asked = { pairId: 'pair', conflictId: view?.id ?? '', keep: 'aside' } as const;
  let isAnswered = false;
  const resolving = commands.resolveConflict(asked, signal).finally(() => (isAnswered = true));
  await world.pass(30_000);
  expect(isAnswered).toBe(false);
  sent.resolve(undefined);
  expect(await driven(world, resolving)).toEqual({ ok: true, value: null });
  await world.until(
    () => fileOf(world, 'report.txt') === 'of two!' && fileOf(world, copy) === undefined,
    240_000,
  );
  await world.until(() => one.disk.read('report.txt') === 'of two!', 240_000);
  expect(two.disk.read(copy)).toBeNull();
});

test('a choice stands for the versions that were shown, and is refused where the pair is not open', async () => {
  const { world, two } = await conflict();
  const commands = conflictCommands({ findPair: () => ({ engine: two.engine }), decodePicture: null });
  const [view] = conflictViews('pair', openConflicts(two.store));
  const asked = { pairId: 'pair', conflictId: view?.id ?? '', keep: 'aside' } as const;
  two.write('report.txt', 'edited since');
  await world.until(() => fileOf(world, 'report.txt') === 'edited since', 120_000);
  expect(await driven(world, commands.resolveConflict(asked, signal))).toMatchObject({
    error: { code: 'conflict-gone' },
  });
  expect(two.disk.read('report.txt')).toBe('edited since');
  two.engine.pause();
  await world.until(() => two.engine.status().phase === 'paused', 5000);
  expect(await commands.resolveConflict(asked, signal)).toMatchObject({
    error: { code: 'pair-not-running' },
  });
});

describe('on the command line', () => {
  async function verbs(isRunning: boolean) {
    const { world, one, two } = await conflict();
    const stopped = { context: () => null };
    const runtime = {
      config: { id: 'two' },
      engine: isRunning ? two.engine : stopped,
    } as unknown as PairRuntime;
    const ask = (request: Parameters<typeof answerFileRequest>[2]) => {
      const context = (isRunning ? two.engine.context() : null) ?? two.context();
      return driven(world, answerFileRequest(runtime, context, request, signal));
    };
    return { world, one, two, runtime, ask };
  }

  test('a conflict is listed with both versions', async () => {
    const { ask } = await verbs(false);
    const answer = await ask({ verb: 'conflicts', pair: 'two' });
    // As published in docs/schemas.
    expect(verbSchemas['conflicts-ls'].safeParse({ ok: true, pair: 'two', ...answer }).success).toBe(true);
    expect(answer).toMatchObject({
      conflicts: [{ path: 'report.txt', device: 'two', this: { bytes: 6 }, other: { bytes: 7 } }],
    });
  });

  test.each([
    ['this', true, 'of one'],
    ['other', true, 'of two!'],
    ['this', false, 'of one'],
    ['other', false, 'of two!'],
  ] as const)('keeping %s (beside an engine: %s) has the name everywhere', async (keep, isRunning, text) => {
    const { world, one, two, ask } = await verbs(isRunning);
    expect(await ask({ verb: 'conflict-keep', pair: 'two', conflict: 'report.txt', keep })).toMatchObject({
      path: 'report.txt',
      keep,
    });
    two.engine.checkNow();
    await world.until(() => openConflicts(one.store).length === 0, 240_000);
    expect([one, two].map(({ disk }) => disk.read('report.txt'))).toEqual([text, text]);
    expect(await ask({ verb: 'conflicts', pair: 'two' })).toEqual({ conflicts: [] });
  });

  test('both stay, and what is not open is refused', async () => {
    const { two, runtime, ask } = await verbs(true);
    const [open] = openConflicts(two.store);
    await ask({ verb: 'conflict-keep', pair: 'two', conflict: open?.copy ?? '', keep: 'both' });
    expect(await ask({ verb: 'conflicts', pair: 'two' })).toEqual({ conflicts: [] });
    expect(two.disk.read(open?.copy ?? '')).toBe('of two!');
    const again = { verb: 'conflict-keep', pair: 'two', conflict: 'report.txt', keep: 'this' } as const;
    await expect(answerFileRequest(runtime, two.context(), again, signal)).rejects.toMatchObject({
      code: 'conflict-gone',
    });
  });
});
