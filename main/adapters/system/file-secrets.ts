// Secrets in files of mode 0600 under the home directory, for machines without a keychain.
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SyncError } from '../../core/model/errors.ts';
import type { Secrets } from '../../ports/secrets.port.ts';

const ownerOnly = 0o600;
/** Windows has no such flag, and Node's types do not say so. */
const noFollow: number = 'O_NOFOLLOW' in constants ? constants.O_NOFOLLOW : 0;
const othersMask = 0o077;
const checksModes = process.platform !== 'win32';

export class FileSecrets implements Secrets {
  readonly #directory: string;

  /** The directory is made when first written to; on Windows its protection is that of the user's profile. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(key: string, signal: AbortSignal): Promise<string | null> {
    signal.throwIfAborted();
    let file: FileHandle;
    try {
      file = await open(this.#path(key), constants.O_RDONLY | noFollow);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      if (errorCode(error) === 'ELOOP') throw unsafe('is a symbolic link');
      throw unavailable(error);
    }
    try {
      await refuseUnsafe(file);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }

  /** A new file is created exclusively with its final mode, filled, synced and renamed: at no instant can others read it or see half of it. */
  async write(key: string, value: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#makeDirectory();
    const path = this.#path(key);
    const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
    try {
      const file = await open(temporary, 'wx', ownerOnly);
      try {
        await file.writeFile(value, 'utf8');
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncDirectory(this.#directory);
    } catch (error) {
      await removeIfThere(temporary);
      throw unavailable(error);
    }
  }

  /** With what a write left that was killed before it was done: it holds a secret as well. */
  async remove(key: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const path = this.#path(key);
    await removeIfThere(path);
    const unfinished = (await namesIn(this.#directory)).filter(
      (name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.tmp'),
    );
    for (const name of unfinished) await removeIfThere(join(this.#directory, name));
  }

  async #makeDirectory(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const stats = await lstat(this.#directory);
    if (!stats.isDirectory()) throw unsafe('is not in a directory of its own');
    if (checksModes && (stats.mode & 0o022) !== 0) throw unsafe('is in a directory that others may write to');
    if (checksModes && stats.uid !== process.getuid?.())
      throw unsafe('is in a directory that belongs to another user');
  }

  /** Keys become file names, so one with odd characters is hashed rather than trusted. */
  #path(key: string): string {
    const plain = /^[a-z0-9][a-z0-9.-]{0,80}$/.test(key)
      ? key
      : createHash('sha256').update(key).digest('hex');
    return join(this.#directory, `${plain}.secret`);
  }
}

async function refuseUnsafe(file: FileHandle): Promise<void> {
  const stats = await file.stat();
  if (!stats.isFile()) throw unsafe('is not a file');
  if (checksModes && (stats.mode & othersMask) !== 0)
    throw unsafe('can be read by other users; it must have mode 0600');
  if (checksModes && stats.uid !== process.getuid?.()) throw unsafe('belongs to another user');
}

/** The rename itself must survive a power cut: a rotated refresh token exists nowhere else. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw unavailable(error);
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    // Gone already is what was wanted.
    if (errorCode(error) !== 'ENOENT') throw unavailable(error);
  }
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function unsafe(why: string): SyncError {
  return new SyncError({
    code: 'secrets-unsafe',
    retry: 'slow',
    scope: 'account',
    message: `the stored sign-in ${why}`,
  });
}

function unavailable(cause: unknown): SyncError {
  if (cause instanceof SyncError) return cause;
  return new SyncError({
    code: 'secrets-unavailable',
    retry: 'backoff',
    scope: 'account',
    message: `the stored sign-in cannot be reached (${errorCode(cause) ?? 'unknown'})`,
    cause,
  });
}
