// Looks at a folder by the thread that asks, and when another one makes them.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderLooks } from '../../main/adapters/disk/looks.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';

const ext4 = 0xef53;
const nfs = 0x6969;

let root: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  const folder = await makeTempFolder('looks');
  root = folder.path;
  remove = () => folder.remove();
  writeFileSync(join(root, 'marker'), 'a marker');
});

afterEach(() => remove());

/** Whether it is over without a turn of the event loop. */
async function isAtOnce(work: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  work.then(end, end);
  for (let step = 0; step < 20; step += 1) await Promise.resolve();
  const wasOver = isOver;
  await work.catch(() => undefined);
  return wasOver;
}

async function looksAt(type: number, dev = statSync(root, { bigint: true }).dev): Promise<FolderLooks> {
  const looks = new FolderLooks();
  await looks.learn(root, { dev }, () => Promise.resolve(type));
  return looks;
}

const linuxOnly = skipUnless(process.platform === 'linux', 'only Linux names the kind of a file system');

describe('a local disk', linuxOnly, () => {
  test('answers at once', async () => {
    const looks = await looksAt(ext4);
    const marker = join(root, 'marker');
    expect(await isAtOnce(looks.stat(root))).toBe(true);
    expect(await isAtOnce(looks.lstatOrNull(marker))).toBe(true);
    expect(await isAtOnce(looks.readSmall(marker, 100))).toBe(true);
    const opened = looks.openFolder(root);
    expect(await isAtOnce(opened)).toBe(true);
    expect(await isAtOnce((await opened).close())).toBe(true);
  });

  test('is asked by another thread before its kind is known, and where it is a share', async () => {
    expect(await isAtOnce(new FolderLooks().stat(root))).toBe(false);
    const looks = await looksAt(nfs);
    expect(await isAtOnce(looks.stat(root))).toBe(false);
    expect(await isAtOnce(looks.lstatOrNull(join(root, 'marker')))).toBe(false);
  });

  test('is asked by another thread again once another disk answers', async () => {
    const looks = await looksAt(ext4, 1n);
    expect(await isAtOnce(looks.stat(root))).toBe(true);
    expect(await isAtOnce(looks.stat(root))).toBe(false);
  });

  test('is asked by another thread again once it fails', async () => {
    const looks = await looksAt(ext4);
    await expect(looks.stat(join(root, 'missing'))).rejects.toThrow('ENOENT');
    expect(await isAtOnce(looks.stat(root))).toBe(false);
  });
});

test.each([
  ['at once', ext4],
  ['by another thread', nfs],
])('looks %s see the same', async (_how, type) => {
  const looks = await looksAt(type);
  const marker = join(root, 'marker');
  const { ino } = statSync(marker, { bigint: true });
  expect((await looks.lstatOrNull(marker))?.ino).toBe(ino);
  expect(await looks.lstatOrNull(join(root, 'missing'))).toBe(null);
  expect(await looks.lstatOrNull(join(marker, 'below'))).toBe(null);
  expect(await looks.readSmall(marker, 100)).toMatchObject({ text: 'a marker', stats: { ino } });
  expect(await looks.readSmall(marker, 3)).toBe(null);
  await expect(looks.readSmall(join(root, 'missing'), 100)).rejects.toThrow('ENOENT');
  await expect(looks.openFolder(marker)).rejects.toThrow('ENOTDIR');
  const opened = await looks.openFolder(root);
  expect(opened.stats.ino).toBe(statSync(root, { bigint: true }).ino);
  await opened.close();
});
