// Local names on a case-insensitive disk: maps listed spellings to the known rows.
// Such a disk finds an entry under every spelling and lists it under one. The engine identifies an entry by
// the path as the bucket spells it, so each listed name is mapped to the row it belongs to, and a path that
// resolves to another row's entry is absent.
import type { LocalCell, RelPath } from '../../core/model/model.ts';
import { foldName, joinPath, nameOf, parentOf, rootPath } from '../../core/model/path.ts';
import type {
  DirListing,
  DiskTraits,
  HeldPath,
  LocalChanges,
  LocalFiles,
  OpenOutcome,
  RenameOutcome,
  ScannedEntry,
} from '../../ports/local-files.port.ts';
import type { HeldRead } from '../../ports/remote-objects.port.ts';
import type { KnownNames, PairContext } from '../context.ts';
import type { SyncState } from '../../ports/sync-state.port.ts';

type Rows = Pick<SyncState, 'entry' | 'children'>;

/** Returns `context` unchanged if the disk is case-sensitive and keeps modes. */
export function withDisk(context: PairContext, disk: DiskTraits): PairContext {
  if (disk.caseSensitive && disk.keepsModes) return context;
  const names = new FoldedNames(context.files, context.store, disk);
  const files: LocalFiles = {
    rootStatus: () => context.files.rootStatus(),
    list: (dirs, signal) => names.list(dirs, signal),
    look: (path) => names.look(path),
    hash: (path, signal) => context.files.hash(path, signal),
    hashBoth: (path, signal) => context.files.hashBoth(path, signal),
    open: (path) => names.open(path),
    readHeld: (asked) => names.readHeld(asked),
    readSmall: (path, maxBytes) => context.files.readSmall(path, maxBytes),
  };
  const changes = new Proxy(context.changes, {
    get: (target, key) => {
      if (key === 'rename') return renaming(target, names);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    ...context,
    // Read through, because the abilities are probed again at run time.
    get abilities() {
      return context.abilities;
    },
    files,
    changes,
    ...(disk.caseSensitive ? {} : { names }),
  };
}

function renaming(changes: LocalChanges, names: FoldedNames): LocalChanges['rename'] {
  return async (from, to, expected): Promise<RenameOutcome> => {
    const outcome = await changes.rename(from, to, expected);
    return outcome.kind === 'renamed' ? { ...outcome, cell: names.withMode(outcome.cell, from) } : outcome;
  };
}

class FoldedNames implements KnownNames {
  readonly #files: LocalFiles;
  readonly #rows: Rows;
  readonly #disk: DiskTraits;
  /** Names of rows by directory and case fold, until `refresh`. */
  readonly #spellings = new Map<RelPath, ReadonlyMap<string, readonly RelPath[]>>();

  constructor(files: LocalFiles, rows: Rows, disk: DiskTraits) {
    this.#files = files;
    this.#rows = rows;
    this.#disk = disk;
  }

  refresh(): void {
    this.#spellings.clear();
  }

  /** A disk without modes gives no executable bit: keep the synced one. */
  withMode(cell: LocalCell, path: RelPath): LocalCell {
    if (this.#disk.keepsModes || cell.state !== 'present' || cell.kind !== 'file') return cell;
    const { base } = this.#rows.entry(path);
    return base?.kind === 'file' && base.executable ? { ...cell, executable: true } : cell;
  }

  #rivals(dir: RelPath, name: string): readonly RelPath[] {
    let groups = this.#spellings.get(dir);
    if (groups === undefined) {
      const paths = this.#rows.children(dir).map((row) => row.path);
      groups = Map.groupBy(paths, (path) => foldName(nameOf(path)));
      this.#spellings.set(dir, groups);
    }
    return groups.get(foldName(name)) ?? [];
  }

  /** Row of the entry listed as `raw`; `raw` itself if it is new, or its letter case was changed. */
  #owner(dir: RelPath, raw: string): RelPath {
    const own = joinPath(dir, raw.normalize('NFC'));
    const rows = this.#rivals(dir, raw).map((path) => this.#rows.entry(path));
    if (rows.length === 0 || (rows.length === 1 && rows[0]?.path === own)) return own;
    const here = rows.filter(({ local }) => local.state === 'present');
    const { keepsSpelling } = this.#disk;
    const sameSpelling = here.find(({ local }) => local.state === 'present' && local.rawName === raw);
    if (sameSpelling !== undefined) return sameSpelling.path;
    // If the disk chooses the listed spelling itself, a listing cannot show a rename.
    if (!keepsSpelling && here[0] !== undefined) return here[0].path;
    if (!keepsSpelling) {
      const synced = rows.find(({ base }) => base !== null);
      if (synced !== undefined) return synced.path;
    }
    const exact = rows.find(({ path }) => path === own);
    if (exact !== undefined && (exact.base !== null || exact.remote.state !== 'absent')) return own;
    // Present remotely in another spelling and not yet here: keep the bucket's spelling.
    const there = rows.find(
      ({ base, local, remote }) => base === null && local.state === 'absent' && remote.state === 'present',
    );
    return there?.path ?? own;
  }

  /** True if every folder above `path` resolves to that same row's entry. */
  async #leadsTo(path: RelPath): Promise<boolean> {
    for (let dir = parentOf(path); dir !== rootPath; dir = parentOf(dir)) {
      const rivals = this.#rivals(parentOf(dir), nameOf(dir));
      const isAlone = rivals.length === 0 || (rivals.length === 1 && rivals[0] === dir);
      if (!isAlone && (await this.#lookHere(dir)).state === 'absent') return false;
    }
    return true;
  }

  async #lookHere(path: RelPath): Promise<LocalCell> {
    const cell = await this.#files.look(path);
    if (cell.state !== 'present' || this.#disk.caseSensitive) return cell;
    return this.#owner(parentOf(path), cell.rawName) === path ? cell : { state: 'absent' };
  }

  async look(path: RelPath): Promise<LocalCell> {
    const cell = await this.#lookHere(path);
    if (cell.state === 'present' && !this.#disk.caseSensitive && !(await this.#leadsTo(path))) {
      return { state: 'absent' };
    }
    return this.withMode(cell, path);
  }

  async open(path: RelPath): Promise<OpenOutcome> {
    const outcome = await this.#files.open(path);
    if (outcome.kind !== 'open' || this.#disk.keepsModes) return outcome;
    const { reader } = outcome;
    return {
      kind: 'open',
      reader: {
        fingerprint: reader.fingerprint,
        executable: this.#wasExecutable(path),
        ...(reader.content === undefined ? {} : { content: reader.content }),
        read: (position, length, into) => reader.read(position, length, into),
        isUnchanged: () => reader.isUnchanged(),
        ...(reader.digestParts === undefined ? {} : { digestParts: reader.digestParts.bind(reader) }),
        close: () => reader.close(),
      },
    };
  }

  async readHeld(files: readonly HeldPath[]): Promise<readonly (HeldRead | null)[]> {
    const reads = await this.#files.readHeld(files);
    if (this.#disk.keepsModes) return reads;
    return files.map(({ path }, index) => {
      const read = reads[index] ?? null;
      return read === null ? null : { ...read, executable: this.#wasExecutable(path) };
    });
  }

  #wasExecutable(path: RelPath): boolean {
    const { base } = this.#rows.entry(path);
    return base?.kind === 'file' && base.executable;
  }

  async *list(dirs: readonly RelPath[], signal: AbortSignal): AsyncIterable<DirListing> {
    this.refresh();
    for await (const listing of this.#files.list(dirs, signal)) {
      if (listing.kind !== 'listed') yield listing;
      else yield { ...listing, entries: this.#owned(listing.dir, listing.entries) };
    }
  }

  #owned(dir: RelPath, entries: readonly ScannedEntry[]): readonly ScannedEntry[] {
    if (this.#disk.caseSensitive) {
      return entries.map(({ path, cell }) => ({ path, cell: this.withMode(cell, path) }));
    }
    const taken = new Set(entries.map(({ path }) => path));
    return entries.map(({ path, cell }) => {
      const raw = cell.state === 'present' ? cell.rawName : nameOf(path);
      const owner = this.#owner(dir, raw);
      // Two entries with one fold by our rules but not by the disk's: each keeps its own name.
      const known = owner !== path && taken.has(owner) ? path : owner;
      taken.add(known);
      return { path: known, cell: this.withMode(cell, known) };
    });
  }

  async knownPath(path: RelPath): Promise<RelPath> {
    let known: RelPath = rootPath;
    for (const name of path.split('/')) {
      const asked = joinPath(known, name);
      const cell = await this.#files.look(asked);
      known = cell.state === 'present' ? this.#owner(known, cell.rawName) : this.#departed(known, name);
    }
    return known;
  }

  /** The row of an entry that went: the disk tells of it in its own spelling, which may not be the bucket's. */
  #departed(dir: RelPath, name: string): RelPath {
    const asked = joinPath(dir, name);
    const rivals = this.#rivals(dir, name);
    if (rivals.includes(asked)) return asked;
    return rivals.find((path) => this.#rows.entry(path).local.state === 'present') ?? asked;
  }
}
