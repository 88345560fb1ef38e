// Behaviour of a real disk: rights, full volumes, odd names, special files, races.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Inheriting } from '../../main/adapters/disk/changes/inheriting.ts';
import { stagePath } from '../../main/adapters/disk/changes/stage.ts';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { listDirectory, openWalkRoot } from '../../main/adapters/disk/worker/listing.ts';
import { unpackListing } from '../../main/adapters/disk/worker/protocol.ts';
import type { ContentId, RelPath } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import {
  contentOf,
  fileAt,
  listKinds,
  listOne,
  makeTemp,
  noSignal,
  plain,
} from '../conformance/local-files.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

async function openRoot(): Promise<
  Omit<ReturnType<typeof openNodeFiles>, 'root'> & { readonly root: string }
> {
  const root = await tempFolder('disk');
  const local = openNodeFiles({ root, nowMs: () => Date.now() });
  onTestFinished(() => local.close());
  return { ...local, root };
}

describe('a user who is as fast as the engine', () => {
  /** Does it as soon as the name exists, before anything else is known of the file. */
  async function asSoonAsThere(path: string, act: () => void): Promise<void> {
    while (!existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
    act();
  }

  test.each(['removes', 'saves over'])(
    'when a user %s a file that has just been placed, the placed content is known',
    async (what) => {
      const { changes, root } = await openRoot();
      const goal = join(root, 'new.txt');
      const temp = await makeTemp(changes, 'op1', 'fetched');
      const inode = statSync(join(root, '.driftless', 'tmp', temp), { bigint: true }).ino;
      writeFileSync(join(root, 'draft'), 'saved by the user');
      const acting = asSoonAsThere(goal, () => {
        if (what === 'removes') rmSync(goal);
        else renameSync(join(root, 'draft'), goal);
      });
      const placed = await changes.place(temp, relPath('new.txt'), plain);
      await acting;
      expect(placed).toMatchObject({ kind: 'placed', fingerprint: { inode, sizeBytes: 7 } });
      expect(existsSync(goal)).toBe(what !== 'removes');
    },
  );
});

describe('a disk that fails while a small file is placed', () => {
  const place = ({ changes }: Pick<Awaited<ReturnType<typeof openRoot>>, 'changes'>) =>
    changes.placeWhole({ opId: 'op1', bytes: new Uint8Array(3) }, relPath('new.txt'), plain);

  test('is asked again once what stood in the way of our own folder is gone', async () => {
    const local = await openRoot();
    const own = join(local.root, '.driftless');
    writeFileSync(own, 'a file');
    await expect(place(local)).rejects.toMatchObject({ code: 'local-room-unsafe' });
    rmSync(own);
    expect(await place(local)).toMatchObject({ kind: 'placed' });
  });

  test('is reported by a code, as for every other step', async () => {
    const local = await openRoot();
    rmSync(local.root, { recursive: true });
    await expect(place(local)).rejects.toMatchObject({ code: 'local-gone', scope: 'item' });
  });

  test('is asked again whether a folder gives rights of its own', async () => {
    const { root } = await openRoot();
    const folder = join(root, 'folder');
    const folders = new Inheriting(() => 0);
    symlinkSync('folder', folder);
    await expect(folders.ask(folder)).rejects.toMatchObject({ code: 'ELOOP' });
    rmSync(folder);
    mkdirSync(folder);
    expect(await folders.ask(folder)).toBe(false);
  });
});

describe('a crash in the middle of a rename', () => {
  test('a file moved aside by an interrupted rename comes back under a visible name', async () => {
    const { changes, root } = await openRoot();
    const temp = join(root, '.driftless', 'tmp');
    mkdirSync(temp, { recursive: true, mode: 0o700 });
    writeFileSync(join(temp, 'aside-0011223344556677'), 'saved by another program in that very moment');
    writeFileSync(join(root, 'goal.txt'), 'renamed');
    linkSync(join(root, 'goal.txt'), join(temp, 'aside-8899aabbccddeeff'));
    writeFileSync(join(root, 'Recovered file'), 'there before');
    writeFileSync(join(temp, 'a-download'), 'half');
    await changes.sweep(new Set(), []);
    expect(readdirSync(temp)).toEqual([]);
    const recovered = readdirSync(root).find((name) => name.startsWith('Recovered file ('));
    expect(readFileSync(join(root, recovered ?? ''), 'utf8')).toContain('in that very moment');
    expect(readFileSync(join(root, 'Recovered file'), 'utf8')).toBe('there before');
    expect(readFileSync(join(root, 'goal.txt'), 'utf8')).toBe('renamed');
    expect(readdirSync(root).sort()).toEqual(['.driftless', 'Recovered file', recovered, 'goal.txt']);
  });

  test('a folder that took the place of a renamed file comes back as well', async () => {
    const { changes, root } = await openRoot();
    const aside = join(root, '.driftless', 'tmp', 'aside-0011223344556677');
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    writeFileSync(join(aside, 'inside.txt'), 'inside');
    await changes.sweep(new Set(), []);
    expect(readFileSync(join(root, 'Recovered file', 'inside.txt'), 'utf8')).toBe('inside');
  });
});

describe('files that are staged beside their target', () => {
  const left = `.driftless-tmp-${'0123456789abcdef'.repeat(2)}`;

  test('are no entries, and what a killed process left is removed by the next listing', async () => {
    const { files, changes, root } = await openRoot();
    const folder = join(root, 'd');
    mkdirSync(folder);
    const ours = basename(stagePath(folder));
    for (const name of [left, ours, `${left}.txt`]) writeFileSync(join(folder, name), 'staged');
    mkdirSync(join(folder, 'below', left), { recursive: true });
    expect(await files.look(`d/${left}` as RelPath)).toEqual({ state: 'absent' });
    const names = [...(await listOne(files, 'd')).keys()].sort();
    expect(names).toEqual([`d/${left}.txt`, 'd/below']);
    expect(readdirSync(folder).sort()).toEqual([`${left}.txt`, ours, 'below'].sort());
    // Only files: a folder of that name is not ours.
    await listOne(files, 'd/below');
    expect(readdirSync(join(folder, 'below'))).toEqual([left]);
    expect(await changes.removeFolder(relPath('d'))).toEqual({ kind: 'not-empty' });
  });

  test('keep no folder from being removed, wherever it was moved to since', async () => {
    const { files, changes, root } = await openRoot();
    mkdirSync(join(root, 'before'));
    writeFileSync(join(root, 'before', left), 'staged');
    renameSync(join(root, 'before'), join(root, 'after'));
    expect((await listOne(files, 'after')).size).toBe(0);
    expect((await changes.removeFolder(relPath('after'))).kind).toBe('done');
  });
});

describe('names', skipUnless(isLinux, 'these names need a Linux disk'), () => {
  test('a name that is no UTF-8 is unknown and its neighbours are not', async () => {
    const { files, root } = await openRoot();
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff, 0xfe])]), 'x');
    writeFileSync(`${root}/a\ufffdreal`, 'x');
    const cells = await listOne(files, '');
    expect(cells.size).toBe(2);
    expect(cells.get('a\ufffdreal')).toMatchObject({ state: 'present' });
    expect(cells.get('bad\ufffd\ufffd')).toMatchObject({ state: 'unknown', reason: 'name-invalid' });
  });
  test('two names of one normal form are a clash, in a listing and in a single stat (rule 8)', async () => {
    const { files, changes, root } = await openRoot();
    writeFileSync(`${root}/${'é'.normalize('NFC')}`, 'one');
    writeFileSync(`${root}/${'é'.normalize('NFD')}`, 'two');
    const clash = { state: 'unknown', reason: 'name-clash' };
    expect([...(await listOne(files, ''))]).toMatchObject([['é', clash]]);
    expect(await files.look(relPath('é'))).toMatchObject(clash);
    const name = await makeTemp(changes, 'op1', 'ours');
    expect(await changes.place(name, relPath('é'), plain)).toEqual({ kind: 'taken' });
  });
  test('pipes, sockets and control characters are left alone with their reason', async () => {
    const { files, root } = await openRoot();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    writeFileSync(join(root, 'line\nbreak'), 'x');
    const cells = await listOne(files, '');
    expect(cells.get('pipe')).toEqual({ state: 'unknown', reason: 'special-file' });
    expect(cells.get('line\nbreak')).toMatchObject({ state: 'unknown', reason: 'name-invalid' });
    // Opening it for reading would wait for a writer for ever.
    expect(await files.hash(relPath('pipe'), noSignal)).toEqual({ kind: 'changed' });
    expect((await files.open(relPath('pipe'))).kind).toBe('gone');
  });
});

describe('writes', () => {
  test('a new file follows the umask, and a replacement never gets wider rights (rule 15)', async () => {
    const { changes, root } = await openRoot();
    await changes.place(await makeTemp(changes, 'op1', 'x'), relPath('new'), plain);
    writeFileSync(join(root, 'ordinary'), 'x');
    expect(statSync(join(root, 'new')).mode).toBe(statSync(join(root, 'ordinary')).mode);
    writeFileSync(join(root, 'secret'), 'old', { mode: 0o600 });
    chmodSync(join(root, 'secret'), 0o600);
    const captured = await changes.capture(relPath('secret'), { content: contentOf('old') }, 'op2', noSignal);
    if (captured.kind !== 'captured') throw new Error(captured.kind);
    const name = await makeTemp(changes, 'op3', 'new');
    await changes.place(name, relPath('secret'), {
      executable: true,
      mtimeNs: null,
      replaces: captured.trashName,
    });
    expect(statSync(join(root, 'secret')).mode & 0o777).toBe(0o700);
  });
  test('our own folders are private, and a link in their place stops everything (security rule 15)', async () => {
    const { changes, root } = await openRoot();
    const temp = await changes.createTemp('op1');
    expect(statSync(join(root, '.driftless')).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, '.driftless/tmp')).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, '.driftless/tmp/op1')).mode & 0o777).toBe(0o600);
    await temp.discard();
    const outside = await tempFolder('outside');
    rmSync(join(root, '.driftless'), { recursive: true });
    symlinkSync(outside, join(root, '.driftless'));
    await expect(changes.createTemp('op2')).rejects.toMatchObject({ code: 'local-room-unsafe' });
    expect(readdirSync(outside)).toEqual([]);
  });
  test("a temporary file that is already linked as the user's file is not written to again", async () => {
    const { changes, root } = await openRoot();
    const temp = await changes.createTemp('op1');
    await temp.close();
    // As a crash between the two steps of a placement leaves it.
    linkSync(join(root, '.driftless/tmp/op1'), join(root, 'placed'));
    expect(await changes.reopenTemp('op1')).toBeNull();
    rmSync(join(root, 'placed'));
    const again = await changes.reopenTemp('op1');
    expect(again).not.toBeNull();
    await again?.discard();
    symlinkSync(join(root, 'elsewhere'), join(root, '.driftless/tmp/op2'));
    expect(await changes.reopenTemp('op2')).toBeNull();
  });
  test('zero blocks become holes', skipUnless(isLinux, 'needs st_blocks of a Linux disk'), async () => {
    const { changes, root } = await openRoot();
    const temp = await changes.createTemp('op1');
    const part = new Uint8Array(1024 * 1024);
    for (let index = 0; index < 8; index++) await temp.write(part, index * part.length);
    await temp.finish();
    await changes.place('op1', relPath('sparse'), plain);
    const stats = statSync(join(root, 'sparse'));
    expect(stats.size).toBe(8 * part.length);
    expect(stats.blocks * 512).toBeLessThan(part.length);
  });
  test('hard links are independent files: replacing one leaves the other (rule 15)', async () => {
    const { changes, root } = await openRoot();
    writeFileSync(join(root, 'a'), 'old');
    linkSync(join(root, 'a'), join(root, 'b'));
    const captured = await changes.capture(relPath('a'), { content: contentOf('old') }, 'op1', noSignal);
    if (captured.kind !== 'captured') throw new Error(captured.kind);
    await changes.place(await makeTemp(changes, 'op2', 'new'), relPath('a'), {
      ...plain,
      replaces: captured.trashName,
    });
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('new');
    expect(readFileSync(join(root, 'b'), 'utf8')).toBe('old');
  });
  test('a long read can be aborted', async () => {
    const { files, root } = await openRoot();
    writeFileSync(join(root, 'big'), new Uint8Array(64 * 1024 * 1024));
    const abort = new AbortController();
    const reading = files.hash(relPath('big'), abort.signal);
    abort.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    writeFileSync(join(root, 'small'), 'x');
    expect(await files.hash(relPath('small'), noSignal)).toMatchObject({ content: contentOf('x') });
  });
});

describe('walks', () => {
  test('a folder renamed while it was read does not count as an empty folder', async () => {
    const { root } = await openRoot();
    mkdirSync(join(root, 'a'));
    for (let index = 0; index < 20; index++) writeFileSync(join(root, 'a', `f${index}`), 'x');
    const walk = openWalkRoot(root);
    listDirectory(walk, 'a');
    // The requested folder is now another one.
    walk.proven.set('a', join(root, 'moved'));
    expect(unpackListing(listDirectory(walk, 'a'), { keepsModes: true, inodesLast: true })).toMatchObject({
      kind: 'failed',
      reason: 'changing',
    });
  });
  test(
    'another mounted device below is unknown with all its contents (rule 1)',
    skipUnless(isRoot && isLinux, 'mounting a tmpfs needs root'),
    async () => {
      const { files, root } = await openRoot();
      mkdirSync(join(root, 'mnt'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', join(root, 'mnt')]);
      onTestFinished(() => void execFileSync('umount', [join(root, 'mnt')]));
      mkdirSync(join(root, 'mnt/inner'));
      expect((await listOne(files, '')).get('mnt')).toEqual({ state: 'unknown', reason: 'other-device' });
      expect(await listKinds(files, ['mnt', 'mnt/inner'])).toEqual([
        'mnt other-device',
        'mnt/inner other-device',
      ]);
      expect(await files.look(relPath('mnt'))).toEqual({ state: 'unknown', reason: 'other-device' });
    },
  );
  test('a missing root is reported, and nothing below it counts as absent', async () => {
    const { files, root } = await openRoot();
    rmSync(root, { recursive: true });
    expect((await files.rootStatus()).kind).toBe('missing');
    expect(await files.look(relPath('a'))).toEqual({ state: 'unknown', reason: 'unreadable' });
    expect(await listKinds(files, ['', 'a'])).toEqual([' unreadable', 'a unreadable']);
    mkdirSync(root);
  });
});

describe('a full disk', skipUnless(isRoot && isLinux, 'mounting a small tmpfs needs root'), () => {
  test('a download that does not fit fails as disk-full and leaves existing files alone', async () => {
    const root = await tempFolder('full');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', root]);
    const local = openNodeFiles({ root, nowMs: () => Date.now() });
    onTestFinished(async () => {
      await local.close();
      execFileSync('umount', [root]);
    });
    writeFileSync(join(root, 'mine'), 'kept');
    const temp = await local.changes.createTemp('op1');
    const writing = temp.write(new Uint8Array(1024 * 1024).fill(1), 0);
    await expect(writing).rejects.toMatchObject({ code: 'disk-full', scope: 'pair', retry: 'backoff' });
    await temp.discard();
    expect(readFileSync(join(root, 'mine'), 'utf8')).toBe('kept');
    await local.changes.place(await makeTemp(local.changes, 'op2', 'fits'), relPath('new'), plain);
    expect((await fileAt(local.files, 'new')).fingerprint.sizeBytes).toBe(4);
  });
});

const otherUserId = 65_534;

/** A checkout under a private home folder cannot be read by another user. */
function canRunAsNobody(): boolean {
  if (!isRoot) return false;
  const script = `require('node:fs').readFileSync(${JSON.stringify(new URL(import.meta.url).pathname)})`;
  return (
    spawnSync(process.execPath, ['-e', script], { uid: otherUserId, gid: otherUserId, cwd: '/' }).status === 0
  );
}

const asNobody = `
  import { openNodeFiles } from ${JSON.stringify(new URL('../../main/adapters/disk/files.ts', import.meta.url).href)};
  const [root, content] = process.argv.slice(1);
  const { files, changes, close } = openNodeFiles({ root, nowMs: () => Date.now() });
  const signal = new AbortController().signal;
  const caught = (work) => work.then((value) => value, (error) => ({ code: error.code, scope: error.scope }));
  const listed = [];
  for await (const listing of files.list(['', 'closed'], signal)) listed.push(listing.reason ?? listing.kind);
  console.log(JSON.stringify({
    listed,
    hash: (await files.hash('secret', signal)).kind,
    open: (await files.open('secret')).kind,
    inClosed: await files.look('closed/inner'),
    temp: await caught(changes.createTemp('op1')),
    capture: await caught(changes.capture('secret', { content }, 'op2', signal)),
    folder: await caught(changes.makeFolder('new')),
    remove: await caught(changes.removeFolder('empty')),
  }));
  await close();
`;

describe(
  'rights',
  skipUnless(
    canRunAsNobody(),
    'only root, in a checkout that others may read, can run the case without rights',
  ),
  () => {
    test('items that may not be read or changed are reported one by one', async () => {
      const { root } = await openRoot();
      writeFileSync(join(root, 'secret'), 'x', { mode: 0o600 });
      mkdirSync(join(root, 'closed/inner'), { recursive: true });
      mkdirSync(join(root, 'empty'));
      chmodSync(join(root, 'closed'), 0o700);
      chmodSync(root, 0o755);
      const content: ContentId = contentOf('x');
      const result = spawnSync(
        process.execPath,
        ['--input-type=module-typescript', '-e', asNobody, root, content],
        { uid: otherUserId, gid: otherUserId, encoding: 'utf8', cwd: '/' },
      );
      expect(result.stderr).toBe('');
      const denied = { code: 'local-denied', scope: 'item' };
      expect(JSON.parse(result.stdout)).toEqual({
        listed: ['listed', 'unreadable'],
        hash: 'unreadable',
        open: 'unreadable',
        inClosed: { state: 'unknown', reason: 'unreadable' },
        temp: denied,
        capture: denied,
        folder: denied,
        remove: denied,
      });
      expect(existsSync(join(root, 'secret'))).toBe(true);
      expect(lstatSync(join(root, 'empty')).isDirectory()).toBe(true);
    });
  },
);
