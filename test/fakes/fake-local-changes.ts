// Changes and the meta folder on an in-memory disk, in the real adapter's steps.
import type { ContentId, Fingerprint, LocalCell, RelPath } from '../../main/core/model/model.ts';
import { isSyncError } from '../../main/core/model/errors.ts';
import { foldName } from '../../main/core/model/path.ts';
import type {
  CaptureOutcome,
  DiskTraits,
  FolderOutcome,
  HalfRename,
  HeldFile,
  LocalChanges,
  LocalRoom,
  MarkerStatus,
  PlaceOptions,
  PlaceOutcome,
  RenameEnds,
  RenameOutcome,
  ReplaceOutcome,
  ReplaceRequest,
  RootMarker,
  TempFile,
  WholeFile,
} from '../../main/ports/local-files.port.ts';
import { sameFingerprint } from '../../main/core/model/fingerprint.ts';
import type { FakeDisk, FakeFile, FakeFolder, FakeNode } from './fake-disk.ts';
import { baseName, folderOf, systemError } from './fake-disk.ts';
import type { FakePaths, Found } from './fake-local-paths.ts';
import { digestOf, fingerprintOf } from './fake-local-paths.ts';
import { halves, isHalfName, noteHalf } from './fake-half-renames.ts';
import type { Ends, FakeHalf } from './fake-half-renames.ts';

const tempFolder = '.driftless/tmp';
const trashFolder = '.driftless/trash';
const markerPath = '.driftless/root.json';

type Step = (name: string, path: string) => Promise<void>;
type Blocked = { readonly kind: 'blocked'; readonly message: string };
type Entry = Extract<Found, { kind: 'entry' }>;

function blocked(kind: string): Blocked {
  return { kind: 'blocked', message: kind };
}

function withExecutable(mode: number, executable: boolean): number {
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

function isExpected(node: FakeNode, expected: Fingerprint | null): boolean {
  if (expected === null) return node.kind === 'folder';
  return node.kind === 'file' && sameFingerprint(fingerprintOf(node), expected);
}

export class FakeLocalChanges implements LocalChanges {
  readonly #disk: FakeDisk;
  readonly #paths: FakePaths;
  readonly #step: Step;

  constructor(disk: FakeDisk, paths: FakePaths, step: Step) {
    this.#disk = disk;
    this.#paths = paths;
    this.#step = step;
  }

  async createTemp(opId: string): Promise<TempFile> {
    await this.#step('createTemp', opId);
    const folder = this.#disk.makeFolders(tempFolder);
    this.#disk.detach(folder, opId);
    const file = this.#disk.newFile(0o600);
    this.#disk.attach(folder, opId, file);
    return this.#tempFile(opId, folder, file);
  }

  async reopenTemp(name: string): Promise<TempFile | null> {
    await this.#step('reopenTemp', name);
    const folder = this.#disk.makeFolders(tempFolder);
    const file = this.#disk.child(folder, name);
    return file?.kind === 'file' && file.names === 1 ? this.#tempFile(name, folder, file) : null;
  }

  async tryName(name: string): Promise<void> {
    await this.#step('tryName', name);
    const folder = this.#disk.makeFolders(tempFolder);
    if (this.#disk.child(folder, name) !== null) return;
    this.#disk.attach(folder, name, this.#disk.newFile(0o600));
    this.#disk.detach(folder, name);
  }

  #tempFile(name: string, folder: FakeFolder, file: FakeFile): TempFile {
    return {
      name,
      write: async (bytes, position) => {
        await this.#step('write', name);
        const grown = new Uint8Array(Math.max(file.bytes.length, position + bytes.length));
        grown.set(file.bytes);
        grown.set(bytes, position);
        this.#disk.setBytes(file, grown);
      },
      read: async (position, length) => {
        await this.#step('read', name);
        return file.bytes.slice(position, position + length);
      },
      finish: async () => {
        await this.#step('finish', name);
        return { inode: file.inode };
      },
      close: () => this.#step('close', name),
      discard: async () => {
        await this.#step('discard', name);
        this.#disk.detach(folder, name);
      },
    };
  }

  async place(tempName: string, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome> {
    await this.#step('place', path);
    const goal = this.#paths.find(path);
    if (goal.kind !== 'entry') return blocked(goal.kind);
    if (goal.node !== null) return { kind: 'taken' };
    const temp = this.#disk.find(`${tempFolder}/${tempName}`);
    if (temp?.kind !== 'file') throw systemError('ENOENT');
    const replaced = options.replaces === null ? null : this.#disk.find(`${trashFolder}/${options.replaces}`);
    temp.mode = withExecutable(replaced?.kind === 'file' ? replaced.mode & 0o777 : 0o644, options.executable);
    if (options.mtimeNs !== null) {
      temp.mtimeNs = options.mtimeNs - (options.mtimeNs % this.#disk.timeGranularityNs);
    }
    await this.#step('place:dressed', path);
    const placed = await this.#nameAs(this.#disk.folder(tempFolder), tempName, path);
    // A disk that keeps no modes has the bit nowhere but in what was synced.
    const isKept = this.#disk.keepsModes || placed.kind !== 'placed';
    return isKept ? placed : { ...placed, executable: options.executable };
  }

  /** In steps of their own, so that a crash or a refusal may come between any two of them. */
  async placeWhole({ opId, bytes }: WholeFile, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome> {
    const temp = await this.createTemp(opId);
    try {
      await temp.write(bytes, 0);
      await temp.finish();
      return await this.place(opId, path, options);
    } finally {
      await temp.discard();
    }
  }

  /** One after the other. */
  async placeHeld(files: readonly HeldFile[]): Promise<readonly (PlaceOutcome | null)[]> {
    const outcomes: (PlaceOutcome | null)[] = [];
    for (const { held, path, options } of files) outcomes.push(await this.#placeOneHeld(held, path, options));
    return outcomes;
  }

  async #placeOneHeld(
    { opId, bytes }: HeldFile['held'],
    path: RelPath,
    options: PlaceOptions,
  ): Promise<PlaceOutcome | null> {
    try {
      return bytes === null ? null : await this.placeWhole({ opId, bytes }, path, options);
    } catch (error) {
      if (isSyncError(error)) return null;
      throw error;
    }
  }

  /** Nothing is linked or renamed to or from another volume: `EXDEV`. */
  #isElsewhere(entry: Entry): boolean {
    return entry.folder.device !== this.#disk.root.device;
  }

  /** link, then unlink: a crash in between leaves both names. */
  async #nameAs(from: FakeFolder, name: string, path: string): Promise<PlaceOutcome> {
    const goal = this.#paths.find(path);
    if (goal.kind !== 'entry') return blocked(goal.kind);
    if (this.#isElsewhere(goal)) return blocked('EXDEV');
    if (goal.node !== null) return { kind: 'taken' };
    const node = this.#disk.child(from, name);
    if (node?.kind !== 'file') throw systemError('ENOENT');
    if (this.#disk.hardLinks) {
      this.#disk.attach(goal.folder, baseName(path), node);
      await this.#step('linked', path);
      this.#disk.detach(from, name);
    } else this.#disk.move({ folder: from, name }, { folder: goal.folder, name: baseName(path) });
    return { kind: 'placed', ...this.#paths.factsOf(node) };
  }

  #trashNameFor(opId: string): string {
    const date = new Date(this.#disk.nowMs()).toISOString().slice(0, 10);
    const shard = `${date}/${opId.slice(0, 2)}`;
    const folder = this.#disk.makeFolders(`${trashFolder}/${shard}`);
    let name = opId;
    for (let attempt = 1; folder.entries.has(name); attempt++) name = `${opId}.${attempt}`;
    return `${shard}/${name}`;
  }

  async capture(
    path: RelPath,
    expected: { readonly content: ContentId },
    opId: string,
    signal: AbortSignal,
  ): Promise<CaptureOutcome> {
    await this.#step('capture', path);
    const found = this.#paths.find(path);
    if (found.kind === 'missing') return { kind: 'gone' };
    if (found.kind !== 'entry') return blocked(found.kind);
    if (found.node === null) return { kind: 'gone' };
    if (found.node.kind !== 'file') return { kind: 'changed' };
    if (this.#isElsewhere(found)) return blocked('EXDEV');
    const trashName = this.#trashNameFor(opId);
    const trashPath = `${trashFolder}/${trashName}`;
    const trash = { folder: this.#disk.folder(folderOf(trashPath)), name: baseName(trashPath) };
    this.#disk.move({ folder: found.folder, name: found.raw }, trash);
    await this.#step('capture:renamed', path);
    if (!signal.aborted && digestOf(found.node.bytes).content === expected.content) {
      await this.#step('capture:hashed', path);
      return { kind: 'captured', trashName };
    }
    this.#putAnywhere(trash, path);
    signal.throwIfAborted();
    return { kind: 'changed' };
  }

  /** Makes the folder again where the user moved or removed it meanwhile. */
  #putAnywhere(trash: { folder: FakeFolder; name: string }, path: string): void {
    if (this.#paths.find(path).kind === 'missing') this.#disk.makeFolders(folderOf(path));
    const found = this.#paths.find(path);
    if (found.kind !== 'entry') throw systemError('ENOENT');
    let name = found.raw;
    for (let attempt = 1; this.#disk.child(found.folder, name) !== null; attempt++) {
      name = `${baseName(path)} (kept ${trash.name.slice(0, 8)} ${attempt})`;
    }
    this.#disk.move(trash, { folder: found.folder, name });
  }

  /** A second name (or a copy, without links) in the trash, then the new file over the old one in one step. */
  async replace(
    tempName: string,
    path: RelPath,
    request: ReplaceRequest,
    signal: AbortSignal,
  ): Promise<ReplaceOutcome> {
    await this.#step('replace', path);
    const found = this.#paths.find(path);
    if (found.kind === 'missing') return { kind: 'gone' };
    if (found.kind !== 'entry') return blocked(found.kind);
    if (found.node === null) return { kind: 'gone' };
    if (found.node.kind !== 'file') return { kind: 'changed' };
    const old = found.node;
    const trashName = this.#trashNameFor(request.opId);
    const trash = this.#disk.folder(folderOf(`${trashFolder}/${trashName}`));
    const kept = this.#keep(old, trash, baseName(trashName));
    await this.#step('replace:read', path);
    const { bytes } = kept;
    if (signal.aborted || digestOf(bytes).content !== request.expected.content) {
      this.#disk.detach(trash, baseName(trashName));
      signal.throwIfAborted();
      return { kind: 'changed' };
    }
    await this.#step('replace:kept', path);
    request.onKept();
    const outcome = this.#swap(tempName, path, { old, bytes, request, trashName });
    if (outcome.kind !== 'replaced') this.#disk.detach(trash, baseName(trashName));
    await this.#step('replace:done', path);
    return outcome;
  }

  #keep(old: FakeFile, trash: FakeFolder, name: string): FakeFile {
    if (this.#disk.hardLinks) {
      this.#disk.attach(trash, name, old);
      return old;
    }
    const copy = this.#disk.newFile(old.mode);
    this.#disk.setBytes(copy, old.bytes);
    this.#disk.attach(trash, name, copy);
    return copy;
  }

  #swap(
    tempName: string,
    path: RelPath,
    how: {
      readonly old: FakeFile;
      readonly bytes: Uint8Array;
      readonly request: ReplaceRequest;
      readonly trashName: string;
    },
  ): ReplaceOutcome {
    const { old, bytes, request, trashName } = how;
    const now = this.#paths.find(path);
    if (now.kind !== 'entry' || now.node === null) return { kind: 'gone' };
    if (now.node !== old || old.bytes !== bytes) return { kind: 'changed' };
    const tempNode = this.#disk.find(`${tempFolder}/${tempName}`);
    if (tempNode?.kind !== 'file') throw systemError('ENOENT');
    const { mtimeNs, executable } = request;
    // Across mounts it is a copy that takes the name.
    tempNode.mode = withExecutable(old.mode & 0o777, executable);
    if (mtimeNs !== null) tempNode.mtimeNs = mtimeNs - (mtimeNs % this.#disk.timeGranularityNs);
    this.#disk.detach(now.folder, now.raw);
    this.#disk.move(
      { folder: this.#disk.folder(tempFolder), name: tempName },
      { folder: now.folder, name: now.raw },
    );
    const facts = this.#paths.factsOf(tempNode);
    return {
      kind: 'replaced',
      trashName,
      ...facts,
      executable: this.#disk.keepsModes ? facts.executable : executable,
    };
  }

  async findCaptured(opId: string): Promise<string | null> {
    await this.#step('findCaptured', opId);
    const trash = this.#disk.find(trashFolder);
    if (trash?.kind !== 'folder') return null;
    const shard = opId.slice(0, 2);
    for (const date of [...trash.entries.keys()].toSorted().toReversed()) {
      const folder = this.#disk.find(`${trashFolder}/${date}/${shard}`);
      if (folder?.kind !== 'folder') continue;
      const names = [...folder.entries.keys()].filter((name) => name === opId || name.startsWith(`${opId}.`));
      const newest = names.toSorted().at(-1);
      if (newest !== undefined) return `${date}/${shard}/${newest}`;
    }
    return null;
  }

  async putBack(trashName: string, path: RelPath): Promise<PlaceOutcome> {
    await this.#step('putBack', path);
    const trashPath = `${trashFolder}/${trashName}`;
    const kept = this.#disk.find(trashPath);
    const there = this.#paths.find(path);
    if (kept?.kind === 'file' && there.kind === 'entry' && there.node?.kind === 'file') {
      if (digestOf(kept.bytes).content !== digestOf(there.node.bytes).content) return { kind: 'taken' };
      const facts = this.#paths.factsOf(there.node);
      this.#disk.detach(this.#disk.folder(folderOf(trashPath)), baseName(trashPath));
      return { kind: 'placed', ...facts };
    }
    return this.#nameAs(this.#disk.folder(folderOf(trashPath)), baseName(trashPath), path);
  }

  async rename(from: RelPath, to: RelPath, expected: Fingerprint | null): Promise<RenameOutcome> {
    await this.#step('rename', from);
    const source = this.#paths.find(from);
    if (source.kind === 'missing') return { kind: 'gone' };
    if (source.kind !== 'entry') return blocked(source.kind);
    if (source.node === null) return { kind: 'gone' };
    if (!isExpected(source.node, expected)) return { kind: 'changed' };
    const goal = this.#paths.find(to);
    if (goal.kind !== 'entry') return blocked(goal.kind);
    const isRespelling =
      goal.node === source.node && foldName(from) === foldName(to) && !this.#disk.caseSensitive;
    if (goal.node !== null && !isRespelling) return { kind: 'taken' };
    if (this.#isElsewhere(source) || this.#isElsewhere(goal)) return blocked('EXDEV');
    if (this.#disk.isUnmovable(source.node)) return blocked('EXDEV');
    if (source.node.kind === 'file' && this.#disk.renamesByLinks && goal.node === null) {
      const outcome = await this.#moveByLinks({ ...source, node: source.node }, goal, { from, to });
      if (outcome !== null) return outcome;
    } else
      this.#disk.move(
        { folder: source.folder, name: source.raw },
        { folder: goal.folder, name: baseName(to) },
      );
    await this.#step('rename:done', to);
    return { kind: 'renamed', cell: this.#paths.look(to) };
  }

  /** Link, then unlink. Null where it is renamed; where the user renamed one of the two names meanwhile, the other one goes. */
  async #moveByLinks(
    source: Entry & { readonly node: FakeFile },
    goal: Entry,
    ends: Ends,
  ): Promise<Extract<RenameOutcome, { kind: 'gone' | 'blocked' }> | null> {
    const { node } = source;
    const namesBefore = node.names;
    const record = noteHalf(this.#disk, ends, node);
    this.#disk.attach(goal.folder, baseName(ends.to), node);
    await this.#step('linked', ends.to);
    const [old, fresh] = [this.#at(ends.from), this.#at(ends.to)];
    if (old === null && fresh === null) return { kind: 'gone' };
    if (record !== null) this.#disk.remove(`${tempFolder}/${record}`);
    if (old !== null && fresh !== null) {
      if (old.node === node && fresh.node === node) this.#disk.detach(old.folder, old.raw);
      return null;
    }
    const left = old ?? fresh;
    const isSpare = record !== null && left?.node === node && node.names === namesBefore + 1;
    if (isSpare) this.#disk.detach(left.folder, left.raw);
    if (isSpare) return { kind: 'gone' };
    return fresh === null ? blocked('ENOENT') : null;
  }

  /** Null where nothing is. */
  #at(path: RelPath): (Entry & { readonly node: FakeNode }) | null {
    const found = this.#paths.find(path);
    return found.kind === 'entry' && found.node !== null ? { ...found, node: found.node } : null;
  }

  async halfRenames(): Promise<readonly HalfRename[]> {
    const found = halves(this.#disk);
    if (found.length > 0) await this.#step('halfRenames', '');
    return found.map(({ id, from, to, inode, names }) => ({ id, from, to, inode, names: BigInt(names) }));
  }

  async finishRename(id: string, names: RenameEnds | null): Promise<boolean> {
    await this.#step('finishRename', id);
    const record = halves(this.#disk).find((one) => one.id === id);
    if (record === undefined) return false;
    const stale = names === null ? null : this.#provenName(names.stale, record);
    const isHalf = names !== null && stale !== null && this.#provenName(names.kept, record) !== null;
    if (isHalf) this.#disk.detach(stale.folder, stale.raw);
    this.#disk.remove(`${tempFolder}/${id}`);
    await this.#step('finishRename:done', id);
    return isHalf;
  }

  #provenName(path: RelPath, { inode, names }: FakeHalf): Entry | null {
    const found = this.#paths.find(path);
    if (found.kind !== 'entry' || found.node?.kind !== 'file') return null;
    return found.node.inode === inode && found.node.names === names + 1 ? found : null;
  }

  async makeFolder(path: RelPath): Promise<FolderOutcome> {
    await this.#step('makeFolder', path);
    const found = this.#paths.find(path);
    if (found.kind !== 'entry') return blocked(found.kind);
    if (found.node === null) {
      this.#disk.attach(found.folder, baseName(path), this.#disk.newFolder(found.folder.device));
    }
    const cell: LocalCell = this.#paths.look(path);
    return cell.state === 'present' && cell.kind === 'folder' ? { kind: 'done', cell } : blocked('taken');
  }

  async removeFolder(path: RelPath): Promise<FolderOutcome> {
    await this.#step('removeFolder', path);
    const found = this.#paths.find(path);
    if (found.kind === 'missing') return { kind: 'gone' };
    if (found.kind !== 'entry') return blocked(found.kind);
    if (found.node === null) return { kind: 'gone' };
    if (found.node.kind !== 'folder') return blocked('not a folder');
    if (found.node.entries.size > 0) return { kind: 'not-empty' };
    this.#disk.detach(found.folder, found.raw);
    return { kind: 'done', cell: { state: 'absent' } };
  }

  async sweep(keepTemp: ReadonlySet<string>, purgeTrash: readonly string[]): Promise<void> {
    await this.#step('sweep', '');
    const temp = this.#disk.find(tempFolder);
    if (temp?.kind === 'folder') {
      for (const name of [...temp.entries.keys()])
        if (!keepTemp.has(name) && !isHalfName(name)) this.#disk.detach(temp, name);
    }
    for (const name of purgeTrash) this.#disk.remove(`${trashFolder}/${name}`);
  }
}

export class FakeLocalRoom implements LocalRoom {
  readonly #disk: FakeDisk;
  readonly #step: Step;

  constructor(disk: FakeDisk, step: Step) {
    this.#disk = disk;
    this.#step = step;
  }

  async learnDisk(): Promise<DiskTraits> {
    await this.#step('learnDisk', '');
    return this.#disk.traits();
  }

  async readMarker(): Promise<MarkerStatus> {
    await this.#step('readMarker', '');
    const text = this.#disk.read(markerPath);
    if (text === null) return { kind: 'missing' };
    try {
      const marker = JSON.parse(text) as Partial<RootMarker>;
      const { spaceId, stateId, deviceId, generation } = marker;
      if (
        spaceId === undefined ||
        stateId === undefined ||
        deviceId === undefined ||
        generation === undefined
      ) {
        return { kind: 'unreadable', message: 'not a marker' };
      }
      return { kind: 'present', marker: { spaceId, stateId, deviceId, generation } };
    } catch (error) {
      return { kind: 'unreadable', message: String(error) };
    }
  }

  async writeMarker(marker: RootMarker): Promise<void> {
    await this.#step('writeMarker', '');
    // Atomic like the real one: a full disk leaves the old marker.
    this.#disk.write(`${markerPath}.new`, JSON.stringify(marker));
    this.#disk.rename(`${markerPath}.new`, markerPath);
  }
}
