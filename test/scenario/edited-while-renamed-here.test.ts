// Files edited in the moments in which a rename from elsewhere reaches this device.
import { expect, test } from 'vitest';
import { digestOf } from '../fakes/fake-local-paths.ts';
import type { Etag, ObjectKey, Op } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import { runMoveLocal } from '../../main/sync/operations/moves/move-local.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

type Scene = { readonly world: LiveWorld; readonly pair: LivePair };

/** In sync; `atStep` is called before each step on the disk of the pair. */
async function inSync(atStep: (name: string, path: string) => void): Promise<Scene> {
  const world = liveWorld();
  const pair = world.add('one', { onDiskStep: atStep });
  for (const name of ['first', 'kept']) pair.disk.write(`${name}.txt`, `text of ${name}`);
  pair.start();
  await world.until(() => pair.engine.status().activity === 'idle', 60_000);
  await world.pass(60_000);
  return { world, pair };
}

function renameThere({ world }: Scene, from: string, to: string): void {
  const bytes = world.bucket.contents().get(livePrefix + from);
  if (bytes === undefined) throw new Error(`no ${from} in the bucket`);
  world.bucket.write(livePrefix + to, bytes);
  world.bucket.remove(livePrefix + from);
}

/** By a new file that takes the name, as editors save. */
function save({ disk, event }: LivePair, path: string, text: string): void {
  disk.write('.driftless/elsewhere', text);
  disk.rename('.driftless/elsewhere', path);
  event({ kind: 'entry', path: relPath(path) });
}

test.each([
  ['in place', (pair: LivePair, path: string, text: string) => pair.write(path, text)],
  ['by a new file', save],
])('a file saved %s right after it was renamed here is sent as it is now', async (_how, edit) => {
  let isEdited = false;
  const scene = await inSync((name, path) => {
    if (isEdited || name !== 'rename:done') return;
    isEdited = true;
    edit(scene.pair, path, 'text of third');
  });
  const { world, pair } = scene;
  renameThere(scene, 'first.txt', 'second.txt');
  pair.engine.checkNow();
  await world.pass(120_000);
  expect(isEdited).toBe(true);
  expect([...pair.disk.tree().keys()].sort()).toEqual(['kept.txt', 'second.txt']);
  const there = world.bucket.contents().get(`${livePrefix}second.txt`);
  expect(new TextDecoder().decode(there)).toBe('text of third');
});

test.each([
  ['removed', (pair: LivePair, path: string) => pair.remove(path), ['kept.txt']],
  [
    'renamed on',
    ({ disk, event }: LivePair, path: string) => {
      disk.rename(path, 'third.txt');
      event({ kind: 'entry', path: relPath(path) }, { kind: 'entry', path: relPath('third.txt') });
    },
    ['kept.txt', 'third.txt'],
  ],
])('a file %s right after it was renamed here does not come back', async (_how, edit, left) => {
  let isEdited = false;
  const scene = await inSync((name, path) => {
    if (isEdited || name !== 'rename:done') return;
    isEdited = true;
    edit(scene.pair, path);
  });
  const { world, pair } = scene;
  renameThere(scene, 'first.txt', 'second.txt');
  pair.engine.checkNow();
  await world.pass(120_000);
  expect(isEdited).toBe(true);
  expect([...pair.disk.tree().keys()].sort()).toEqual(left);
  const there = [...world.bucket.contents().keys()].map((key) => key.slice(livePrefix.length));
  expect(there.filter((path) => !path.startsWith('.driftless/')).sort()).toEqual(left);
});

test('a name written again in the bucket since the plan is not taken for what moves there', async () => {
  const scene = await inSync(() => undefined);
  const { world, pair } = scene;
  await pair.stop();
  const { content } = digestOf(new TextEncoder().encode('text of first'));
  const [from, path] = [relPath('first.txt'), relPath('second.txt')];
  const sizeBytes = 'text of first'.length;
  renameThere(scene, from, path);
  const rawKey = (livePrefix + path) as ObjectKey;
  const planned = world.bucket.write(rawKey, new TextEncoder().encode('text of first')).etag;
  const seen = (etag: Etag, known: typeof content | null) =>
    ({ state: 'present', kind: 'file', rawKey, etag, sizeBytes, content: known }) as const;
  pair.store.record([
    { kind: 'remote', path: from, cell: { state: 'absent' } },
    { kind: 'remote', path, cell: seen(planned, content) },
  ]);
  const op = {
    kind: 'move-local',
    path,
    reason: 'moved-remote',
    from,
    entry: 'file',
    content,
    sizeBytes,
    over: null,
    turn: 0,
  } as const satisfies Op;
  // A poll beside the plan finds what another program has put there.
  const { etag } = world.bucket.write(rawKey, new TextEncoder().encode('text of third'));
  pair.store.record([{ kind: 'remote', path, cell: seen(etag, null) }]);
  const outcome = await world.clock.drive(runMoveLocal(pair.context(), op, new AbortController().signal));
  expect(outcome.kind).toBe('replan');
  expect(pair.store.entry(path).base).toBe(null);
  pair.restart();
  await world.pass(120_000);
  expect(pair.disk.read(path)).toBe('text of third');
});
