// Turns the three cells of a row into columns and back.
import type {
  Absent,
  BaseCell,
  ContentId,
  Entry,
  Etag,
  Fingerprint,
  LocalCell,
  ObjectKey,
  RemoteCell,
  Trace,
  Unknown,
  UnknownReason,
} from '../../core/model/model.ts';
import { isSettled } from '../../core/model/settled.ts';

export type Cell = string | bigint | null;
export type Side = 'base' | 'local' | 'remote';

const baseColumns = ['b_kind', 'b_content', 'b_size', 'b_etag', 'b_mtime', 'b_ctime', 'b_inode', 'b_exec'];
const localColumns = [
  'l_state',
  'l_reason',
  'l_raw',
  'l_size',
  'l_mtime',
  'l_ctime',
  'l_inode',
  'l_content',
  'l_exec',
];
const remoteColumns = ['r_state', 'r_reason', 'r_key', 'r_etag', 'r_size', 'r_content'];

export const columnsOf: Readonly<Record<Side, readonly string[]>> = {
  base: baseColumns,
  local: localColumns,
  remote: remoteColumns,
};

/** What every row query selects, in the order that `readRow` expects; statements run with bigints and arrays. */
export const rowColumns = ['id', 'parent', 'name', ...baseColumns, ...localColumns, ...remoteColumns].join(
  ', ',
);
const baseAt = 3;
const localAt = baseAt + baseColumns.length;
const remoteAt = localAt + localColumns.length;

export type Row = {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly base: BaseCell | null;
  readonly local: LocalCell;
  readonly remote: RemoteCell;
};

const absentState = 0n;
const fileState = 1n;
const folderState = 2n;
const unknownState = 3n;

export const absent = { state: 'absent' } as const;

function text(value: Cell | undefined): string {
  return typeof value === 'string' ? value : '';
}
function big(value: Cell | undefined): bigint {
  return typeof value === 'bigint' ? value : 0n;
}
function number(value: Cell | undefined): number {
  return typeof value === 'bigint' ? Number(value) : 0;
}
/** SQLite integers are signed; some file systems use all 64 bits of an inode number. */
function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
function unsigned(value: Cell | undefined): bigint {
  return BigInt.asUintN(64, big(value));
}
function contentOrNull(value: Cell | undefined): ContentId | null {
  return typeof value === 'string' ? (value as ContentId) : null;
}

/** @param at where its times begin */
function fingerprint(size: Cell | undefined, row: readonly Cell[], at: number): Fingerprint {
  return {
    sizeBytes: number(size),
    mtimeNs: big(row[at]),
    ctimeNs: big(row[at + 1]),
    inode: unsigned(row[at + 2]),
  };
}

function readBase(row: readonly Cell[]): BaseCell | null {
  const kind = row[baseAt];
  if (kind === folderState) return { kind: 'folder', inode: unsigned(row[baseAt + 6]) };
  if (kind !== fileState) return null;
  return {
    kind: 'file',
    content: text(row[baseAt + 1]) as ContentId,
    sizeBytes: number(row[baseAt + 2]),
    etag: text(row[baseAt + 3]) as Etag,
    fingerprint: fingerprint(row[baseAt + 2], row, baseAt + 4),
    executable: row[baseAt + 7] === 1n,
  };
}

/** A file has a size, a folder none. */
function readTrace(size: Cell | undefined, inode: Cell | undefined): Trace | null {
  if (typeof inode !== 'bigint') return null;
  if (typeof size !== 'bigint') return { kind: 'folder', inode: unsigned(inode) };
  return { kind: 'file', inode: unsigned(inode), sizeBytes: Number(size) };
}

function readLocal(row: readonly Cell[]): LocalCell {
  const state = row[localAt];
  if (state === absentState) return absent;
  if (state === unknownState) {
    const reason = text(row[localAt + 1]) as UnknownReason;
    const trace = readTrace(row[localAt + 3], row[localAt + 6]);
    return trace === null ? { state: 'unknown', reason } : { state: 'unknown', reason, trace };
  }
  const rawName = text(row[localAt + 2] ?? row[2]);
  if (state === folderState) {
    return { state: 'present', kind: 'folder', rawName, inode: unsigned(row[localAt + 6]) };
  }
  return {
    state: 'present',
    kind: 'file',
    rawName,
    fingerprint: fingerprint(row[localAt + 3], row, localAt + 4),
    content: contentOrNull(row[localAt + 7]),
    executable: row[localAt + 8] === 1n,
  };
}

/** The remote columns in order, from `at` on; also used for staged sightings. */
export function readRemote(values: readonly Cell[], at = 0): RemoteCell {
  const state = values[at];
  if (state === absentState) return absent;
  if (state === unknownState) {
    const cell = { state: 'unknown', reason: text(values[at + 1]) as UnknownReason } as const;
    return values[at + 3] === null ? cell : { ...cell, etag: text(values[at + 3]) as Etag };
  }
  const rawKey = text(values[at + 2]) as ObjectKey;
  const etag = text(values[at + 3]) as Etag;
  if (state === folderState) {
    return { state: 'present', kind: 'folder', marker: values[at + 2] === null ? null : { rawKey, etag } };
  }
  return {
    state: 'present',
    kind: 'file',
    rawKey,
    etag,
    sizeBytes: number(values[at + 4]),
    content: contentOrNull(values[at + 5]),
  };
}

export function readRow(row: readonly Cell[]): Row {
  return {
    id: number(row[0]),
    parent: number(row[1]),
    name: text(row[2]),
    base: readBase(row),
    local: readLocal(row),
    remote: readRemote(row, remoteAt),
  };
}

/**
 * The base's file size stands once: the port lets `sizeBytes` and `fingerprint.sizeBytes` differ in theory, but a fingerprint is of the
 * bytes that base describes.
 */
export function writeBase(cell: BaseCell | null): readonly Cell[] {
  if (cell === null) return [absentState, null, null, null, null, null, null, null];
  if (cell.kind === 'folder') return [folderState, null, null, null, null, null, signed(cell.inode), null];
  const { mtimeNs, ctimeNs, inode } = cell.fingerprint;
  return [
    fileState,
    cell.content,
    BigInt(cell.sizeBytes),
    cell.etag,
    mtimeNs,
    ctimeNs,
    signed(inode),
    cell.executable ? 1n : 0n,
  ];
}

export function writeLocal(cell: LocalCell, name: string): readonly Cell[] {
  if (cell.state === 'absent') return [absentState, null, null, null, null, null, null, null, null];
  if (cell.state === 'unknown') {
    const { trace } = cell;
    const size = trace?.kind === 'file' ? BigInt(trace.sizeBytes) : null;
    const inode = trace === undefined ? null : signed(trace.inode);
    return [unknownState, cell.reason, null, size, null, null, inode, null, null];
  }
  const raw = cell.rawName === name ? null : cell.rawName;
  if (cell.kind === 'folder') {
    return [folderState, null, raw, null, null, null, signed(cell.inode), null, null];
  }
  const { sizeBytes, mtimeNs, ctimeNs, inode } = cell.fingerprint;
  const exec = cell.executable ? 1n : 0n;
  return [fileState, null, raw, BigInt(sizeBytes), mtimeNs, ctimeNs, signed(inode), cell.content, exec];
}

export function writeRemote(cell: RemoteCell): readonly Cell[] {
  if (cell.state === 'absent') return [absentState, null, null, null, null, null];
  if (cell.state === 'unknown') return [unknownState, cell.reason, null, cell.etag ?? null, null, null];
  if (cell.kind === 'folder') {
    const { marker } = cell;
    return [folderState, null, marker?.rawKey ?? null, marker?.etag ?? null, null, null];
  }
  return [fileState, null, cell.rawKey, cell.etag, BigInt(cell.sizeBytes), cell.content];
}

/** The columns of all three. */
export function writeCells(cells: Pick<Row, 'base' | 'local' | 'remote'>, name: string): readonly Cell[] {
  return writeBase(cells.base).concat(writeLocal(cells.local, name), writeRemote(cells.remote));
}

/** The row as a query would read it back with these columns of its cells. */
export function rewriteRow({ id, parent, name }: Row, columns: readonly Cell[]): Row {
  const place: readonly Cell[] = [BigInt(id), BigInt(parent), name];
  return readRow(place.concat(columns));
}

/** True when the row says nothing: it stands only for what is below it. */
export function isEmptyRow(row: Pick<Row, 'base' | 'local' | 'remote'>): boolean {
  return row.base === null && row.local.state === 'absent' && row.remote.state === 'absent';
}

const noFingerprint: Fingerprint = { sizeBytes: 0, mtimeNs: 0n, ctimeNs: 0n, inode: 0n };

function flagCell(state: unknown, reason: unknown): Absent | Unknown | null {
  if (state === 0) return absent;
  if (state === 3) return { state: 'unknown', reason: (reason ?? 'ignored') as UnknownReason };
  return null;
}

/** `isSettled` as an SQL function, for changes of many rows at once; only what `isSettled` looks at is filled in. */
export function unsettledFlag(...values: unknown[]): number {
  const [baseKind, baseContent, baseEtag, localState, localContent, remoteState, remoteEtag, remoteReason] =
    values;
  const base: BaseCell | null =
    baseKind === 2
      ? { kind: 'folder', inode: 0n }
      : baseKind === 1
        ? {
            kind: 'file',
            content: baseContent as ContentId,
            sizeBytes: 0,
            etag: baseEtag as Etag,
            fingerprint: noFingerprint,
            executable: false,
          }
        : null;
  const localContentId = localContent as ContentId | null;
  const local: LocalCell =
    flagCell(localState, null) ??
    (localState === 2
      ? { state: 'present', kind: 'folder', rawName: '', inode: 0n }
      : {
          state: 'present',
          kind: 'file',
          rawName: '',
          fingerprint: noFingerprint,
          content: localContentId,
          executable: false,
        });
  const remote: RemoteCell =
    flagCell(remoteState, remoteReason) ??
    (remoteState === 2
      ? { state: 'present', kind: 'folder', marker: null }
      : {
          state: 'present',
          kind: 'file',
          rawKey: '' as ObjectKey,
          etag: remoteEtag as Etag,
          sizeBytes: 0,
          content: null,
        });
  return isSettled({ base, local, remote }) ? 0 : 1;
}

/** The arguments of `unsettledFlag` with some of them replaced by what a statement is about to set. */
export function unsettledSql(next: {
  readonly local?: string;
  readonly remote?: string;
  readonly base?: string;
}): string {
  const base = next.base ?? 'b_kind, b_content, b_etag';
  const local = next.local ?? 'l_state, l_content';
  const remote = next.remote ?? 'r_state, r_etag, r_reason';
  return `unsettled_flag(${base}, ${local}, ${remote})`;
}

export function toEntry(row: Row, path: Entry['path']): Entry {
  return { path, base: row.base, local: row.local, remote: row.remote };
}
