// Local changes: placing downloads, captures, renames, folders. Nothing here overwrites a name or follows a
// link.
import type { BigIntStats } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { lstat, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import type { ContentId, Fingerprint, LocalCell, RelPath } from '../../../core/model/model.ts';
import { foldName, nameOf, parentOf } from '../../../core/model/path.ts';
import type {
  CaptureOutcome,
  FolderOutcome,
  LocalChanges,
  PlaceOptions,
  PlaceOutcome,
  RenameOutcome,
  ReplaceOutcome,
  ReplaceRequest,
  TempFile,
  WholeFile,
} from '../../../ports/local-files.port.ts';
import { isErrno, onDisk } from '../errors.ts';
import { messageOf } from '../../system/errno.ts';
import { clearAside, isAside, moveExclusively, moveFolderExclusively } from './exclusive.ts';
import type { Resolved, Target } from '../paths.ts';
import { blockedMessage, lstatOrNull, resolveTarget } from '../paths.ts';
import type { NodeReads } from '../reads.ts';
import { ensureRoom, ownFolder, tempFolder } from './own-folder.ts';
import type { DirectorySync } from './own-folder.ts';
import { Inheriting } from './inheriting.ts';
import { keepRights, newFileMode, setMode, setModeOf, withExecutable } from './rights.ts';
import { replaceFile } from './replace.ts';
import { copyProven } from './copy.ts';
import { stagePath } from './stage.ts';
import { checkOwnName, createTempFile, reopenTempFile, tryFileName } from './temp.ts';
import type { CaptureTools } from './trash.ts';
import { captureFile, findCaptured, purgeTrash, trashPath } from './trash.ts';
import { wholeBytes } from '../small/protocol.ts';
import type { SmallFiles } from '../small/small-files.ts';
import type { Volume } from '../volume.ts';
import { isOneEntry } from '../volume.ts';
import { fingerprintOf, isExecutable, openForReading } from '../worker/hash.ts';

type Modes = { readonly keepsModes: boolean };
type Dress = Pick<PlaceOptions, 'executable' | 'mtimeNs'>;
type Blocked = { readonly kind: 'blocked'; readonly message: string };

function blocked(resolved: Exclude<Resolved, { kind: 'target' }>): Blocked {
  return { kind: 'blocked', message: blockedMessage(resolved.kind) };
}

/** A parent that vanished or changed between the look and the step. */
function blockedBy(error: unknown): Blocked | null {
  return isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV')
    ? { kind: 'blocked', message: messageOf(error) }
    : null;
}

/** Null for what may not be read, as something in the trash may be. */
async function openToLook(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, openForReading);
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM')) return null;
    throw error;
  }
}

export type ChangeTools = CaptureTools & {
  readonly reads: NodeReads;
  readonly small: SmallFiles;
  readonly volume: Volume;
};

export class NodeChanges implements LocalChanges {
  readonly #tools: ChangeTools;
  readonly #root: string;
  readonly #directories: DirectorySync;
  readonly #inheriting: Inheriting;

  #room: Promise<string> | null = null;

  constructor(tools: ChangeTools) {
    this.#tools = tools;
    this.#root = tools.root;
    this.#directories = tools.directories;
    this.#inheriting = new Inheriting(tools.nowMs);
  }

  async createTemp(opId: string): Promise<TempFile> {
    return createTempFile(this.#root, opId);
  }

  async reopenTemp(name: string): Promise<TempFile | null> {
    return reopenTempFile(this.#root, name);
  }

  async tryName(name: string): Promise<void> {
    return tryFileName(this.#root, name);
  }

  async place(tempName: string, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome> {
    return onDisk('place', async () => {
      const temp = join(this.#root, ownFolder, tempFolder, checkOwnName(tempName));
      const resolved = await resolveTarget(this.#root, path);
      if (resolved.kind !== 'target') return blocked(resolved);
      if (resolved.target.stats !== null) return { kind: 'taken' };
      const { keepsModes } = await this.#tools.volume.traits();
      const placed = await this.#placeNew(temp, resolved.target, { ...options, keepsModes });
      // A disk that keeps no modes has the bit nowhere but in what was synced.
      return keepsModes || placed.kind !== 'placed' ? placed : { ...placed, executable: options.executable };
    });
  }

  async #placeNew(temp: string, target: Target, how: PlaceOptions & Modes): Promise<PlaceOutcome> {
    const replaced = how.replaces === null ? null : trashPath(this.#root, how.replaces);
    if (replaced !== null || !how.keepsModes || !(await this.#inheriting.ask(target.parent))) {
      return this.#nameAs(temp, target, await this.#dress(temp, how, replaced));
    }
    // Made where it is to stand, it gets the group and the access list that the folder gives.
    const stage = stagePath(target.parent);
    try {
      await copyProven(temp, stage, null);
      const mode = (await lstat(stage)).mode & 0o777;
      const wanted = withExecutable(mode, how.executable);
      if (mode !== wanted) await setMode(stage, wanted);
      if (how.mtimeNs !== null) await this.#tools.times.set(stage, how.mtimeNs, this.#tools.nowMs());
      const placed = await this.#nameAs(stage, target, await openToLook(stage));
      if (placed.kind === 'placed') await rm(temp, { force: true });
      return placed;
    } finally {
      await rm(stage, { force: true });
    }
  }

  async placeWhole(whole: WholeFile, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome> {
    return (
      (await this.#placeSmall(whole, path, options)) ?? (await this.#placeStepwise(whole, path, options))
    );
  }

  /** In the worker, with others of the same moment. Null where the general way has to look, with nothing left behind. */
  async #placeSmall(
    { opId, bytes }: WholeFile,
    path: RelPath,
    { executable, mtimeNs, replaces }: PlaceOptions,
  ): Promise<PlaceOutcome | null> {
    if (replaces !== null || bytes.length > wholeBytes || !this.#tools.supportsLinks) return null;
    const { keepsModes, inodesLast } = await this.#tools.volume.traits();
    // Made once; the worker proves each time that it still is what it should be.
    this.#room ??= ensureRoom(this.#root, tempFolder);
    await this.#room;
    const folder = join(this.#root, parentOf(path));
    if (keepsModes && (await this.#inheritsUnproven(folder, path))) return null;
    const reply = await this.#tools.small.run({
      kind: 'place',
      root: this.#root,
      path,
      tempName: checkOwnName(opId),
      // A copy: the general way may need the bytes afterwards.
      bytes: bytes.slice(),
      mode: keepsModes ? newFileMode(executable) : null,
      mtimeNs,
      nowMs: this.#tools.nowMs(),
    });
    if (reply.kind === 'taken') return reply;
    if (reply.kind !== 'placed') return null;
    const { fingerprint, isExecutable: hasBit } = reply;
    return {
      kind: 'placed',
      fingerprint: inodesLast ? fingerprint : { ...fingerprint, inode: 0n },
      executable: keepsModes ? hasBit : executable,
    };
  }

  async #placeStepwise(
    { opId, bytes }: WholeFile,
    path: RelPath,
    options: PlaceOptions,
  ): Promise<PlaceOutcome> {
    const temp = await this.createTemp(opId);
    try {
      await temp.write(bytes, 0);
      await temp.finish();
      return await this.place(opId, path, options);
    } finally {
      await temp.discard();
    }
  }

  /** True as well where the folder cannot be proven to be one of the pair. */
  async #inheritsUnproven(folder: string, path: RelPath): Promise<boolean> {
    const known = this.#inheriting.known(folder);
    if (known !== null) return known;
    const resolved = await resolveTarget(this.#root, path);
    return resolved.kind !== 'target' || this.#inheriting.ask(resolved.target.parent);
  }

  /**
   * Mode and time are set before the file has its name: it is never seen with wrong rights (C15). Then it is on the disk as it
   * is to stand there. Answers it opened; the caller closes it.
   */
  async #dress(temp: string, how: Dress & Modes, replaced: string | null): Promise<FileHandle> {
    const handle = await open(temp, 'r+');
    try {
      if (how.keepsModes) {
        if (replaced === null || (await lstatOrNull(replaced)) === null)
          await setModeOf(handle, newFileMode(how.executable));
        else await keepRights(replaced, temp, how.executable);
      }
      if (how.mtimeNs !== null) await this.#tools.times.set(temp, how.mtimeNs, this.#tools.nowMs());
      await handle.sync();
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async replace(
    tempName: string,
    path: RelPath,
    request: ReplaceRequest,
    signal: AbortSignal,
  ): Promise<ReplaceOutcome> {
    return onDisk('replace', async () => {
      const temp = join(this.#root, ownFolder, tempFolder, checkOwnName(tempName));
      const { keepsModes } = await this.#tools.volume.traits();
      const dress = async (file: string, replaced: string): Promise<void> => {
        const dressed = await this.#dress(file, { ...request, keepsModes }, replaced);
        await dressed.close();
      };
      const outcome = await replaceFile(this.#tools, { temp, path, dress }, request, signal);
      if (outcome.kind !== 'placed') return outcome;
      return {
        kind: 'replaced',
        trashName: outcome.trashName,
        fingerprint: await this.#tools.volume.fingerprint(outcome.stats),
        executable: keepsModes ? isExecutable(outcome.stats) : request.executable,
      };
    });
  }

  /** As soon as it has its name the user may delete it or save over it: what was placed is known by the open file, not by the name. */
  async #nameAs(from: string, target: Target, placed: FileHandle | null): Promise<PlaceOutcome> {
    try {
      const naming = await moveExclusively(from, target.path, { ...this.#tools, isOurs: true });
      if (naming === 'taken') return { kind: 'taken' };
      await this.#directories.sync(target.parent);
      // A copy from another mount is another file.
      const stats = await (naming === 'copied' || placed === null
        ? lstat(target.path, { bigint: true })
        : placed.stat({ bigint: true }));
      const fingerprint = await this.#tools.volume.fingerprint(stats);
      return { kind: 'placed', fingerprint, executable: isExecutable(stats) };
    } catch (error) {
      const outcome = blockedBy(error);
      if (outcome === null || (await lstatOrNull(from)) === null) throw error;
      return outcome;
    } finally {
      await placed?.close();
    }
  }

  async capture(
    path: RelPath,
    expected: { readonly content: ContentId },
    opId: string,
    signal: AbortSignal,
  ): Promise<CaptureOutcome> {
    return onDisk('capture', () =>
      captureFile(this.#tools, { path, content: expected.content, opId }, signal),
    );
  }

  async findCaptured(opId: string): Promise<string | null> {
    return onDisk('look into the trash', () => findCaptured(this.#root, opId));
  }

  async putBack(trashName: string, path: RelPath): Promise<PlaceOutcome> {
    return onDisk('put back', async () => {
      const resolved = await resolveTarget(this.#root, path);
      if (resolved.kind !== 'target') return blocked(resolved);
      const { stats } = resolved.target;
      const kept = trashPath(this.#root, trashName);
      if (stats === null) return this.#nameAs(kept, resolved.target, await openToLook(kept));
      if (!stats.isFile() || !(await this.#isSameBytes(kept, resolved.target.path))) return { kind: 'taken' };
      // A crash came between the keeping of a file and its replacement: it never left its place.
      await rm(kept, { force: true });
      const fingerprint = await this.#tools.volume.fingerprint(stats);
      return { kind: 'placed', fingerprint, executable: isExecutable(stats) };
    });
  }

  async #isSameBytes(one: string, other: string): Promise<boolean> {
    const signal = new AbortController().signal;
    const [left, right] = [await this.#tools.hashAt(one, signal), await this.#tools.hashAt(other, signal)];
    return left.kind === 'hashed' && right.kind === 'hashed' && left.content === right.content;
  }

  async rename(from: RelPath, to: RelPath, expected: Fingerprint | null): Promise<RenameOutcome> {
    return onDisk('rename', async () => {
      const source = await resolveTarget(this.#root, from);
      if (source.kind === 'missing') return { kind: 'gone' };
      if (source.kind !== 'target') return blocked(source);
      if (source.target.stats === null) return { kind: 'gone' };
      if (!isExpected(source.target.stats, expected)) return { kind: 'changed' };
      const goal = await resolveTarget(this.#root, to);
      if (goal.kind !== 'target') return blocked(goal);
      return this.#renameTo(source.target, goal.target, { from, to, isFolder: expected === null });
    });
  }

  async #renameTo(
    source: Target,
    goal: Target,
    names: { readonly from: RelPath; readonly to: RelPath; readonly isFolder: boolean },
  ): Promise<RenameOutcome> {
    const goalPath = join(goal.parent, nameOf(names.to));
    try {
      if (goal.stats !== null) {
        // Two names that are one on this disk: a change of spelling is one rename (C14).
        if (!(await this.#isRespelling(source, goal, names))) return { kind: 'taken' };
        await rename(source.path, goalPath);
      } else {
        const naming = names.isFolder
          ? moveFolderExclusively(source.path, goalPath)
          : await moveExclusively(source.path, goalPath, { ...this.#tools, isOurs: false });
        if (naming === 'taken') return { kind: 'taken' };
      }
    } catch (error) {
      const outcome = blockedBy(error);
      if (outcome === null) throw error;
      return (await lstatOrNull(source.path)) === null ? { kind: 'gone' } : outcome;
    }
    await Promise.all([this.#directories.sync(source.parent), this.#directories.sync(goal.parent)]);
    return { kind: 'renamed', cell: await this.#tools.reads.look(names.to) };
  }

  async #isRespelling(
    source: Target,
    goal: Target,
    names: { readonly from: RelPath; readonly to: RelPath },
  ): Promise<boolean> {
    if (parentOf(names.from) !== parentOf(names.to) || foldName(names.from) !== foldName(names.to))
      return false;
    // Where case counts, two such names of one inode are hard links: `rename` would do nothing and say it had.
    if ((await this.#tools.volume.traits()).caseSensitive) return false;
    return isOneEntry(goal.parent, nameOf(names.to));
  }

  async makeFolder(path: RelPath): Promise<FolderOutcome> {
    return onDisk('make a folder', async () => {
      const resolved = await resolveTarget(this.#root, path);
      if (resolved.kind !== 'target') return blocked(resolved);
      const { target } = resolved;
      try {
        // On this thread: `inheritsRights` changes the umask for a moment.
        mkdirSync(target.path);
        await this.#directories.sync(target.parent);
      } catch (error) {
        const outcome = blockedBy(error);
        if (outcome !== null) return outcome;
        if (!isErrno(error, 'EEXIST')) throw error;
      }
      return this.#madeFolder(await this.#tools.reads.look(path));
    });
  }

  #madeFolder(cell: LocalCell): FolderOutcome {
    if (cell.state === 'present' && cell.kind === 'folder') return { kind: 'done', cell };
    return { kind: 'blocked', message: 'something else has that name' };
  }

  async removeFolder(path: RelPath): Promise<FolderOutcome> {
    return onDisk('remove a folder', async () => {
      const resolved = await resolveTarget(this.#root, path);
      if (resolved.kind === 'missing') return { kind: 'gone' };
      if (resolved.kind !== 'target') return blocked(resolved);
      const { target } = resolved;
      if (target.stats === null) return { kind: 'gone' };
      if (!target.stats.isDirectory()) return { kind: 'blocked', message: 'not a folder' };
      try {
        await rmdir(target.path);
      } catch (error) {
        if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return { kind: 'not-empty' };
        if (isErrno(error, 'ENOENT')) return { kind: 'gone' };
        throw error;
      }
      await this.#directories.sync(target.parent);
      return { kind: 'done', cell: { state: 'absent' } };
    });
  }

  async sweep(keepTemp: ReadonlySet<string>, purge: readonly string[]): Promise<void> {
    await onDisk('sweep', async () => {
      const own = await lstatOrNull(join(this.#root, ownFolder));
      const folder = join(this.#root, ownFolder, tempFolder);
      const stats = own?.isDirectory() === true ? await lstatOrNull(folder) : null;
      // Through a link this would empty a folder outside the pair.
      if (stats?.isDirectory() === true) {
        for (const name of await readdir(folder)) {
          if (keepTemp.has(name)) continue;
          if (isAside(name)) await clearAside(this.#tools, name);
          else await rm(join(folder, name), { recursive: true, force: true });
        }
      }
      await purgeTrash(this.#root, purge);
    });
  }
}

function isExpected(stats: BigIntStats, expected: Fingerprint | null): boolean {
  if (expected === null) return stats.isDirectory();
  return stats.isFile() && sameFingerprint(fingerprintOf(stats), expected);
}
