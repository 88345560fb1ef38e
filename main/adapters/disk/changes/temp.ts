// Temporary files of downloads: private, exclusive, written by position, sparse where the content is zero.
import type { FileHandle } from 'node:fs/promises';
import { constants, fstatSync } from 'node:fs';
import { open, rm, unlink } from '../../shares/calls.ts';
import { join } from 'node:path';
import { SyncError } from '../../../core/model/errors.ts';
import type { TempFile } from '../../../ports/local-files.port.ts';
import { isErrno, onDisk } from '../errors.ts';
import { ensureRoom, tempFolder } from './own-folder.ts';

const blockBytes = 4096;
const zeroBlock = Buffer.alloc(blockBytes);
/** Reads and writes a file that is there; never follows a link. */
export const openForChange = constants.O_RDWR | constants.O_NOFOLLOW;
/** Reads and writes a file of our own that is not there yet; never follows a link. */
export const createExclusive = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Names made by the engine only: an op id, never something that could leave the folder. */
export function checkOwnName(name: string): string {
  if (/^[0-9A-Za-z][0-9A-Za-z.-]{0,99}$/u.test(name)) return name;
  throw new SyncError({ code: 'local-misuse', retry: 'slow', scope: 'item', message: 'not a name of ours' });
}

type Run = { readonly start: number; readonly end: number };

/** The stretches of `bytes` that must be written when blocks of zeros, aligned in the file, may stay holes. */
function* solidRuns(bytes: Uint8Array, position: number): Iterable<Run> {
  let start = -1;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + blockBytes - ((position + at) % blockBytes));
    const isZero = bytes[at] === 0 && zeroBlock.compare(bytes, at, end, 0, end - at) === 0;
    if (isZero && start >= 0) {
      yield { start, end: at };
      start = -1;
    } else if (!isZero && start < 0) start = at;
    at = end;
  }
  if (start >= 0) yield { start, end: bytes.length };
}

class NodeTempFile implements TempFile {
  readonly name: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Nothing was written from here on: there a zero needs no writing. */
  #untouchedFrom: number;
  /** Where what was really written ends. */
  #solidTo: number;
  #isOpen = true;

  constructor(name: string, path: string, handle: FileHandle, untouchedFrom = 0) {
    this.#untouchedFrom = untouchedFrom;
    this.#solidTo = untouchedFrom;
    this.name = name;
    this.#path = path;
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    const mayHole = position >= this.#untouchedFrom;
    this.#untouchedFrom = Math.max(this.#untouchedFrom, position + bytes.length);
    await onDisk('write a temporary file', async () => {
      const runs = mayHole ? solidRuns(bytes, position) : [{ start: 0, end: bytes.length }];
      for (const { start, end } of runs) await this.#writeAll(bytes, { start, end }, position);
    });
  }

  async #writeAll(bytes: Uint8Array, { start, end }: Run, position: number): Promise<void> {
    for (let at = start; at < end;) {
      const { bytesWritten } = await this.#handle.write(bytes, at, end - at, position + at);
      at += bytesWritten;
    }
    this.#solidTo = Math.max(this.#solidTo, position + end);
  }

  async finish(): Promise<{ readonly inode: bigint }> {
    return onDisk('finish a temporary file', async () => {
      // A hole at the end has no bytes yet that give the file its length.
      if (this.#solidTo < this.#untouchedFrom) await this.#handle.truncate(this.#untouchedFrom);
      // In memory already: a round through the thread pool would cost more.
      const { ino } = fstatSync(this.#handle.fd, { bigint: true });
      await this.#close();
      return { inode: ino };
    });
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    return onDisk('read a temporary file', async () => {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await this.#handle.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    });
  }

  async close(): Promise<void> {
    await onDisk('close a temporary file', async () => {
      if (this.#isOpen && this.#solidTo < this.#untouchedFrom)
        await this.#handle.truncate(this.#untouchedFrom);
      await this.#close();
    });
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#handle.close();
  }

  async discard(): Promise<void> {
    await onDisk('discard a temporary file', async () => {
      await this.#close();
      await unlinkIfThere(this.#path);
    });
  }
}

/** `rm` looks first and asks more than once: for the one name that is gone after nearly every download this costs less. */
async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

export async function createTempFile(root: string, opId: string): Promise<TempFile> {
  return onDisk('create a temporary file', async () => {
    const path = join(await ensureRoom(root, tempFolder), checkOwnName(opId));
    return new NodeTempFile(opId, path, await openFresh(path));
  });
}

async function openFresh(path: string): Promise<FileHandle> {
  try {
    return await open(path, createExclusive, 0o600);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    // The same operation, tried again after a crash: what it left is its own.
    await rm(path, { force: true });
    return open(path, createExclusive, 0o600);
  }
}

export async function reopenTempFile(root: string, name: string): Promise<TempFile | null> {
  return onDisk('reopen a temporary file', async () => {
    const path = join(await ensureRoom(root, tempFolder), checkOwnName(name));
    const handle = await openOrNull(path);
    if (handle === null) return null;
    const stats = await handle.stat();
    // A second name means that it was placed just before a crash and is a user's file now.
    if (stats.isFile() && stats.nlink === 1) return new NodeTempFile(name, path, handle, stats.size);
    await handle.close();
    return null;
  });
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, openForChange);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP')) return null;
    throw error;
  }
}

/** An empty file of that name in the folder of temporary files, gone at once; one that is there already says as much. */
export async function tryFileName(root: string, name: string): Promise<void> {
  if (name.includes('/') || name === '' || name === '.' || name === '..') return;
  await onDisk('try a name', async () => {
    const path = join(await ensureRoom(root, tempFolder), name);
    try {
      await (await open(path, createExclusive, 0o600)).close();
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return;
      throw error;
    }
    await rm(path, { force: true });
  });
}
