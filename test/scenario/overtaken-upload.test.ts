// A file in parts on a store without conditions, and another writer before its end.
import { expect, test } from 'vitest';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import { tinyParts } from '../support/tiny-parts.ts';

test.each(['new', 'edited'])(
  'what comes while a file in parts is being sent is kept beside it (%s)',
  async (what) => {
    const world = liveWorld({ versioning: 'unversioned', ignores: ['complete'] });
    const key = `${livePrefix}film.mkv`;
    let parts = 0;
    const pair = world.add('one', {
      sizes: tinyParts,
      remote: {
        hooks: {
          afterCall: ({ operation }) => {
            if (operation !== 'upload-part') return;
            parts += 1;
            if (pair.disk.read('film.mkv') === 'sent in parts' && parts === 3)
              world.bucket.write(key, Buffer.from('of another tool'));
          },
        },
      },
    });
    if (what === 'edited') pair.disk.write('film.mkv', 'base');
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
    pair.write('film.mkv', 'sent in parts');
    await world.pass(60_000);
    const files = [...world.bucket.contents()]
      .filter(([each]) => !each.startsWith(`${livePrefix}.driftless/`))
      .map(([, bytes]) => Buffer.from(bytes).toString());
    expect(files.toSorted()).toEqual(['of another tool', 'sent in parts']);
    expect(files.toSorted()).toEqual(
      [...pair.disk.tree().keys()].map((path) => pair.disk.read(path)).toSorted(),
    );
    expect(world.bucket.bucket.uploads.size).toBe(0);
    expect(pair.store.intents()).toEqual([]);
  },
);
