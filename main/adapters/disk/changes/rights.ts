// Permissions of placed files: those of the replaced file, or of a file created there; never wider.
import { closeSync, openSync, rmSync, fstatSync } from 'node:fs';
import { lstat } from '../../shares/calls.ts';
import type { FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { outputOf } from '../../system/programs/run-program.ts';
import { isErrno } from '../errors.ts';
import { pathForOthers, stagePath } from './stage.ts';

const keepsNoRights = process.platform === 'win32';
const copyProgram = '/bin/cp';
const copyTimeoutMs = 20_000;

/** Execute follows read: readers may execute, and no other permission is added. */
export function withExecutable(mode: number, executable: boolean): number {
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

export function newFileMode(executable: boolean): number {
  // oxlint-disable-next-line typescript/no-deprecated -- only umask() says which rights new files of this user get; no thread of ours changes it
  return withExecutable(0o666 & ~process.umask(), executable);
}

/** Mounts with a forced owner refuse it, and keep what they have. */
async function unlessRefused(step: () => Promise<void>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (isErrno(error, 'EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) return false;
    throw error;
  }
}

export async function setModeOf(file: FileHandle, mode: number): Promise<void> {
  await unlessRefused(() => file.chmod(mode));
}

async function copyRights(from: string, to: string): Promise<boolean> {
  const args = ['--attributes-only', '--preserve=mode', '--no-dereference', '--'];
  const output = await outputOf(copyProgram, [...args, pathForOthers(from), pathForOthers(to)], {
    timeoutMs: copyTimeoutMs,
    env: { LC_ALL: 'C' },
  });
  return output !== null;
}

/**
 * Gives `to` the owner, mode and access list of `from`, and the executable bit as asked. Node can read no access list, and the mode of
 * a file that has one shows the list's mask as the group's rights; so the system's `cp` carries them over. Where it cannot, the group gets no
 * more than everybody.
 */
export async function keepRights(
  from: string,
  to: { readonly path: string; readonly handle: FileHandle },
  executable: boolean,
): Promise<void> {
  const replaced = await lstat(from, { bigint: true });
  const own = await to.handle.stat({ bigint: true });
  if (own.uid !== replaced.uid || own.gid !== replaced.gid) {
    // Only root may give files away; a user's replacement then belongs to the user, with the same mode.
    await unlessRefused(() => to.handle.chown(Number(replaced.uid), Number(replaced.gid)));
  }
  const mode = Number(replaced.mode) & 0o777;
  const isCopied = process.platform === 'linux' && (await copyRights(from, to.path));
  const mayHoldList = process.platform === 'linux' && !isCopied;
  const kept = mayHoldList ? (mode & ~0o070) | (mode & 0o070 & ((mode & 0o007) << 3)) : mode;
  const wanted = withExecutable(kept, executable);
  // Also takes away what no download may have: set-user-id and the like.
  const now = Number((await to.handle.stat({ bigint: true })).mode) & 0o7777;
  if (now !== wanted) await setModeOf(to.handle, wanted);
}

/**
 * True when a file made in `folder` gets its group or its rights from there (set-group-id, default access list). A folder with such a list
 * pays no regard to the umask: so a file is made under one that leaves others nothing, all in one breath, and looked at.
 */
export function inheritsRights(folder: string, stats: BigIntStats): boolean {
  if (keepsNoRights) return false;
  const group = process.getegid?.();
  if ((stats.mode & 0o2000n) !== 0n && stats.gid !== BigInt(group ?? 0)) return true;
  const probe = stagePath(folder);
  // Set and set back without a pause: folders are made on this thread too (`makeFolder`).
  const before = process.umask(0o077);
  let descriptor: number;
  try {
    descriptor = openSync(probe, 'wx', 0o666);
  } finally {
    process.umask(before);
  }
  try {
    const made = fstatSync(descriptor, { bigint: true });
    return (made.mode & 0o777n) !== 0o600n || made.gid !== BigInt(group ?? 0);
  } finally {
    closeSync(descriptor);
    rmSync(probe, { force: true });
  }
}
