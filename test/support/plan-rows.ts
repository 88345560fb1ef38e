// Rows for tests of the planner, in few words: `row('a', inSync('x'), ...)`.
import type {
  BaseCell,
  BaseFile,
  ContentId,
  Entry,
  Etag,
  Fingerprint,
  LocalCell,
  LocalFile,
  ObjectKey,
  Op,
  RelPath,
  RemoteCell,
  RemoteFile,
  UnknownReason,
} from '../../main/core/model/model.ts';
import type { Plan, PlanInput, PlanPolicy } from '../../main/core/plan/types.ts';
import { isSettled } from '../../main/core/model/settled.ts';
import { plan } from '../../main/core/plan/plan.ts';
import { parentOf, relPath } from '../../main/core/model/path.ts';
import { answersUnsynced } from './unsynced-rows.ts';

export const plainPolicy: PlanPolicy = {
  mode: 'two-way',
  propagateDeletes: false,
  caseSensitive: true,
  windowsNames: false,
  dateLabel: '2026-11-22',
  deviceName: 'laptop',
  localComplete: true,
  remoteComplete: true,
  changing: new Set(),
  held: () => false,
  running: () => false,
  serverCopy: true,
  movesOver: true,
};

export const absent = { state: 'absent' } as const;
export const unknown = (reason: UnknownReason = 'ignored'): { state: 'unknown'; reason: UnknownReason } => ({
  state: 'unknown',
  reason,
});
export const contentOf = (text: string): ContentId => `${text}-content` as ContentId;
export const etagOf = (text: string): Etag => `${text}-etag` as Etag;

/** `inode` 1 is the file that base knows; the size is the text's length. */
export function print(text: string, inode = 1n): Fingerprint {
  return { sizeBytes: text.length, mtimeNs: BigInt(text.length), ctimeNs: 1n, inode };
}

/** A local file with these bytes; `unhashed` where only size and times are known. */
export function here(
  text: string,
  options: { readonly unhashed?: boolean; readonly inode?: bigint } = {},
): LocalFile {
  return {
    state: 'present',
    kind: 'file',
    rawName: 'name',
    fingerprint: print(text, options.inode),
    content: options.unhashed === true ? null : contentOf(text),
    executable: false,
  };
}

/** A remote file with these bytes; its version is another one for other bytes. */
export function there(
  text: string,
  options: { readonly unread?: boolean; readonly etag?: string } = {},
): RemoteFile {
  return {
    state: 'present',
    kind: 'file',
    rawKey: 'key' as ObjectKey,
    etag: etagOf(options.etag ?? text),
    sizeBytes: text.length,
    content: options.unread === true ? null : contentOf(text),
  };
}

export function baseOf(text: string, inode = 1n): BaseFile {
  return {
    kind: 'file',
    content: contentOf(text),
    sizeBytes: text.length,
    etag: etagOf(text),
    fingerprint: print(text, inode),
    executable: false,
  };
}

export const folderBase = (inode = 100n): BaseCell => ({ kind: 'folder', inode });
export const folderHere = (inode = 100n): LocalCell => ({
  state: 'present',
  kind: 'folder',
  rawName: 'name',
  inode,
});
export const folderThere: RemoteCell = { state: 'present', kind: 'folder', marker: null };
export const markedFolder: RemoteCell = {
  state: 'present',
  kind: 'folder',
  marker: { rawKey: 'key/' as ObjectKey, etag: 'marker-etag' as Etag },
};

export function row(path: string, cells: { base?: BaseCell; local?: LocalCell; remote?: RemoteCell }): Entry {
  return {
    path: relPath(path),
    base: cells.base ?? null,
    local: cells.local ?? absent,
    remote: cells.remote ?? absent,
  };
}

export function inputOf(rows: readonly Entry[], policy: Partial<PlanPolicy> = {}): PlanInput {
  const byPath = new Map(rows.map((entry) => [entry.path, entry]));
  const children = Map.groupBy(rows, (entry) => parentOf(entry.path));
  const count = (dir: RelPath, side: 'local' | 'remote', state: string): number =>
    (children.get(dir) ?? []).filter((entry) => entry[side].state === state).length;
  return {
    entries: rows.filter((entry) => !isSettled(entry)),
    policy: { ...plainPolicy, ...policy },
    lookups: {
      entry: (path) => byPath.get(path) ?? row(path, {}),
      children: (dir) => children.get(dir) ?? [],
      summary: (dir) => ({
        localPresent: count(dir, 'local', 'present'),
        localUnknown: count(dir, 'local', 'unknown'),
        remotePresent: count(dir, 'remote', 'present'),
        remoteUnknown: count(dir, 'remote', 'unknown'),
      }),
      findUnsynced: (query) => rows.filter((entry) => answersUnsynced(entry, query)),
      findBaseFolders: (inode) => rows.filter(({ base }) => base?.kind === 'folder' && base.inode === inode),
    },
  };
}

/** One line for each operation, wave by wave: `remove-local a`, `move-remote a -> b`. */
export function wavesOf(made: Plan): readonly (readonly string[])[] {
  return made.waves.map((wave) => wave.map(lineOf));
}

export function planned(
  rows: readonly Entry[],
  policy: Partial<PlanPolicy> = {},
): readonly (readonly string[])[] {
  return wavesOf(plan(inputOf(rows, policy)));
}

function lineOf(op: Op): string {
  if (op.kind === 'move-local' || op.kind === 'move-remote') return `${op.kind} ${op.from} -> ${op.path}`;
  if (op.kind === 'set-aside') return `${op.kind} ${op.path} -> ${op.to}`;
  return `${op.kind} ${op.path}`;
}
