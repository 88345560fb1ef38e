// Clearing of a folder of our own while another program exchanges it.
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clearFolder } from '../../main/adapters/disk/changes/clear-folder.ts';
import { skipUnless } from '../support/skip.ts';

async function scene(): Promise<{ readonly own: string; readonly victim: string }> {
  const root = await mkdtemp(join(tmpdir(), 'driftless-clear-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const own = join(root, '.driftless');
  const victim = join(root, 'victim');
  for (const folder of [join(own, 'tmp', 'probe-1'), join(own, 'tmp', 'deep', 'er'), join(victim, 'in')])
    await mkdir(folder, { recursive: true });
  for (const file of ['tmp/a', 'tmp/b', 'tmp/kept', 'tmp/probe-1/x', 'tmp/deep/er/x'])
    await writeFile(join(own, file), 'x');
  for (const file of ['a', 'b', 'probe-1', 'in/x']) await writeFile(join(victim, file), 'mine');
  return { own, victim };
}

const all = (): Promise<boolean> => Promise.resolve(false);

test('takes files, links and folders of files, and not what is kept or lies deeper', async () => {
  const { own, victim } = await scene();
  await symlink(victim, join(own, 'tmp', 'link'));
  await clearFolder(own, 'tmp', (name) => Promise.resolve(name === 'kept'));
  expect((await readdir(join(own, 'tmp'), { recursive: true })).toSorted()).toEqual([
    'deep',
    'deep/er',
    'deep/er/x',
    'kept',
  ]);
  expect(await readdir(victim)).toHaveLength(4);
});

test('one that cannot be removed is reported once the others are gone', async () => {
  const { own } = await scene();
  const keeps = (name: string): Promise<boolean> =>
    name === 'a' ? Promise.reject(new Error('busy')) : Promise.resolve(false);
  await expect(clearFolder(own, 'tmp', keeps)).rejects.toThrow('busy');
  expect((await readdir(join(own, 'tmp'))).toSorted()).toEqual(['a', 'deep']);
});

test('a link in the place of either folder is not followed', async () => {
  const { own, victim } = await scene();
  await rename(join(own, 'tmp'), join(own, 'other'));
  await symlink(victim, join(own, 'tmp'));
  await clearFolder(own, 'tmp', all);
  await rename(own, `${own}-other`);
  await symlink(join(own, '..', 'victim'), own);
  await clearFolder(own, 'in', all);
  expect((await readdir(victim, { recursive: true })).toSorted()).toEqual([
    'a',
    'b',
    'in',
    'in/x',
    'probe-1',
  ]);
  await clearFolder(join(own, 'nowhere'), 'tmp', all);
});

test(
  'a link that takes the place of a folder while it is cleared leads nowhere',
  skipUnless(process.platform === 'linux', 'only Linux has paths that begin at an open folder'),
  async () => {
    const { own, victim } = await scene();
    let isSwapped = false;
    await clearFolder(own, 'tmp', async () => {
      if (isSwapped) return false;
      isSwapped = true;
      await rename(own, `${own}-before`);
      await mkdir(own);
      await symlink(victim, join(own, 'tmp'));
      return false;
    });
    expect((await readdir(victim, { recursive: true })).toSorted()).toEqual([
      'a',
      'b',
      'in',
      'in/x',
      'probe-1',
    ]);
    expect((await readdir(join(`${own}-before`, 'tmp'))).toSorted()).toEqual(['deep']);
  },
);
