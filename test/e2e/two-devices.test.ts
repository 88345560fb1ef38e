// Two devices of alice on one prefix, and bob beside them, isolated.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { personOf, s3Client, signInUser } from '../local-cloud/client-kit.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { waitFor } from '../support/wait-for.ts';

async function deviceOf(cloud: LocalCloud, name: string, deviceName: string): Promise<Device> {
  const device = await deviceForTest(cloud.description);
  await device.editConfig((config) => {
    Object.assign(config.pairs[0] ?? {}, { deviceName });
  });
  await device.signIn(name);
  return device;
}

/** Every path below the folder except our own; folders end in a slash. */
function pathsOf(device: Device): readonly string[] {
  return readdirSync(device.folder, { recursive: true, withFileTypes: true })
    .map(
      (entry) =>
        join(entry.parentPath, entry.name).slice(device.folder.length + 1) + (entry.isDirectory() ? '/' : ''),
    )
    .filter((path) => !path.startsWith('.driftless'))
    .sort();
}

async function contentOf(device: Device): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const path of pathsOf(device))
    found[path] = path.endsWith('/') ? '' : await readFile(join(device.folder, path), 'utf8');
  return found;
}

/** Contents of the trash; the names there are those of operations. */
async function trashOf(device: Device): Promise<readonly string[]> {
  const trash = join(device.folder, '.driftless', 'trash');
  const entries = readdirSync(trash, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
}

/** Until a whole round moves nothing: one device's change is new to the other. */
async function settle(...devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    let moved = 0;
    for (const device of devices) moved += (await device.sync()).pairs[0]?.ops.length ?? 0;
    if (moved === 0) return;
  }
  throw new Error('the devices do not come to rest');
}

async function putsOf(cloud: LocalCloud, work: () => Promise<void>): Promise<readonly string[]> {
  cloud.control.clearLog();
  await work();
  const puts = cloud.control.log().filter((entry) => entry.verb === 'PutObject' && entry.status === 200);
  return puts.map((entry) => entry.detail).filter((key) => !key.includes('/.driftless/'));
}

test('edits, deletes, moves, empty files and folders travel both ways', async () => {
  const cloud = await cloudForTest();
  const laptop = await deviceOf(cloud, 'alice', 'laptop');
  const desktop = await deviceOf(cloud, 'alice', 'desktop');
  await laptop.write('notes.txt', 'one');
  await laptop.write('empty.txt', '');
  await laptop.write('photos/a.jpg', 'a'.repeat(3000));
  await laptop.write('photos/b.jpg', 'b'.repeat(3000));
  await laptop.write('old/keep.txt', 'keep');
  await mkdir(join(laptop.folder, 'empty folder'));
  await settle(laptop, desktop);
  expect(await contentOf(desktop)).toEqual(await contentOf(laptop));
  expect(pathsOf(desktop)).toContain('empty folder/');

  await desktop.write('notes.txt', 'two');
  await rm(join(desktop.folder, 'photos', 'b.jpg'));
  await rmdir(join(desktop.folder, 'empty folder'));
  await laptop.write('laptop only.txt', 'new');
  const puts = await putsOf(cloud, async () => {
    await rename(join(desktop.folder, 'photos', 'a.jpg'), join(desktop.folder, 'a renamed.jpg'));
    await settle(desktop, laptop);
  });
  expect(await contentOf(laptop)).toEqual({
    'a renamed.jpg': 'a'.repeat(3000),
    'empty.txt': '',
    'laptop only.txt': 'new',
    'notes.txt': 'two',
    'old/': '',
    'old/keep.txt': 'keep',
    'photos/': '',
  });
  expect(await contentOf(desktop)).toEqual(await contentOf(laptop));
  // The moved picture was copied in the bucket, not uploaded again.
  expect(puts.some((key) => key.endsWith('a renamed.jpg'))).toBe(false);
  // The files that the other device deleted or replaced are in this one's trash.
  const trash = await trashOf(laptop);
  expect(trash).toContain('b'.repeat(3000));
  expect(trash).toContain('one');
});

test('a file changed on both devices keeps both versions on both devices', async () => {
  const cloud = await cloudForTest();
  const laptop = await deviceOf(cloud, 'alice', 'laptop');
  const desktop = await deviceOf(cloud, 'alice', 'desktop');
  await laptop.write('plan.md', 'the beginning');
  await laptop.write('gone.txt', 'will be deleted here and edited there');
  await settle(laptop, desktop);

  await laptop.write('plan.md', 'what the laptop thinks');
  await desktop.write('plan.md', 'what the desktop thinks');
  await rm(join(laptop.folder, 'gone.txt'));
  await desktop.write('gone.txt', 'edited, so it stays');
  await settle(laptop, desktop);

  const content = await contentOf(laptop);
  expect(await contentOf(desktop)).toEqual(content);
  expect(content['plan.md']).toBe('what the laptop thinks');
  expect(content['gone.txt']).toBe('edited, so it stays');
  const copies = Object.entries(content).filter(([path]) => /^plan \(conflict .*desktop\)\.md$/u.test(path));
  expect(copies.map(([, text]) => text)).toEqual(['what the desktop thinks']);
  expect(Object.keys(content)).toHaveLength(3);
});

test('a save on one running engine reaches the other without a request by the user', async () => {
  const cloud = await cloudForTest();
  const laptop = await deviceOf(cloud, 'alice', 'laptop');
  const desktop = await deviceOf(cloud, 'alice', 'desktop');
  for (const device of [laptop, desktop])
    await device.editConfig((config) => Object.assign(config, { poll: { idleSeconds: 2 } }));
  await laptop.serve();
  await desktop.serve();
  for (const device of [laptop, desktop]) await device.cli(['status', '--wait', 'idle']);
  await laptop.write('live.txt', 'seen?');
  await waitFor(async () => (await desktop.read('live.txt')) === 'seen?', {
    what: 'the file on the desktop',
  });
  await rm(join(desktop.folder, 'live.txt'));
  await waitFor(() => !existsSync(join(laptop.folder, 'live.txt')), {
    what: 'the deletion on the laptop',
  });
});

test('bob sees nothing of alice with the same settings and the same bucket', async () => {
  const cloud = await cloudForTest();
  const { description } = cloud;
  const alices = await deviceOf(cloud, 'alice', 'laptop');
  const bobs = await deviceOf(cloud, 'bob', 'laptop');
  await alices.write('secret.txt', "alice's");
  await bobs.write('mine.txt', "bob's");
  await settle(alices, bobs);
  expect(pathsOf(alices)).toEqual(['secret.txt']);
  expect(pathsOf(bobs)).toEqual(['mine.txt']);

  const bob = await signInUser(description, 'bob');
  const prefix = `users/${personOf(description, 'alice').sub}/`;
  const listing = bob.s3.send(new ListObjectsV2Command({ Bucket: description.bucket, Prefix: prefix }));
  await expect(listing).rejects.toMatchObject({ name: 'AccessDenied' });
  const admin = s3Client(description, description.admin);
  const seen = await admin.send(new ListObjectsV2Command({ Bucket: description.bucket, Prefix: 'users/' }));
  const files = (seen.Contents ?? [])
    .flatMap(({ Key }) => Key ?? [])
    .filter((key) => !key.includes('/.driftless/'));
  expect(files).toEqual([`${prefix}secret.txt`, `users/${bob.sub}/mine.txt`]);
});

test("bob signing in on alice's device ends with exit code 3 and does not touch her files", async () => {
  const cloud = await cloudForTest();
  const device = await deviceOf(cloud, 'alice', 'laptop');
  await device.write('secret.txt', "alice's");
  await device.sync();
  await device.cli(['logout']);
  await device.signIn('bob');
  const ended = await device.cli(['sync', '--once', '--json']);
  expect(ended.code).toBe(3);
  expect(JSON.parse(ended.stdout)).toMatchObject({ ok: false, error: { code: 'other-principal' } });
  expect(await device.read('secret.txt')).toBe("alice's");
  const bob = await signInUser(cloud.description, 'bob');
  const listed = await bob.s3.send(
    new ListObjectsV2Command({ Bucket: cloud.description.bucket, Prefix: bob.prefix }),
  );
  expect((listed.Contents ?? []).filter(({ Key }) => !Key?.includes('/.driftless/'))).toEqual([]);
});
