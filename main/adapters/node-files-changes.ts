// Changes of the local side: placing downloads, captures, renames and folders; nothing here overwrites a name or follows a link.
import type { BigIntStats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { sameFingerprint } from '../core/fingerprint.ts';
import type { ContentId, Fingerprint, LocalCell, RelPath } from '../core/model.ts';
import { foldName, nameOf, parentOf } from '../core/path.ts';
import type {
  CaptureOutcome,
  FolderOutcome,
  LocalChanges,
  PlaceOptions,
  PlaceOutcome,
  RenameOutcome,
  TempFile,
} from '../ports/local-files.port.ts';
import { isErrno, messageOf, onDisk } from './node-files-errors.ts';
import { clearAside, isAside, moveExclusively, moveFolderExclusively } from './node-files-exclusive.ts';
import type { Resolved, Target } from './node-files-paths.ts';
import { blockedMessage, lstatOrNull, resolveTarget } from './node-files-paths.ts';
import type { NodeReads } from './node-files-reads.ts';
import { isExecutable } from './node-files-reads.ts';
import type { DirectorySync } from './node-files-room.ts';
import { ownFolder, tempFolder } from './node-files-room.ts';
import { checkOwnName, createTempFile } from './node-files-temp.ts';
import type { CaptureTools } from './node-files-trash.ts';
import { captureFile, findCaptured, purgeTrash, trashPath } from './node-files-trash.ts';
import type { Volume } from './node-files-volume.ts';
import { isOneEntry } from './node-files-volume.ts';
import { fingerprintOf, openForReading } from './walk-hash.ts';

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

/** Execute follows read: whoever may read may run, nobody else gains anything. */
function withExecutable(mode: number, executable: boolean): number {
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

function newFileMode(executable: boolean): number {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells what rights new files of this person have; no thread of ours sets it
  return withExecutable(0o666 & ~process.umask(), executable);
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

export type ChangeTools = CaptureTools & { readonly reads: NodeReads; readonly volume: Volume };

export class NodeChanges implements LocalChanges {
  readonly #tools: ChangeTools;
  readonly #root: string;
  readonly #directories: DirectorySync;

  constructor(tools: ChangeTools) {
    this.#tools = tools;
    this.#root = tools.root;
    this.#directories = tools.directories;
  }

  async createTemp(opId: string): Promise<TempFile> {
    return createTempFile(this.#root, opId);
  }

  async place(tempName: string, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome> {
    return onDisk('place', async () => {
      const temp = join(this.#root, ownFolder, tempFolder, checkOwnName(tempName));
      const resolved = await resolveTarget(this.#root, path);
      if (resolved.kind !== 'target') return blocked(resolved);
      if (resolved.target.stats !== null) return { kind: 'taken' };
      await this.#dress(temp, options);
      const placed = await this.#nameAs(temp, resolved.target);
      const { keepsModes } = await this.#tools.volume.traits();
      // A disk that keeps no modes has the bit nowhere but in what was synced.
      return keepsModes || placed.kind !== 'placed' ? placed : { ...placed, executable: options.executable };
    });
  }

  /** Mode and time are set before the file has its name: it is never seen with wrong rights (rule 15). */
  async #dress(temp: string, { executable, mtimeNs, replaces }: PlaceOptions): Promise<void> {
    const replaced = replaces === null ? null : await lstatOrNull(trashPath(this.#root, replaces));
    const mode =
      replaced === null ? newFileMode(executable) : withExecutable(Number(replaced.mode) & 0o777, executable);
    const handle = await open(temp, 'r+');
    try {
      if (replaced !== null) await this.#keepOwner(handle, replaced);
      await handle.chmod(mode);
      // Node takes seconds as a double: within a microsecond of what was asked.
      if (mtimeNs !== null) await handle.utimes(this.#tools.nowMs() / 1000, Number(mtimeNs) / 1e9);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #keepOwner(handle: Awaited<ReturnType<typeof open>>, replaced: BigIntStats): Promise<void> {
    const own = await handle.stat({ bigint: true });
    if (own.uid === replaced.uid && own.gid === replaced.gid) return;
    try {
      await handle.chown(Number(replaced.uid), Number(replaced.gid));
    } catch (error) {
      // Only root may give files away; a user's replacement then belongs to the user, with the same mode.
      if (!isErrno(error, 'EPERM', 'EINVAL', 'ENOSYS')) throw error;
    }
  }

  async #nameAs(from: string, target: Target): Promise<PlaceOutcome> {
    const { supportsLinks } = this.#tools;
    // As soon as it has its name a person may delete it or save over it: what was placed is known by the file, not by the name.
    const placed = await openToLook(from);
    try {
      const naming = await moveExclusively(from, target.path, {
        root: this.#root,
        isOurs: true,
        supportsLinks,
      });
      if (naming === 'taken') return { kind: 'taken' };
      await this.#directories.sync(target.parent);
      const stats = await (placed?.stat({ bigint: true }) ?? lstat(target.path, { bigint: true }));
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
      if (resolved.target.stats !== null) return { kind: 'taken' };
      return this.#nameAs(trashPath(this.#root, trashName), resolved.target);
    });
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
        // Two names that are one on this disk: a change of spelling is one rename (rule 14).
        if (!(await this.#isRespelling(source, goal, names))) return { kind: 'taken' };
        await rename(source.path, goalPath);
      } else {
        const { supportsLinks } = this.#tools;
        const naming = names.isFolder
          ? await moveFolderExclusively(source.path, goalPath)
          : await moveExclusively(source.path, goalPath, { root: this.#root, isOurs: false, supportsLinks });
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
        await mkdir(target.path);
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
      // Through a link this would empty somebody else's folder.
      if (stats?.isDirectory() === true) {
        for (const name of await readdir(folder)) {
          if (keepTemp.has(name)) continue;
          if (isAside(name)) await clearAside(this.#root, name);
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
