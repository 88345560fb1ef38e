// The volume under a pair, asked for its state by many operations at once.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Volume } from '../../main/adapters/disk/volume.ts';
import { tempFolder } from '../support/temp.ts';

test('a hundred who ask for the room on a volume at once cost one look', async () => {
  const root = join(await tempFolder(), 'root');
  await mkdir(root);
  let places = 0;
  const volume = new Volume(() => {
    places += 1;
    return { path: root, held: null };
  });
  await volume.learn();
  places = 0;
  const alone = await volume.status();
  const ofOne = places;
  places = 0;
  const answers = await Promise.all(Array.from({ length: 100 }, () => volume.status()));
  expect(alone).toMatchObject({ kind: 'ok', totalBytes: expect.any(Number) as number });
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['ok']));
  expect(places).toBe(ofOne);
});

test('who asks once a look has ended gets a look of its own', async () => {
  const root = join(await tempFolder(), 'root');
  await mkdir(root);
  const volume = new Volume(() => ({ path: root, held: null }));
  expect(await volume.status()).toMatchObject({ kind: 'ok' });
  await rm(root, { recursive: true });
  expect(await volume.status()).toEqual({ kind: 'missing' });
});
