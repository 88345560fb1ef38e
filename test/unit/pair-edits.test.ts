// Settings and state on disk of a folder that gets another place in the bucket.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { readMarkerAt } from '../../main/adapters/disk/changes/own-folder.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { makeRegistry } from '../../main/app/registry.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { makeChanges } from '../../main/compose/changes.ts';
import { pairEdits } from '../../main/compose/pair-edits.ts';
import type { PairConfig, PairId } from '../../main/core/config/config.ts';
import { makeInTurn } from '../../main/core/in-turn.ts';
import { bindPair } from '../../main/sync/session/attach.ts';
import { goodProfile } from '../support/profiles.ts';
import { tempFolder } from '../support/temp.ts';

const { signal } = new AbortController();
const to = { id: 'archive', prefix: 'users/{sub}/archive/' };
const marker = { spaceId: 'a'.repeat(32), stateId: 'b'.repeat(32), deviceId: 'c'.repeat(32), generation: 1 };

/** A pair of alice's, of whose records `note` writes more; `ended`: what was taken out, `begun`: what was put in. */
async function kit() {
  const home = await tempFolder();
  const folder = await tempFolder();
  const { driftlessProfile: _format, bucket, prefix: _prefix, ...account } = goodProfile;
  const pair = { id: 'docs', account: 'work', folder, bucket, prefix: 'users/{sub}/docs/' };
  writeFileSync(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs: [pair] }));
  mkdirSync(join(home, 'pairs'));
  mkdirSync(join(folder, '.driftless'));
  writeFileSync(join(folder, '.driftless', 'root.json'), JSON.stringify(marker));
  const binding = { issuer: 'https://id.example', principal: 'alice', endpoint: 'https://s3.example' };
  const bound = { ...binding, bucket, prefix: 'users/alice/docs/', folder };
  const store = openSqliteState({ file: join(home, 'pairs', 'docs.db') });
  store.record([
    { kind: 'meta', key: 'binding', value: JSON.stringify(bound) },
    { kind: 'meta', key: 'ownerName', value: 'Alice' },
    { kind: 'meta', key: 'rootMarker', value: JSON.stringify(marker) },
  ]);
  store.close();
  const runtimeOf = (config: PairConfig): PairRuntime => ({ config }) as unknown as PairRuntime; // nothing else is asked
  const config = new ConfigFile({ home, env: {} });
  const settings = await config.load(signal);
  const [first] = settings.pairs.map(runtimeOf);
  if (first === undefined) throw new Error('no pair');
  const registry = makeRegistry({ accounts: [], pairs: [first] });
  const ended: string[] = [];
  const begun: string[] = [];
  registry.onRemoved((one) => {
    ended.push(one.config.id);
    return Promise.resolve();
  });
  registry.onAdded(({ pairs }) => begun.push(...pairs.map((one) => one.config.id)));
  const changes = makeChanges(makeInTurn());
  const edits = pairEdits({
    ...{ home, config, first: settings, registry, openers: new Map<string, unknown>(), changes },
    paces: { apply: () => undefined } as unknown as Parameters<typeof pairEdits>[0]['paces'],
    compose: (now) => Promise.resolve({ accounts: [], pairs: now.pairs.map(runtimeOf) }),
  });
  return { home, folder, bound, edits, changes, registry, ended, begun };
}

/** What a session of this user makes of the records, before it looks at folder or bucket. */
async function bindAs(home: string, binding: object): Promise<unknown> {
  const store = openSqliteState({ file: join(home, 'pairs', 'archive.db') });
  const hold = {
    files: { rootStatus: () => Promise.resolve({ kind: 'ok' }) },
    release: () => Promise.resolve(),
  };
  const context = {
    ...{ store, settings: { id: 'archive', binding } },
    root: { hold: () => Promise.resolve({ kind: 'held', hold }) },
  };
  try {
    return await bindPair(context as unknown as Parameters<typeof bindPair>[0], new Set(), signal);
  } finally {
    store.close();
  }
}

test('another user does not get to a folder by giving it another place', async () => {
  const { home, folder, bound, edits } = await kit();
  await edits.movePair('docs', to, signal);
  const mallory = { ...bound, principal: 'mallory', prefix: 'users/mallory/archive/' };
  await expect(bindAs(home, mallory)).rejects.toMatchObject({
    code: 'other-principal',
    fields: { owner: 'Alice' },
  });
  expect(await readMarkerAt(folder)).toEqual({ kind: 'missing' });
});

test('nothing else of the old place is known at the new one', async () => {
  const { home, edits, registry, ended, begun } = await kit();
  await edits.movePair('docs', to, signal);
  const store = openSqliteState({ file: join(home, 'pairs', 'archive.db') });
  expect([store.meta('rootMarker'), store.meta('spaceId'), store.counts()]).toMatchObject([
    null,
    null,
    { files: 0, folders: 0 },
  ]);
  store.close();
  expect([registry.pairs.map(({ config }) => config.id), ended, begun]).toEqual([
    ['archive'],
    ['docs'],
    ['archive'],
  ]);
});

test('a move whose records cannot be made leaves the settings as they were, and the pair runs again', async () => {
  const { home, folder, edits, registry, begun } = await kit();
  const before = readFileSync(join(home, 'config.json'), 'utf8');
  mkdirSync(join(home, 'pairs', 'archive.db'));
  await expect(edits.movePair('docs', to, signal)).rejects.toMatchObject({ code: 'state-unavailable' });
  expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toEqual(JSON.parse(before));
  expect(registry.pairs.map(({ config }) => config.id)).toEqual(['docs']);
  expect(begun).toEqual(['docs']);
  expect(existsSync(join(folder, '.driftless', 'root.json'))).toBe(true);
});

/** The kit, and which of its pairs run; one that is taken out needs a moment to end. */
async function runningKit() {
  const made = await kit();
  const running = new Set(made.registry.pairs);
  made.registry.onRemoved(async (one) => {
    await setTimeout(20);
    running.delete(one);
  });
  made.registry.onAdded(({ pairs }) => {
    for (const one of pairs) running.add(one);
  });
  return { ...made, running };
}

test('two changes of one pair at once end in one engine, by both', async () => {
  const { edits, registry, running } = await runningKit();
  await Promise.all([
    edits.changePair('docs', { mode: 'upload-only' }, signal),
    edits.changePair('docs', { ignore: ['*.iso'] }, signal),
  ]);
  expect([...running]).toEqual(registry.pairs);
  expect(registry.pairs.map(({ config }) => [config.mode, config.ignore])).toEqual([
    ['upload-only', ['*.iso']],
  ]);
});

test('a pair that is removed while it is changed does not run on', async () => {
  const { edits, registry, running } = await runningKit();
  await Promise.all([
    edits.changePair('docs', { mode: 'upload-only' }, signal),
    edits.removePair('docs', signal),
  ]);
  expect([[...running], registry.pairs]).toEqual([[], []]);
});

test('settings are read again between two edits, and an edit of an app that was replaced is refused', async () => {
  const { edits, changes, home, begun } = await runningKit();
  const modeInFile = (): unknown =>
    (JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as { pairs: { mode?: string }[] }).pairs[0]
      ?.mode;
  const first = edits.changePair('docs', { mode: 'upload-only' }, signal);
  const read = changes.follow(() => {
    changes.end();
    return Promise.resolve([modeInFile(), begun.length]);
  }, signal);
  const late = edits.changePair('docs', { mode: 'download-only' }, signal);
  await expect(late).rejects.toMatchObject({ code: 'pair-not-running' });
  await first;
  expect([await read, modeInFile()]).toEqual([['upload-only', 1], 'upload-only']);
});

test('a pair that another program has taken out of the settings can still be removed here', async () => {
  const { edits, home, registry, running } = await runningKit();
  await new ConfigFile({ home, env: {} }).removePair('docs' as PairId, signal);
  await expect(edits.changePair('docs', { mode: 'upload-only' }, signal)).rejects.toMatchObject({
    code: 'unknown-pair',
  });
  await edits.removePair('docs', signal);
  expect([[...running], registry.pairs]).toEqual([[], []]);
});
