// Files renamed in the bucket by another tool while local ones are read again.
import { expect, test } from 'vitest';
import { livePrefix, liveWorld } from '../support/live-pair.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const textOf = (name: string): string => `text of ${name}`.padEnd(20 + names.indexOf(name), '.');

test.each([
  ['a folder', (name: string) => `moved/${name}`],
  ['the files of a folder, one by one', (name: string) => `d/${name} renamed`],
  ['files into folders of their own', (name: string) => `${name}-moved/${name}`],
])('%s renamed in the bucket by another tool asks nothing and fetches nothing', async (_what, renamed) => {
  const world = liveWorld();
  const pair = world.add('one');
  for (const name of names) pair.disk.write(`d/${name}`, textOf(name));
  pair.start();
  await world.until(() => pair.engine.status().activity === 'idle', 60_000);
  await world.pass(60_000);
  const inodes = names.map((name) => pair.disk.find(`d/${name}`)?.inode);
  for (const name of names) {
    world.bucket.write(`${livePrefix}${renamed(name)}`, new TextEncoder().encode(textOf(name)));
    world.bucket.remove(`${livePrefix}d/${name}`);
  }
  pair.engine.checkNow();
  await world.pass(120_000);
  expect(pair.engine.status().guards).toEqual([]);
  expect([...pair.disk.tree().keys()].sort()).toEqual(names.map(renamed));
  expect(names.map((name) => pair.disk.find(renamed(name))?.inode)).toEqual(inodes);
});
