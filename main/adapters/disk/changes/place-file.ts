// Placement of new files, from a temporary file or from memory: never over a name that is there.
import type { BigIntStats } from 'node:fs';
import { lstat, open, rm } from '../../shares/calls.ts';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { RelPath } from '../../../core/model/model.ts';
import { parentOf } from '../../../core/model/path.ts';
import type { HeldFile, PlaceOptions, PlaceOutcome, WholeFile } from '../../../ports/local-files.port.ts';
import { isErrno, onDisk } from '../errors.ts';
import type { Target } from '../paths.ts';
import { lstatOrNull, proveFolder, resolveTarget } from '../paths.ts';
import { wholeBytes } from '../small/protocol.ts';
import type { SmallReply } from '../small/protocol.ts';
import type { SmallFiles } from '../small/small-files.ts';
import type { Volume } from '../volume.ts';
import { asPlaced, isExecutable, openForReading } from '../worker/hash.ts';
import { blocked, blockedBy } from './blocked.ts';
import { copyProven } from './copy.ts';
import { moveExclusively } from './exclusive.ts';
import { Inheriting } from './inheriting.ts';
import { ensureRoom, ownFolder, tempFolder } from './own-folder.ts';
import { keepRights, newFileMode, setModeOf, withExecutable } from './rights.ts';
import { stagePath } from './stage.ts';
import { checkOwnName, createTempFile, openForChange } from './temp.ts';
import type { CaptureTools } from './trash.ts';
import { trashPath } from './trash.ts';

type Modes = { readonly keepsModes: boolean };
type Dress = Pick<PlaceOptions, 'executable' | 'mtimeNs'>;

export type PlaceTools = CaptureTools & { readonly small: SmallFiles; readonly volume: Volume };

/** Null for what may not be read, as something in the trash may be. */
export async function openToLook(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, openForReading);
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM')) return null;
    throw error;
  }
}

/** Null where the general way has to look. */
function outcomeOf(
  reply: SmallReply,
  how: { readonly keepsModes: boolean; readonly inodesLast: boolean; readonly executable: boolean },
): PlaceOutcome | null {
  if (reply.kind === 'taken') return reply;
  if (reply.kind !== 'placed') return null;
  const { fingerprint, isExecutable: hasBit } = reply;
  return {
    kind: 'placed',
    fingerprint: how.inodesLast ? fingerprint : { ...fingerprint, inode: 0n },
    // A disk that keeps no modes has the bit nowhere but in what was synced.
    executable: how.keepsModes ? hasBit : how.executable,
  };
}

export class Placement {
  readonly #tools: PlaceTools;
  readonly #root: string;
  readonly #inheriting: Inheriting;
  /** Folders that are being proven and asked, for all files of one moment. */
  readonly #asking = new Map<string, Promise<boolean>>();
  #hasTempFolder = false;

  constructor(tools: PlaceTools) {
    this.#tools = tools;
    this.#root = tools.root;
    this.#inheriting = new Inheriting(tools.nowMs);
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
      return this.nameAs(temp, target, await this.dress(temp, how, replaced));
    }
    // Made where it is to stand, it gets the group and the access list that the folder gives.
    const stage = stagePath(target.parent);
    try {
      await copyProven(temp, stage, null);
      const placed = await this.nameAs(stage, target, await this.#dressStage(stage, how));
      if (placed.kind === 'placed') await rm(temp, { force: true });
      return placed;
    } finally {
      await rm(stage, { force: true });
    }
  }

  /** It lies in the user's folder: what is changed is the file that was opened, and no link that took its name. */
  async #dressStage(stage: string, how: Dress): Promise<FileHandle> {
    const handle = await open(stage, openForReading);
    try {
      const mode = (await handle.stat()).mode & 0o777;
      const wanted = withExecutable(mode, how.executable);
      if (mode !== wanted) await setModeOf(handle, wanted);
      if (how.mtimeNs !== null) await this.#tools.times.set(stage, how.mtimeNs, this.#tools.nowMs());
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async placeWhole(whole: WholeFile, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome> {
    return onDisk(
      'place',
      async () =>
        (await this.#placeSmall(whole, path, options)) ?? (await this.#placeStepwise(whole, path, options)),
    );
  }

  /** Made once; the worker proves each time that it still is what it should be. */
  async #prepareTempFolder(): Promise<void> {
    if (!this.#hasTempFolder) await ensureRoom(this.#root, tempFolder);
    this.#hasTempFolder = true;
  }

  /** In the worker, with others of the same moment. Null where the general way has to look, with nothing left behind. */
  async #placeSmall(
    { opId, bytes }: WholeFile,
    path: RelPath,
    { executable, mtimeNs, replaces }: PlaceOptions,
  ): Promise<PlaceOutcome | null> {
    if (replaces !== null || bytes.length > wholeBytes || !this.#tools.supportsLinks) return null;
    const { keepsModes, inodesLast } = await this.#tools.volume.traits();
    await this.#prepareTempFolder();
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
    return outcomeOf(reply, { keepsModes, inodesLast, executable });
  }

  async placeHeld(files: readonly HeldFile[]): Promise<readonly (PlaceOutcome | null)[]> {
    return onDisk('place', async () => {
      const { keepsModes, inodesLast } = await this.#tools.volume.traits();
      await this.#prepareTempFolder();
      const inheriting = keepsModes ? await this.#inheritingAmong(files) : new Set<string>();
      const isPlain = files.map((file) => this.#isPlain(file) && !inheriting.has(parentOf(file.path)));
      const [mode, executableMode] = keepsModes ? [newFileMode(false), newFileMode(true)] : [null, null];
      const nowMs = this.#tools.nowMs();
      const plain = files.filter((_file, index) => isPlain[index]);
      const replies = await this.#tools.small.placeHeld(
        plain.map(({ held, path, options: { executable, mtimeNs } }) => ({
          kind: 'place-held',
          root: this.#root,
          path,
          tempName: checkOwnName(held.opId),
          mode: executable ? executableMode : mode,
          mtimeNs,
          nowMs,
        })),
      );
      let at = 0;
      return files.map(({ options: { executable } }, index) => {
        const reply = isPlain[index] === true ? replies[at++] : undefined;
        return reply === undefined ? null : outcomeOf(reply, { keepsModes, inodesLast, executable });
      });
    });
  }

  /** The worker has its bytes, and may place it as it places all. */
  #isPlain({ held, options }: HeldFile): boolean {
    return held.bytes === null && options.replaces === null && this.#tools.supportsLinks;
  }

  /** Folders of these whose files get something from them; each is asked once. */
  async #inheritingAmong(files: readonly HeldFile[]): Promise<ReadonlySet<string>> {
    const paths = new Map(files.map(({ path }): [string, RelPath] => [parentOf(path), path]));
    const asked = [...paths].map(async ([parent, path]): Promise<readonly string[]> =>
      (await this.#inheritsUnproven(join(this.#root, parent), path)) ? [parent] : [],
    );
    return new Set((await Promise.all(asked)).flat());
  }

  async #placeStepwise(
    { opId, bytes }: WholeFile,
    path: RelPath,
    options: PlaceOptions,
  ): Promise<PlaceOutcome> {
    const temp = await createTempFile(this.#root, opId);
    try {
      await temp.write(bytes, 0);
      await temp.finish();
      return await this.place(opId, path, options);
    } finally {
      await temp.discard();
    }
  }

  /** True as well where the folder cannot be proven to be one of the pair. */
  #inheritsUnproven(folder: string, path: RelPath): Promise<boolean> {
    const known = this.#inheriting.known(folder) ?? this.#asking.get(folder);
    if (known !== undefined) return known;
    const asking = this.#proveAndAsk(path).finally(() => this.#asking.delete(folder));
    this.#asking.set(folder, asking);
    return asking;
  }

  async #proveAndAsk(path: RelPath): Promise<boolean> {
    const proof = await proveFolder(this.#root, parentOf(path));
    return proof.kind !== 'directory' || this.#inheriting.ask(proof.path);
  }

  /**
   * Mode and time are set before the file has its name: it is never seen with wrong rights (C15). Then it is on the disk as it
   * is to stand there. Answers it opened; the caller closes it.
   */
  async dress(temp: string, how: Dress & Modes, replaced: string | null): Promise<FileHandle> {
    const handle = await open(temp, openForChange);
    try {
      if (how.keepsModes) {
        if (replaced === null || (await lstatOrNull(replaced)) === null)
          await setModeOf(handle, newFileMode(how.executable));
        else await keepRights(replaced, { path: temp, handle }, how.executable);
      }
      if (how.mtimeNs !== null) await this.#tools.times.set(temp, how.mtimeNs, this.#tools.nowMs());
      await handle.sync();
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** What a look says of a placed file; a disk that keeps no modes has no executable bit. */
  async placedAs(stats: BigIntStats): Promise<PlaceOutcome> {
    const { volume } = this.#tools;
    const { keepsModes } = await volume.traits();
    const executable = keepsModes && isExecutable(stats);
    return { kind: 'placed', fingerprint: await volume.fingerprint(stats), executable };
  }

  /** As soon as it has its name the user may delete it or save over it: what was placed is known by the open file, not by the name. */
  async nameAs(from: string, target: Target, placed: FileHandle | null): Promise<PlaceOutcome> {
    try {
      const before = (await placed?.stat({ bigint: true })) ?? null;
      const naming = await moveExclusively(from, target.path, { ...this.#tools, isOurs: true });
      if (naming === 'taken') return { kind: 'taken' };
      await this.#tools.directories.sync(target.parent);
      // A copy from another mount is another file.
      const standing = await (naming === 'copied' || placed === null
        ? lstat(target.path, { bigint: true })
        : placed.stat({ bigint: true }));
      return await this.placedAs(before === null ? standing : asPlaced(before, standing));
    } catch (error) {
      const outcome = blockedBy(error);
      if (outcome === null || (await lstatOrNull(from)) === null) throw error;
      return outcome;
    } finally {
      await placed?.close();
    }
  }
}
