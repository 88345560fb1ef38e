// Real file systems under the local side and the engine: exFAT, NTFS, btrfs, xfs, layers.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ChokidarWatcher } from '../../main/adapters/watch/chokidar.ts';
import type { FileEvent } from '../../main/ports/file-watcher.port.ts';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { describeLocalFiles } from '../conformance/local-files.ts';
import type { LocalSubject } from '../conformance/local-files.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { makeRealWorld } from '../scenario/real-world.ts';
import type { StoryWorld } from '../scenario/story.ts';
import { settle } from '../scenario/story.ts';
import { diskUser } from '../support/disk-user.ts';
import {
  btrfs,
  fileSystemKinds,
  forcedOwner,
  mountFileSystem,
  whyNotMounted,
} from '../support/file-systems.ts';
import type { Mounted } from '../support/file-systems.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { skipUnlessMounted } from '../support/skip.ts';
import { makeTempFolder, tempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const kinds = await Promise.all(
  fileSystemKinds.map(async (kind) => ({ kind, missing: await whyNotMounted(kind) })),
);

let cloud: LocalCloud;
let room: TempFolder;
let s3: S3Client;

beforeAll(async () => {
  room = await makeTempFolder('file-systems');
  cloud = await startLocalCloud({ directory: join(room.path, 'cloud') });
  const { description } = cloud;
  s3 = new S3Client({
    endpoint: description.s3,
    region: description.region,
    forcePathStyle: true,
    credentials: description.admin,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
});
afterAll(async () => {
  s3.destroy();
  await cloud.stop();
  await room.remove();
});

/** Two devices: `disk` on the file system, `plain` on the machine's own. */
function worldOn(folders: string, name: string): StoryWorld {
  const { s3: endpoint, region, bucket, admin } = cloud.description;
  const config = {
    region,
    s3Endpoint: endpoint,
    forcePathStyle: true,
    accountId: null,
    development: true,
  } as unknown as AccountConfig; // what the S3 client asks for; the parser has its own tests
  return makeRealWorld({
    room: join(room.path, name),
    folders,
    s3,
    bucket,
    prefix: `${name}/`,
    account: { config, credentials: fixedCredentials(admin) },
  });
}

for (const { kind, missing } of kinds)
  describe(kind.name, skipUnlessMounted(missing === null, missing ?? ''), () => {
    let mounted: Mounted;
    let made = 0;
    beforeAll(async () => {
      mounted = await mountFileSystem(kind);
    });
    afterAll(() => mounted.remove());

    const fresh = async (): Promise<string> => {
      made += 1;
      const folder = join(mounted.folder, `case${String(made)}`);
      await mkdir(folder);
      return folder;
    };

    const subject = async (): Promise<LocalSubject> => {
      const root = await fresh();
      const { files, changes, room: own, close } = openNodeFiles({ root, nowMs: () => Date.now() });
      await own.learnDisk();
      const dispose = async (): Promise<void> => {
        await close();
        rmSync(root, { recursive: true });
      };
      return { files, changes, room: own, user: diskUser(root), dispose };
    };
    describeLocalFiles(kind.name, subject, kind.lacks);

    if (kind.hasStories !== true) return;
    const spelled = (path: string): string => (kind.listsLowerCase === true ? path.toLowerCase() : path);

    test('carries edits, removals and renames, in letter case too, both ways', async () => {
      const world = worldOn(await fresh(), `both-${kind.name.replaceAll(/\W/gu, '-')}`);
      const [one, two] = [world.device('one'), world.device('two')];
      for (const name of ['kept', 'edited', 'renamed', 'removed']) await one.write(`d/${name}.txt`, name);
      await one.write('docs/readme.md', 'text');
      await settle(one, two);
      await two.write('d/edited.txt', 'edited, and longer');
      await two.rename('d/renamed.txt', 'd/Moved.txt');
      await one.remove('d/removed.txt');
      await one.rename('d', 'e');
      await one.write('both.txt', 'from one');
      await two.write('both.txt', 'from two');
      await world.bucket.put('docs/README.md', 'text');
      await world.bucket.remove('docs/readme.md');
      await settle(one, two);
      for (const device of [one, two]) expect(await device.read('docs/README.md')).toBe('text');
      const tree = await one.tree();
      expect(tree).toEqual(await two.tree());
      expect(tree.map(spelled)).toEqual((await world.bucket.tree()).map(spelled));
      expect(await world.bucket.tree()).toContain('docs/README.md');
      expect(tree.filter((path) => /^[de]/u.test(path)).map(spelled)).toEqual(
        ['docs/README.md', 'e/Moved.txt', 'e/edited.txt', 'e/kept.txt'].map(spelled).sort(),
      );
      expect(await one.read('e/edited.txt')).toBe('edited, and longer');
      const texts = await Promise.all(
        tree.filter((path) => path.startsWith('both')).map((path) => one.read(path)),
      );
      expect(texts.sort()).toEqual(['from one', 'from two']);
      expect([...one.problems(), ...two.problems()]).toEqual([]);
    });
  });

describe('btrfs, of which the folder is a subvolume with a quota', () => {
  const missing = kinds.find(({ kind }) => kind === btrfs)?.missing ?? null;
  const run = (...args: readonly string[]): void => {
    execFileSync('btrfs', args, { stdio: 'ignore' });
  };

  test(
    'files in a subvolume and in a snapshot inside the folder go both ways, between them too',
    skipUnlessMounted(missing === null, missing ?? ''),
    async () => {
      const { folder, remove } = await mountFileSystem(btrfs);
      onTestFinished(remove);
      const world = worldOn(folder, 'inside-btrfs');
      const [one, two] = [world.device('one'), world.device('two')];
      await one.write('a.txt', 'a');
      const [inside, snapshot] = [join(folder, 'one', 'inside'), join(folder, 'one', 'snapshot')];
      run('subvolume', 'create', inside);
      await writeFile(join(inside, 'b.txt'), 'b');
      await writeFile(join(inside, 'c.txt'), 'c');
      run('subvolume', 'snapshot', inside, snapshot);
      await settle(one, two);
      await two.write('inside/b.txt', 'b, edited elsewhere');
      await two.rename('a.txt', 'snapshot/a.txt');
      await two.rename('inside/c.txt', 'd.txt');
      await two.write('snapshot/new/e.txt', 'e');
      await two.remove('snapshot/b.txt');
      await settle(two, one);
      expect(await one.tree()).toEqual([
        'd.txt',
        'inside/b.txt',
        'snapshot/a.txt',
        'snapshot/c.txt',
        'snapshot/new/e.txt',
      ]);
      expect(await one.read('inside/b.txt')).toBe('b, edited elsewhere');
      expect(await one.read('snapshot/a.txt')).toBe('a');
      expect(await one.read('d.txt')).toBe('c');
      expect(await two.tree()).toEqual(await one.tree());
      expect(await world.bucket.tree()).toEqual(await one.tree());
      expect([...one.problems(), ...two.problems()]).toEqual([]);
      expect(readdirSync(snapshot).sort()).toEqual(['a.txt', 'c.txt', 'new']);
    },
  );

  test(
    'a file above the quota is left in the bucket with its reason, and arrives when the quota is raised',
    skipUnlessMounted(missing === null, missing ?? ''),
    async () => {
      const { folder, remove } = await mountFileSystem(btrfs);
      onTestFinished(remove);
      const world = worldOn(folder, 'btrfs-quota');
      const one = world.device('one');
      await one.write('small.txt', 'small');
      await one.sync();
      const text = 'above the quota '.repeat(26 * 65_536);
      await world.bucket.put('large.txt', text);
      await one.sync();
      expect(one.problems()).toEqual(['disk-full large.txt']);
      expect(await one.tree()).toEqual(['small.txt']);
      expect(await world.bucket.tree()).toEqual(['large.txt', 'small.txt']);
      run('qgroup', 'limit', 'none', folder);
      await one.sync();
      expect((await one.read('large.txt')) === text).toBe(true);
      expect(one.problems()).toEqual([]);
    },
  );
});

const whyNoForcedOwner = await whyNotMounted(forcedOwner);

test(
  'where owner and mode are forced, files go both ways and none has a problem',
  skipUnlessMounted(whyNoForcedOwner === null, whyNoForcedOwner ?? ''),
  async () => {
    const mounted = await mountFileSystem(forcedOwner);
    onTestFinished(mounted.remove);
    const probe = join(mounted.folder, 'probe');
    await writeFile(probe, '');
    await expect(chmod(probe, 0o600)).rejects.toThrow('EPERM');
    await expect(chown(probe, 1, 1)).rejects.toThrow('EPERM');
    const world = worldOn(mounted.folder, 'forced');
    const [one, two] = [world.device('one'), world.device('two')];
    await one.write('d/edited.txt', 'one');
    await one.write('d/renamed.txt', 'renamed');
    await settle(one, two);
    await two.write('d/edited.txt', 'two, and longer');
    await two.rename('d/renamed.txt', 'd/moved.txt');
    await two.write('d/new.txt', 'new');
    await settle(one, two);
    await one.remove('d/new.txt');
    await settle(one, two);
    expect(await one.tree()).toEqual(['d/edited.txt', 'd/moved.txt']);
    expect(await two.tree()).toEqual(await one.tree());
    expect(await one.read('d/edited.txt')).toBe('two, and longer');
    expect([...one.problems(), ...two.problems()]).toEqual([]);
  },
);

/** What the watch of a mounted folder reports, until it calls itself deaf. */
async function untilDeaf(folder: string): Promise<readonly FileEvent[]> {
  const watcher = new ChokidarWatcher(folder, { proofMs: 200 });
  onTestFinished(() => watcher.stop());
  const events: FileEvent[] = [];
  await watcher.start(
    (batch) => void events.push(...batch),
    () => false,
    new AbortController().signal,
  );
  await waitFor(() => events.some((event) => event.kind === 'degraded'), {
    what: 'the watch to call itself deaf',
  });
  return events;
}

test(
  'a bindfs mount does not report what is written beneath it, and its watch says so',
  skipUnlessMounted(whyNoForcedOwner === null, whyNoForcedOwner ?? ''),
  async () => {
    const mounted = await mountFileSystem(forcedOwner);
    onTestFinished(mounted.remove);
    const events = await untilDeaf(mounted.folder);
    expect(events).toEqual([
      {
        kind: 'degraded',
        code: 'watch-deaf',
        message: 'fuse reports only changes made on this computer',
      },
    ]);
    await writeFile(join(mounted.folder, '..', 'behind', 'foreign.txt'), 'there');
    await writeFile(join(mounted.folder, 'own.txt'), 'here');
    await waitFor(() => events.some((event) => event.kind === 'entry' && event.path === 'own.txt'), {
      what: 'the event of the file of our own',
    });
    expect(events.filter((event) => event.kind === 'entry' && event.path !== 'own.txt')).toEqual([]);
  },
);

const mountsHere = kinds.some(({ kind, missing }) => kind.name === 'tmpfs' && missing === null);

test(
  'a folder that is mounted read-only is uploaded, its removals included, and nothing is written into it',
  skipUnlessMounted(mountsHere, 'mounting needs root on Linux'),
  async () => {
    const source = join(room.path, 'source of card');
    const folders = join(room.path, 'read-only');
    const mounted = join(folders, 'card');
    for (const folder of [source, mounted]) await mkdir(folder, { recursive: true });
    await writeFile(join(source, 'kept.jpg'), 'kept');
    await writeFile(join(source, 'removed.jpg'), 'removed');
    execFileSync('mount', ['--bind', source, mounted]);
    onTestFinished(() => void execFileSync('umount', ['-l', mounted]));
    execFileSync('mount', ['-o', 'remount,ro,bind', mounted]);
    const world = worldOn(folders, 'card');
    const card = world.device('card', { mode: 'upload-only', propagateDeletes: true });
    await card.sync();
    expect(await world.bucket.tree()).toEqual(['kept.jpg', 'removed.jpg']);
    await rm(join(source, 'removed.jpg'));
    await writeFile(join(source, 'new.jpg'), 'new');
    await card.sync();
    expect(await world.bucket.tree()).toEqual(['kept.jpg', 'new.jpg']);
    expect(card.problems()).toEqual([]);
    expect(readdirSync(source).sort()).toEqual(['kept.jpg', 'new.jpg']);
  },
);

test(
  'a watch that takes itself for open and reports nothing is found out by a change of our own',
  skipUnlessMounted(mountsHere, 'this machine mounts no tmpfs'),
  async () => {
    const folder = await tempFolder('deaf');
    // What changes on another disk mounted there goes past the watch of the folder.
    const own = join(folder, '.driftless');
    await mkdir(own);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', own]);
    onTestFinished(() => void execFileSync('umount', ['-l', own]));
    expect(await untilDeaf(folder)).toEqual([
      {
        kind: 'degraded',
        code: 'watch-deaf',
        message: 'this disk did not report a change that was made for the purpose',
      },
    ]);
  },
);
