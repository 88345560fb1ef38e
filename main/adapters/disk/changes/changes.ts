// Local changes: replacements, captures, renames, folders. Nothing here overwrites a name or follows a link.
import type { BigIntStats } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { rename, rm, rmdir } from '../../shares/calls.ts';
import { join } from 'node:path';
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import type { ContentId, Fingerprint, LocalCell, RelPath } from '../../../core/model/model.ts';
import { foldName, nameOf, parentOf } from '../../../core/model/path.ts';
import type {
  CaptureOutcome,
  FolderOutcome,
  HalfRename,
  HeldFile,
  LocalChanges,
  PlaceOptions,
  PlaceOutcome,
  RenameEnds,
  RenameOutcome,
  ReplaceOutcome,
  ReplaceRequest,
  TempFile,
  WholeFile,
} from '../../../ports/local-files.port.ts';
import { isErrno, onDisk } from '../errors.ts';
import { blocked, blockedBy } from './blocked.ts';
import { clearFolder } from './clear-folder.ts';
import { clearAside, isAside, moveFolderExclusively, moveRecorded, unlinkExactly } from './exclusive.ts';
import { listRecords, readRecord, recordPath } from './half-rename.ts';
import type { RenameRecord } from './half-rename.ts';
import type { Target } from '../paths.ts';
import { lstatOrNull, resolveTarget } from '../paths.ts';
import type { NodeReads } from '../reads.ts';
import { ownFolder, tempFolder } from './own-folder.ts';
import type { DirectorySync } from './own-folder.ts';
import { openToLook, Placement } from './place-file.ts';
import type { PlaceTools } from './place-file.ts';
import { replaceFile } from './replace.ts';
import { checkOwnName, createTempFile, reopenTempFile, tryFileName } from './temp.ts';
import { captureFile, findCaptured, purgeTrash, trashPath } from './trash.ts';
import { isOneEntry } from '../volume.ts';
import { fingerprintOf, isExecutable } from '../worker/hash.ts';

export type ChangeTools = PlaceTools & { readonly reads: NodeReads };

export class NodeChanges implements LocalChanges {
  readonly #tools: ChangeTools;
  readonly #root: string;
  readonly #directories: DirectorySync;
  readonly #placement: Placement;

  constructor(tools: ChangeTools) {
    this.#tools = tools;
    this.#root = tools.root;
    this.#directories = tools.directories;
    this.#placement = new Placement(tools);
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
    return this.#placement.place(tempName, path, options);
  }

  async placeWhole(whole: WholeFile, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome> {
    return this.#placement.placeWhole(whole, path, options);
  }

  async placeHeld(files: readonly HeldFile[]): Promise<readonly (PlaceOutcome | null)[]> {
    return this.#placement.placeHeld(files);
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
        const dressed = await this.#placement.dress(file, { ...request, keepsModes }, replaced);
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
      if (stats === null) return this.#placement.nameAs(kept, resolved.target, await openToLook(kept));
      if (!stats.isFile() || !(await this.#isSameBytes(kept, resolved.target.path))) return { kind: 'taken' };
      // A crash came between the keeping of a file and its replacement: it never left its place.
      await rm(kept, { force: true });
      return this.#placement.placedAs(stats);
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
          : await moveRecorded(source.path, goalPath, { ...this.#tools, names });
        if (naming === 'taken') return { kind: 'taken' };
        if (naming === 'left') return { kind: 'gone' };
      }
    } catch (error) {
      const outcome = blockedBy(error);
      if (outcome === null) throw error;
      return (await lstatOrNull(source.path)) === null ? { kind: 'gone' } : outcome;
    }
    await Promise.all([this.#directories.sync(source.parent), this.#directories.sync(goal.parent)]);
    return { kind: 'renamed', cell: await this.#tools.reads.look(names.to) };
  }

  async halfRenames(): Promise<readonly HalfRename[]> {
    return onDisk('look for half renames', async () =>
      (await listRecords(this.#root)).map(({ id, from, to, inode, names }) => ({
        id,
        from,
        to,
        inode,
        names,
      })),
    );
  }

  async finishRename(id: string, names: RenameEnds | null): Promise<boolean> {
    return onDisk('finish a rename', async () => {
      const record = await readRecord(this.#root, id);
      if (record === null) return false;
      const over = recordPath(this.#root, id);
      const stale = names === null ? null : await this.#provenName(names.stale, record);
      if (names === null || stale === null || (await this.#provenName(names.kept, record)) === null) {
        await rm(over, { force: true });
        return false;
      }
      const removal = { inode: record.inode, over, mustStay: true };
      const isRemoved = await unlinkExactly(this.#tools, stale.path, removal);
      await this.#directories.sync(stale.parent);
      return isRemoved;
    });
  }

  /** The entry at `path` while it is the file of the record, with one name more than it had then. */
  async #provenName(path: RelPath, record: RenameRecord): Promise<Target | null> {
    const resolved = await resolveTarget(this.#root, path);
    if (resolved.kind !== 'target') return null;
    const { stats } = resolved.target;
    const isThat = stats?.isFile() === true && stats.ino === record.inode;
    return isThat && stats.nlink === record.names + 1n ? resolved.target : null;
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
      await clearFolder(join(this.#root, ownFolder), tempFolder, async (name) => {
        if (keepTemp.has(name)) return true;
        if (isAside(name)) await clearAside(this.#tools, name);
        return isAside(name);
      });
      await purgeTrash(this.#root, purge);
    });
  }
}

function isExpected(stats: BigIntStats, expected: Fingerprint | null): boolean {
  if (expected === null) return stats.isDirectory();
  return stats.isFile() && sameFingerprint(fingerprintOf(stats), expected);
}
