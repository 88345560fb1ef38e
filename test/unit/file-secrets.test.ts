// Secrets on disk: owner-only from the start, atomic, and refused after foreign access.
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { withOsLock } from '../../main/adapters/system/os-lock.ts';
import { shiftedClock } from '../fakes/shifted-clock.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const signal = new AbortController().signal;
const posix = skipUnless(process.platform !== 'win32', 'file modes mean nothing on Windows');

test('a secret is written, read, replaced and removed', async () => {
  const secrets = new FileSecrets(join(await tempFolder(), 'secrets'));
  expect(await secrets.read('k', signal)).toBeNull();
  await secrets.write('k', 'one', signal);
  await secrets.write('k', 'two', signal);
  expect(await secrets.read('k', signal)).toBe('two');
  await secrets.remove('k', signal);
  await secrets.remove('k', signal);
  expect(await secrets.read('k', signal)).toBeNull();
});

test(
  'a secret has mode 0600 in a directory of mode 0700 under any umask, with no temporary file left',
  posix,
  async () => {
    const directory = join(await tempFolder(), 'secrets');
    const before = process.umask(0);
    try {
      await new FileSecrets(directory).write('k', 'value', signal);
    } finally {
      process.umask(before);
    }
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await readdir(directory)).toEqual(['k.secret']);
    expect((await stat(join(directory, 'k.secret'))).mode & 0o777).toBe(0o600);
  },
);

test(
  'a secret file that others may read, a link, and a directory that others may write are refused',
  posix,
  async () => {
    const directory = join(await tempFolder(), 'secrets');
    const secrets = new FileSecrets(directory);
    await secrets.write('k', 'value', signal);
    await chmod(join(directory, 'k.secret'), 0o644);
    await expect(secrets.read('k', signal)).rejects.toMatchObject({ code: 'secrets-unsafe', retry: 'slow' });
    await chmod(join(directory, 'k.secret'), 0o600);
    await rename(join(directory, 'k.secret'), join(directory, 'elsewhere'));
    await symlink(join(directory, 'elsewhere'), join(directory, 'k.secret'));
    await expect(secrets.read('k', signal)).rejects.toMatchObject({ code: 'secrets-unsafe' });
    await chmod(directory, 0o777);
    await expect(secrets.write('k', 'new', signal)).rejects.toMatchObject({ code: 'secrets-unsafe' });
  },
);

test('with a secret goes what a write left that was killed, and no other secret', async () => {
  const directory = join(await tempFolder(), 'secrets');
  const secrets = new FileSecrets(directory);
  // A sign-out of an account that never signed in.
  await secrets.remove('a', signal);
  for (const key of ['a', 'a.b']) await secrets.write(key, 'value', signal);
  for (const key of ['a', 'a.b', 'b'])
    await writeFile(join(directory, `${key}.secret.0011aabb.tmp`), 'token');
  await secrets.remove('a', signal);
  expect((await readdir(directory)).sort()).toEqual([
    'a.b.secret',
    'a.b.secret.0011aabb.tmp',
    'b.secret.0011aabb.tmp',
  ]);
});

test('a write replaces a planted link and does not follow it', posix, async () => {
  const root = await tempFolder();
  await mkdir(join(root, 'secrets'), { mode: 0o700 });
  await writeFile(join(root, 'victim'), 'untouched');
  await symlink(join(root, 'victim'), join(root, 'secrets', 'k.secret'));
  const secrets = new FileSecrets(join(root, 'secrets'));
  await secrets.write('k', 'value', signal);
  expect(await secrets.read('k', signal)).toBe('value');
  expect(await readFile(join(root, 'victim'), 'utf8')).toBe('untouched');
});

test('a hostile key cannot leave the directory', async () => {
  const root = await tempFolder();
  await new FileSecrets(join(root, 'secrets')).write('../../escape', 'value', signal);
  expect(await readdir(root)).toEqual(['secrets']);
});

test('the lock admits one holder at a time and is released after a failure', async () => {
  const lock = { path: join(await tempFolder(), 'locks', 'refresh.lock'), clock: shiftedClock() };
  let inside = 0;
  let most = 0;
  const visit = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    inside -= 1;
  };
  await expect(withOsLock(lock, () => Promise.reject(new Error('inside')), signal)).rejects.toThrow('inside');
  await Promise.all([1, 2, 3].map(() => withOsLock(lock, visit, signal)));
  expect(most).toBe(1);
});

test('waiting for the lock can be aborted', async () => {
  const lock = { path: join(await tempFolder(), 'refresh.lock'), clock: shiftedClock() };
  const abort = new AbortController();
  await withOsLock(
    lock,
    async () => {
      const second = withOsLock(lock, () => Promise.resolve('never'), abort.signal);
      abort.abort();
      await expect(second).rejects.toThrow();
    },
    signal,
  );
});
