// The contract of the local side as a suite: the same cases on a disk in memory and on a real one.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { ContentId, Fingerprint, LocalCell, LocalFile, RelPath } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { LocalChanges, LocalFiles, LocalRoom, PlaceOptions } from '../../main/ports/local-files.port.ts';

/** What the user or another program does to the folder. */
export type LocalUser = {
  write(path: string, text: string): void | Promise<void>;
  makeFolder(path: string): void | Promise<void>;
  remove(path: string): void | Promise<void>;
  rename(from: string, to: string): void | Promise<void>;
  link(path: string): void | Promise<void>;
  setExecutable(path: string): void | Promise<void>;
  /** The text of a file, null when it is not there; `.driftless` can be looked into. */
  read(path: string): string | null | Promise<string | null>;
  /** Raw names in a folder. */
  names(path: string): readonly string[] | Promise<readonly string[]>;
};

export type LocalSubject = {
  readonly files: LocalFiles;
  readonly changes: LocalChanges;
  readonly room: LocalRoom;
  readonly user: LocalUser;
  readonly dispose: () => Promise<void>;
};

/** What some disks do not have: their cases are left out, or expect less. */
export type Lack =
  | 'symlinks'
  | 'modes'
  /** A ctime of the moment: FUSE mounts show the one of a link or unlink up to a second late. */
  | 'prompt-ctimes';

type Run = {
  (work: (subject: LocalSubject) => Promise<void>): () => Promise<void>;
  /** False where the disk keeps no mode bits: no file is executable there. */
  readonly keepsModes: boolean;
  /** A fingerprint without what the disk does not tell promptly. */
  readonly lasting: (fingerprint: Fingerprint) => Fingerprint;
};

export const noSignal = new AbortController().signal;
export const plain: PlaceOptions = { executable: false, mtimeNs: null, replaces: null };

export function contentOf(text: string): ContentId {
  return createHash('sha256').update(text).digest('hex') as ContentId;
}

export async function listOne(files: LocalFiles, dir: string): Promise<ReadonlyMap<string, LocalCell>> {
  for await (const listing of files.list([relPath(dir)], noSignal)) {
    if (listing.kind !== 'listed') throw new Error(`${listing.kind}: ${dir}`);
    return new Map(listing.entries.map(({ path, cell }) => [path, cell]));
  }
  throw new Error('nothing was listed');
}

export async function listKinds(files: LocalFiles, dirs: readonly string[]): Promise<readonly string[]> {
  const kinds: string[] = [];
  const asked = dirs.map((dir) => dir as RelPath);
  for await (const listing of files.list(asked, noSignal)) {
    kinds.push(`${listing.dir} ${listing.kind === 'failed' ? listing.reason : listing.kind}`);
  }
  return kinds;
}

export async function fileAt(files: LocalFiles, path: string): Promise<LocalFile> {
  const cell = await files.look(relPath(path));
  if (cell.state !== 'present' || cell.kind !== 'file') throw new Error(`no file: ${path}`);
  return cell;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export async function makeTemp(changes: LocalChanges, opId: string, text: string): Promise<string> {
  const temp = await changes.createTemp(opId);
  await temp.write(new TextEncoder().encode(text), 0);
  await temp.finish();
  return temp.name;
}

function describeReads(run: Run): void {
  test(
    'lists files and folders with the raw name and what lstat says, but never our own folder',
    run(async ({ files, room, user }) => {
      await user.write('docs/a.txt', 'hello');
      await user.write('tool', 'x');
      await user.setExecutable('tool');
      await room.writeMarker({ spaceId: 's', stateId: 't', deviceId: 'd', generation: 1 });
      const root = await listOne(files, '');
      expect([...root.keys()].toSorted()).toEqual(['docs', 'tool']);
      expect(root.get('tool')).toMatchObject({ kind: 'file', executable: run.keepsModes, content: null });
      const docs = await listOne(files, 'docs');
      expect(docs.get('docs/a.txt')).toMatchObject({ rawName: 'a.txt', fingerprint: { sizeBytes: 5 } });
      expect(docs.get('docs/a.txt')).toEqual(await files.look(relPath('docs/a.txt')));
    }),
  );
  test(
    'gives one outcome for each directory asked for; a missing one is gone',
    run(async ({ files, user }) => {
      await user.makeFolder('empty');
      expect((await listKinds(files, ['empty', 'nowhere', 'nowhere/deep'])).toSorted()).toEqual([
        'empty listed',
        'nowhere gone',
        'nowhere/deep gone',
      ]);
    }),
  );
  test(
    'a folder of our own name deeper down is the user’s (rule 8)',
    run(async ({ files, user }) => {
      await user.write('deep/.driftless/file', 'x');
      expect([...(await listOne(files, 'deep')).keys()]).toEqual(['deep/.driftless']);
      expect(await files.look(relPath('deep/.driftless/file'))).toMatchObject({ state: 'present' });
      expect(await files.look('.driftless' as RelPath)).toEqual({
        state: 'unknown',
        reason: 'name-reserved',
      });
    }),
  );
  test(
    'a missing name is absent, under a folder that is missing too',
    run(async ({ files, user }) => {
      await user.makeFolder('there');
      expect(await files.look(relPath('there/no'))).toEqual({ state: 'absent' });
      expect(await files.look(relPath('no/no'))).toEqual({ state: 'absent' });
    }),
  );
  test(
    'hashes what is there with the fingerprint it was read under',
    run(async ({ files, user }) => {
      await user.write('a', 'hello');
      const outcome = await files.hash(relPath('a'), noSignal);
      expect(outcome).toEqual({
        kind: 'hashed',
        content: contentOf('hello'),
        fingerprint: (await fileAt(files, 'a')).fingerprint,
      });
      expect(await files.hash(relPath('b'), noSignal)).toEqual({ kind: 'gone' });
    }),
  );
  test(
    'makes an MD5 of the same bytes where it is asked for',
    run(async ({ files, user }) => {
      await user.write('a', 'hello');
      expect(await files.hashBoth(relPath('a'), noSignal)).toEqual({
        ...(await files.hash(relPath('a'), noSignal)),
        md5: createHash('md5').update('hello').digest('hex'),
      });
      expect(await files.hashBoth(relPath('b'), noSignal)).toEqual({ kind: 'gone' });
    }),
  );
  test(
    'a reader notices that its file was written to, replaced or removed (rule 13)',
    run(async ({ files, user }) => {
      for (const change of ['write', 'replace', 'remove'] as const) {
        await user.write('a', 'hello');
        const outcome = await files.open(relPath('a'));
        if (outcome.kind !== 'open') throw new Error(outcome.kind);
        const { reader } = outcome;
        expect(new TextDecoder().decode(await reader.read(1, 100))).toBe('ello');
        expect(await reader.isUnchanged()).toBe(true);
        if (change === 'write') await user.write('a', 'hello, world');
        if (change === 'replace') {
          await user.write('new', 'hello');
          await user.rename('new', 'a');
        }
        if (change === 'remove') await user.remove('a');
        expect(await reader.isUnchanged()).toBe(false);
        await reader.close();
      }
    }),
  );
  test(
    'files read for a group have their content and fingerprint, each by itself',
    run(async ({ files, user }) => {
      await user.write('a', 'hello');
      await user.write('empty', '');
      const asked = ['a', 'none', 'empty'].map((path) => ({ opId: `op-${path}`, path: relPath(path) }));
      const reads = await files.readHeld(asked);
      expect(reads[1]).toBeNull();
      for (const [index, text] of [
        [0, 'hello'],
        [2, ''],
      ] as const) {
        const path = asked[index]?.path ?? '';
        const { fingerprint, executable } = await fileAt(files, path);
        expect(reads[index]).toMatchObject({
          opId: `op-${path}`,
          content: contentOf(text),
          fingerprint,
          executable,
        });
      }
    }),
  );
  test(
    'reads small files only, and none that are not there',
    run(async ({ files, user }) => {
      await user.write('.driftlessignore', '*.tmp');
      const bytes = await files.readSmall(relPath('.driftlessignore'), 100);
      expect(new TextDecoder().decode(bytes ?? new Uint8Array(0))).toBe('*.tmp');
      expect(await files.readSmall(relPath('none'), 100)).toBeNull();
      await expect(files.readSmall(relPath('.driftlessignore'), 4)).rejects.toSatisfy(isSyncError);
    }),
  );
}

function describeLinks(run: Run): void {
  test(
    'a symbolic link is listed as one, and never walked, read or looked behind',
    run(async ({ files, user }) => {
      await user.link('link');
      expect(await listKinds(files, ['link'])).toEqual(['link symlink']);
      expect((await listOne(files, '')).get('link')).toEqual({ state: 'unknown', reason: 'symlink' });
      expect(await files.look(relPath('link/no'))).toEqual({ state: 'unknown', reason: 'symlink' });
      expect(await files.hash(relPath('link'), noSignal)).toEqual({ kind: 'changed' });
    }),
  );
  test(
    'nothing is placed over a symbolic link or behind one',
    run(async ({ changes, user }) => {
      await user.link('link');
      const name = await makeTemp(changes, 'op1', 'ours');
      expect((await changes.place(name, relPath('link/a'), plain)).kind).toBe('blocked');
      const place = (path: string) =>
        changes.placeWhole({ opId: 'op2', bytes: bytesOf('ours') }, relPath(path), plain);
      expect(await place('link')).toEqual({ kind: 'taken' });
      expect((await place('link/a')).kind).toBe('blocked');
    }),
  );
  test(
    'a symbolic link is not captured, nor what lies behind it',
    run(async ({ changes, user }) => {
      await user.link('link');
      const expected = { content: contentOf('') };
      expect(await changes.capture(relPath('link'), expected, 'op1', noSignal)).toEqual({ kind: 'changed' });
      expect((await changes.capture(relPath('link/a'), expected, 'op1', noSignal)).kind).toBe('blocked');
    }),
  );
}

function describePlacing(run: Run): void {
  test(
    'a temporary file gets its name, its time and its exec bit',
    run(async ({ files, changes, user }) => {
      const name = await makeTemp(changes, 'op1', 'text');
      const mtimeNs = 1_600_000_000_000_000_000n;
      const outcome = await changes.place(name, relPath('a'), { executable: true, mtimeNs, replaces: null });
      expect(outcome).toMatchObject({
        kind: 'placed',
        executable: true,
        fingerprint: { sizeBytes: 4, mtimeNs },
      });
      const cell = await fileAt(files, 'a');
      if (outcome.kind !== 'placed') throw new Error(outcome.kind);
      expect(run.lasting(outcome.fingerprint)).toEqual(run.lasting(cell.fingerprint));
      expect(await user.read('a')).toBe('text');
      expect(await user.names('.driftless/tmp')).toEqual([]);
    }),
  );
  test(
    'nothing is ever overwritten: a taken name keeps its bytes and the temporary file stands',
    run(async ({ changes, user }) => {
      const name = await makeTemp(changes, 'op1', 'ours');
      await user.write('a', 'theirs');
      expect(await changes.place(name, relPath('a'), plain)).toEqual({ kind: 'taken' });
      expect(await user.read('a')).toBe('theirs');
      expect((await changes.place(name, relPath('b'), plain)).kind).toBe('placed');
    }),
  );
  test(
    'a parent that is missing or a file blocks',
    run(async ({ changes, user }) => {
      const name = await makeTemp(changes, 'op1', 'ours');
      await user.write('file', 'x');
      for (const path of ['no/a', 'file/a']) {
        expect((await changes.place(name, relPath(path), plain)).kind).toBe('blocked');
      }
    }),
  );
  test(
    'a whole file is placed in one step, with its rights and time, and nothing is left of the way there',
    run(async ({ files, changes, user }) => {
      await user.makeFolder('docs');
      const options = { executable: true, mtimeNs: 1_700_000_000_000_000_000n, replaces: null };
      const texts = new Map(
        Array.from({ length: 40 }, (_, index) => [`docs/${String(index)}`, `text ${String(index)}`]),
      );
      // Side by side, as a plan does it: they share what can be shared, also those that come while others are placed.
      const placing = [...texts].map(async ([path, text], index) => {
        for (let turns = index >> 3; turns > 0; turns -= 1) await new Promise(setImmediate);
        return changes.placeWhole(
          { opId: `op${String(index)}`, bytes: bytesOf(text) },
          relPath(path),
          options,
        );
      });
      const placed = await Promise.all(placing);
      for (const [index, [path, text]] of [...texts].entries()) {
        const file = await fileAt(files, path);
        const outcome = placed[index];
        if (outcome?.kind !== 'placed') throw new Error(outcome?.kind);
        expect(outcome.executable).toBe(true);
        expect(run.lasting(outcome.fingerprint)).toEqual(run.lasting(file.fingerprint));
        expect(file).toMatchObject({ executable: run.keepsModes, fingerprint: { mtimeNs: options.mtimeNs } });
        const content = createHash('sha256').update(text).digest('hex');
        expect(await files.hash(relPath(path), noSignal)).toMatchObject({ kind: 'hashed', content });
      }
      expect(await user.names('.driftless/tmp')).toEqual([]);
    }),
  );
  test(
    'a whole file takes no name that is there, under no parent that is missing or a file',
    run(async ({ files, changes, user }) => {
      await user.write('there', 'theirs');
      const place = (path: string) =>
        changes.placeWhole({ opId: 'op1', bytes: bytesOf('ours') }, relPath(path), plain);
      expect(await place('there')).toEqual({ kind: 'taken' });
      for (const path of ['no/a', 'there/a']) expect((await place(path)).kind).toBe('blocked');
      const content = createHash('sha256').update('theirs').digest('hex');
      expect(await files.hash(relPath('there'), noSignal)).toMatchObject({ content });
      expect(await user.names('.driftless/tmp')).toEqual([]);
    }),
  );
  test(
    'one name asked for twice at the same moment has one winner',
    run(async ({ files, changes }) => {
      const place = (opId: string) =>
        changes.placeWhole({ opId, bytes: bytesOf(opId) }, relPath('one'), plain);
      const outcomes = await Promise.all([place('op1'), place('op2')]);
      expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['placed', 'taken']);
      const winner = outcomes[0].kind === 'placed' ? 'op1' : 'op2';
      const content = createHash('sha256').update(winner).digest('hex');
      expect(await files.hash(relPath('one'), noSignal)).toMatchObject({ content });
    }),
  );
  test(
    'an open file tells that it was changed, replaced or removed since',
    run(async ({ files, user }) => {
      for (const size of [10, 400_000]) {
        await user.write('f', 'x'.repeat(size));
        const opened = await files.open(relPath('f'));
        if (opened.kind !== 'open') throw new Error(opened.kind);
        const { reader } = opened;
        expect(await reader.isUnchanged()).toBe(true);
        const first = await reader.read(0, 4);
        expect(new TextDecoder().decode(first)).toBe('xxxx');
        await user.write('f', 'y'.repeat(size + 1));
        expect(await reader.isUnchanged()).toBe(false);
        await user.remove('f');
        expect(await reader.isUnchanged()).toBe(false);
        await reader.close();
      }
    }),
  );
  test(
    'bytes written by position in any order, with zeros between, come out whole',
    run(async ({ files, changes }) => {
      const temp = await changes.createTemp('op1');
      const bytes = new Uint8Array(40_000);
      bytes.fill(7, 0, 10);
      bytes.fill(9, 20_000, 20_001);
      await temp.write(bytes.subarray(18_000), 18_000);
      await temp.write(bytes.subarray(0, 18_000), 0);
      await temp.finish();
      await changes.place(temp.name, relPath('sparse'), plain);
      const outcome = await files.hash(relPath('sparse'), noSignal);
      const content = createHash('sha256').update(bytes).digest('hex');
      expect(outcome).toMatchObject({ kind: 'hashed', content });
    }),
  );
  test(
    'a temporary file that was closed is resumed, unless it is a file of the user by now',
    run(async ({ files, changes }) => {
      const temp = await changes.createTemp('op1');
      await temp.write(new TextEncoder().encode('first '), 0);
      await temp.close();
      const again = await changes.reopenTemp('op1');
      if (again === null) throw new Error('not there');
      expect(new TextDecoder().decode(await again.read(0, 100))).toBe('first ');
      await again.write(new TextEncoder().encode('second'), 6);
      await again.finish();
      await changes.place('op1', relPath('whole'), plain);
      const content = createHash('sha256').update('first second').digest('hex');
      expect(await files.hash(relPath('whole'), noSignal)).toMatchObject({ kind: 'hashed', content });
      expect(await changes.reopenTemp('op1')).toBeNull();
      expect(await changes.reopenTemp('never')).toBeNull();
    }),
  );
  test(
    'a name is tried out of sight, and leaves nothing behind',
    run(async ({ changes, user }) => {
      await changes.tryName('any name');
      await changes.tryName('any name');
      await expect(changes.tryName('n'.repeat(256))).rejects.toMatchObject({ code: 'local-name-refused' });
      expect(await user.names('.driftless/tmp')).toEqual([]);
      expect(await user.names('')).not.toContain('any name');
    }),
  );
  test(
    'sweep takes what no intent names',
    run(async ({ changes, user }) => {
      await makeTemp(changes, 'keep', 'x');
      await makeTemp(changes, 'drop', 'x');
      await changes.sweep(new Set(['keep']), []);
      expect(await user.names('.driftless/tmp')).toEqual(['keep']);
    }),
  );
}

function describeCapturing(run: Run): void {
  test(
    'captures the expected bytes into the trash, and puts them back',
    run(async ({ files, changes, user }) => {
      await user.write('docs/a', 'old');
      await user.setExecutable('docs/a');
      const outcome = await changes.capture(
        relPath('docs/a'),
        { content: contentOf('old') },
        'op1',
        noSignal,
      );
      if (outcome.kind !== 'captured') throw new Error(outcome.kind);
      expect(await files.look(relPath('docs/a'))).toEqual({ state: 'absent' });
      expect(await user.read(`.driftless/trash/${outcome.trashName}`)).toBe('old');
      expect(await changes.findCaptured('op1')).toBe(outcome.trashName);
      expect(await changes.findCaptured('op2')).toBeNull();
      expect(await changes.putBack(outcome.trashName, relPath('docs/a'))).toMatchObject({
        kind: 'placed',
        executable: run.keepsModes,
      });
      expect(await user.read('docs/a')).toBe('old');
    }),
  );
  test(
    'what turns out to be something else goes back where it was (rule 14)',
    run(async ({ changes, user }) => {
      await user.write('a', 'edited meanwhile');
      const outcome = await changes.capture(relPath('a'), { content: contentOf('old') }, 'op1', noSignal);
      expect(outcome).toEqual({ kind: 'changed' });
      expect(await user.read('a')).toBe('edited meanwhile');
      expect(await changes.findCaptured('op1')).toBeNull();
    }),
  );
  test(
    'an absent file is gone, a folder is not captured',
    run(async ({ changes, user }) => {
      await user.makeFolder('folder');
      const expected = { content: contentOf('') };
      expect(await changes.capture(relPath('no'), expected, 'op1', noSignal)).toEqual({ kind: 'gone' });
      expect(await changes.capture(relPath('no/no'), expected, 'op1', noSignal)).toEqual({ kind: 'gone' });
      expect(await changes.capture(relPath('folder'), expected, 'op1', noSignal)).toEqual({
        kind: 'changed',
      });
    }),
  );
  test(
    'two captures under one op id keep both',
    run(async ({ changes, user }) => {
      const names: string[] = [];
      for (const text of ['first', 'second']) {
        await user.write('a', text);
        const outcome = await changes.capture(relPath('a'), { content: contentOf(text) }, 'op1', noSignal);
        if (outcome.kind === 'captured') names.push(outcome.trashName);
      }
      const texts: (string | null)[] = [];
      for (const name of names) texts.push(await user.read(`.driftless/trash/${name}`));
      expect(texts).toEqual(['first', 'second']);
    }),
  );
  test(
    'put back never overwrites; what is purged is gone',
    run(async ({ changes, user }) => {
      await user.write('a', 'old');
      const outcome = await changes.capture(relPath('a'), { content: contentOf('old') }, 'op1', noSignal);
      if (outcome.kind !== 'captured') throw new Error(outcome.kind);
      await user.write('a', 'new');
      expect(await changes.putBack(outcome.trashName, relPath('a'))).toEqual({ kind: 'taken' });
      expect(await user.read('a')).toBe('new');
      await changes.sweep(new Set(), [outcome.trashName]);
      expect(await user.read(`.driftless/trash/${outcome.trashName}`)).toBeNull();
    }),
  );
  test(
    'a replacement keeps the mode of what it replaces but for the exec bit (rule 15)',
    run(async ({ files, changes, user }) => {
      await user.write('a', 'old');
      await user.setExecutable('a');
      const outcome = await changes.capture(relPath('a'), { content: contentOf('old') }, 'op1', noSignal);
      if (outcome.kind !== 'captured') throw new Error(outcome.kind);
      const name = await makeTemp(changes, 'op2', 'new');
      await changes.place(name, relPath('a'), { ...plain, replaces: outcome.trashName });
      expect((await fileAt(files, 'a')).executable).toBe(false);
    }),
  );
}

function describeReplacing(run: Run): void {
  const request = (text: string, onKept: () => void = () => undefined) => ({
    expected: { content: contentOf(text) },
    opId: 'op1',
    executable: false,
    mtimeNs: 1_600_000_000_000_000_000n,
    onKept,
  });
  test(
    'a replacement keeps the old bytes in the trash, and the name leads to one of the two all the time',
    run(async ({ files, changes, user }) => {
      await user.write('docs/a', 'old');
      const name = await makeTemp(changes, 'op1', 'new');
      const seen: unknown[] = [];
      const outcome = await changes.replace(
        name,
        relPath('docs/a'),
        request('old', () => seen.push(user.read('docs/a'))),
        noSignal,
      );
      if (outcome.kind !== 'replaced') throw new Error(outcome.kind);
      expect(seen).toEqual(['old']);
      expect(await user.read('docs/a')).toBe('new');
      expect(await user.read(`.driftless/trash/${outcome.trashName}`)).toBe('old');
      expect(await changes.findCaptured('op1')).toBe(outcome.trashName);
      const { fingerprint } = await fileAt(files, 'docs/a');
      expect(run.lasting(outcome.fingerprint)).toEqual(run.lasting(fingerprint));
      expect(outcome.fingerprint.mtimeNs).toBe(1_600_000_000_000_000_000n);
      expect(await user.names('.driftless/tmp')).toEqual([]);
      expect(await user.names('docs')).toEqual(['a']);
    }),
  );
  test(
    'what is not the expected file is not replaced, nor what is no file',
    run(async ({ changes, user }) => {
      await user.write('a', 'edited meanwhile');
      await user.makeFolder('folder');
      const name = await makeTemp(changes, 'op1', 'new');
      expect(await changes.replace(name, relPath('a'), request('old'), noSignal)).toEqual({
        kind: 'changed',
      });
      expect(await user.read('a')).toBe('edited meanwhile');
      expect(await changes.findCaptured('op1')).toBeNull();
      expect((await changes.replace(name, relPath('folder'), request('old'), noSignal)).kind).toBe('changed');
      expect((await changes.replace(name, relPath('none'), request('old'), noSignal)).kind).toBe('gone');
    }),
  );
  const lastMoments: readonly (readonly [string, (user: LocalUser) => unknown, string | null])[] = [
    ['a write into the file', (user) => user.write('a', 'edited at last'), 'edited at last'],
    [
      'a save by renaming',
      (user) => {
        void user.write('new', 'edited at last');
        return user.rename('new', 'a');
      },
      'edited at last',
    ],
    ['a removal', (user) => user.remove('a'), null],
  ];
  for (const [what, act, text] of lastMoments) {
    test(
      `an edit of the last moment stands: ${what} (rule 14)`,
      run(async ({ changes, user }) => {
        await user.write('a', 'old');
        const name = await makeTemp(changes, 'op1', 'new');
        let edit: unknown;
        const outcome = await changes.replace(
          name,
          relPath('a'),
          request('old', () => {
            edit = act(user);
          }),
          noSignal,
        );
        await edit;
        expect(outcome.kind).toBe(text === null ? 'gone' : 'changed');
        expect(await user.read('a')).toBe(text);
        expect(await changes.findCaptured('op1')).toBeNull();
      }),
    );
  }
  test(
    'a kept file whose very bytes stand under its name is not put back beside them',
    run(async ({ changes, user }) => {
      await user.write('a', 'old');
      const name = await makeTemp(changes, 'op1', 'new');
      await changes.replace(name, relPath('a'), request('old'), noSignal);
      const kept = await changes.findCaptured('op1');
      if (kept === null) throw new Error('nothing is kept');
      await user.write('a', 'old');
      expect((await changes.putBack(kept, relPath('a'))).kind).toBe('placed');
      expect(await user.read('a')).toBe('old');
      expect(await changes.findCaptured('op1')).toBeNull();
    }),
  );
}

function describeNames(run: Run): void {
  test(
    'renames a file that is still the expected one, and nothing onto an existing name',
    run(async ({ files, changes, user }) => {
      await user.write('a', 'text');
      await user.write('b', 'other');
      const { fingerprint } = await fileAt(files, 'a');
      expect(await changes.rename(relPath('a'), relPath('b'), fingerprint)).toEqual({ kind: 'taken' });
      const stale = { ...fingerprint, sizeBytes: 99 };
      expect(await changes.rename(relPath('a'), relPath('c'), stale)).toEqual({ kind: 'changed' });
      expect(await changes.rename(relPath('no'), relPath('c'), fingerprint)).toEqual({ kind: 'gone' });
      expect((await changes.rename(relPath('a'), relPath('no/c'), fingerprint)).kind).toBe('blocked');
      const renamed = await changes.rename(relPath('a'), relPath('c'), fingerprint);
      expect(renamed).toEqual({ kind: 'renamed', cell: await files.look(relPath('c')) });
      expect(await user.read('c')).toBe('text');
      expect(await user.read('a')).toBeNull();
      expect(await user.read('b')).toBe('other');
    }),
  );
  test(
    'renames a folder with all in it, not onto another folder, even an empty one',
    run(async ({ changes, user }) => {
      await user.write('from/deep/a', 'text');
      await user.makeFolder('empty');
      expect(await changes.rename(relPath('from'), relPath('empty'), null)).toEqual({ kind: 'taken' });
      expect(await changes.rename(relPath('from'), relPath('to'), null)).toMatchObject({
        kind: 'renamed',
        cell: { kind: 'folder' },
      });
      expect(await user.read('to/deep/a')).toBe('text');
    }),
  );
  test(
    'makes a folder once and again, removes it only when it is empty (rule 9)',
    run(async ({ changes, user }) => {
      expect(await changes.makeFolder(relPath('a'))).toMatchObject({
        kind: 'done',
        cell: { kind: 'folder' },
      });
      expect((await changes.makeFolder(relPath('a'))).kind).toBe('done');
      expect((await changes.makeFolder(relPath('no/b'))).kind).toBe('blocked');
      await user.write('a/file', 'x');
      expect((await changes.makeFolder(relPath('a/file'))).kind).toBe('blocked');
      expect(await changes.removeFolder(relPath('a'))).toEqual({ kind: 'not-empty' });
      await user.remove('a/file');
      expect(await changes.removeFolder(relPath('a'))).toEqual({ kind: 'done', cell: { state: 'absent' } });
      expect(await changes.removeFolder(relPath('a'))).toEqual({ kind: 'gone' });
    }),
  );
  test(
    'finds a name that the disk holds in another normal form',
    run(async ({ files, changes, user }) => {
      const nfd = 'é'.normalize('NFD');
      await user.write(`${nfd}/${nfd}.txt`, 'text');
      const path = relPath('é/é.txt');
      expect([...(await listOne(files, 'é')).keys()]).toEqual([path]);
      expect(await files.look(path)).toEqual((await listOne(files, 'é')).get(path));
      expect(await files.hash(path, noSignal)).toMatchObject({ content: contentOf('text') });
      const outcome = await changes.capture(path, { content: contentOf('text') }, 'op1', noSignal);
      expect(outcome.kind).toBe('captured');
    }),
  );
  test(
    'the marker is missing, then what was written',
    run(async ({ room, user }) => {
      expect(await room.readMarker()).toEqual({ kind: 'missing' });
      const marker = { spaceId: 's', stateId: 't', deviceId: 'd', generation: 7 };
      await room.writeMarker({ ...marker, generation: 6 });
      await room.writeMarker(marker);
      expect(await room.readMarker()).toEqual({ kind: 'present', marker });
      await user.write('.driftless/root.json', '{"spaceId": 1}');
      expect((await room.readMarker()).kind).toBe('unreadable');
    }),
  );
  test(
    'the root has an identity that stays',
    run(async ({ files, user }) => {
      const first = await files.rootStatus();
      await user.write('a', 'x');
      const second = await files.rootStatus();
      if (first.kind !== 'ok' || second.kind !== 'ok') throw new Error('no root');
      expect(second.identity).toBe(first.identity);
      expect(second.freeBytes).toBeGreaterThan(0);
    }),
  );
}

export function describeLocalFiles(
  name: string,
  makeSubject: () => Promise<LocalSubject>,
  lacks: readonly Lack[] = [],
): void {
  const inSubject = (work: (subject: LocalSubject) => Promise<void>) => async (): Promise<void> => {
    const subject = await makeSubject();
    try {
      await work(subject);
    } finally {
      await subject.dispose();
    }
  };
  const run: Run = Object.assign(inSubject, {
    keepsModes: !lacks.includes('modes'),
    lasting: (fingerprint: Fingerprint) =>
      lacks.includes('prompt-ctimes') ? { ...fingerprint, ctimeNs: 0n } : fingerprint,
  });
  describe(`local-files: ${name}`, () => {
    describeReads(run);
    if (!lacks.includes('symlinks')) describeLinks(run);
    describePlacing(run);
    describeCapturing(run);
    describeReplacing(run);
    describeNames(run);
  });
}
