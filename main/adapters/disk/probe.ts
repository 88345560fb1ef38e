// Disk probe: creates test names in its own folder and reads back what the disk made of them.
import { randomBytes } from 'node:crypto';
import {
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from '../shares/calls.ts';
import { join } from 'node:path';
import type { RefusedNames } from '../../core/model/path.ts';
import type { DiskTraits } from '../../ports/local-files.port.ts';
import { errnoOf } from '../system/errno.ts';
import { isErrno } from './errors.ts';
import { lstatOrNull } from './paths.ts';
import { openForReading } from './worker/hash.ts';

const storageStepsNs = [1n, 100n, 1_000n, 1_000_000n, 10_000_000n, 1_000_000_000n, 2_000_000_000n];

/** One name of each kind that some disk refuses or changes. */
const oddNames: readonly (readonly [RefusedNames, string])[] = [
  ['trailing-dot', 'probe.'],
  ['trailing-space', 'probe '],
  ['windows-characters', 'a:b"c?d*e<f>g|h\\i'],
  ['control-characters', 'a\u0001b'],
  ['windows-devices', 'aux.probe'],
];

async function create(path: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  await handle.close();
}

/** True when a name that is created is listed as it was given. */
async function keepsName(folder: string, name: string): Promise<boolean> {
  try {
    await create(join(folder, name));
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return false;
  }
  const isListed = (await readdir(folder)).includes(name);
  await rm(join(folder, name), { force: true });
  return isListed;
}

async function refusedNames(folder: string): Promise<readonly RefusedNames[]> {
  const refused: RefusedNames[] = [];
  for (const [kind, name] of oddNames) if (!(await keepsName(folder, name))) refused.push(kind);
  return refused;
}

async function hasLinks(folder: string, file: string): Promise<boolean> {
  try {
    await link(file, join(folder, 'linked'));
    return true;
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return false;
  }
}

async function keepsModes(file: string): Promise<boolean> {
  try {
    for (const mode of [0o640, 0o750]) {
      await chmod(file, mode);
      if (((await lstat(file)).mode & 0o777) !== mode) return false;
    }
    return true;
  } catch (error) {
    // A mount with a forced owner.
    if (isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EACCES')) return false;
    throw error;
  }
}

/** Sets a time with odd digits and reads what is left of it. */
async function timeStepNs(file: string): Promise<bigint | null> {
  const handle = await open(file, 'r+');
  try {
    // A double holds about 240 ns of such a time, hence no finer digits. The second is odd to tell FAT's two-second steps.
    await handle.utimes(1_600_000_001.987654, 1_600_000_001.987654);
    const { mtimeNs } = await handle.stat({ bigint: true });
    return storageStepsNs.findLast((step) => mtimeNs % step === 0n) ?? 1n;
  } catch (error) {
    if (isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EACCES')) return null;
    throw error;
  } finally {
    await handle.close();
  }
}

const inodeNote = 'disk.json';
/** What another program put there may be of any size. */
const noteMaxBytes = 4096n;

/**
 * A file on the disk that says its own inode number: where the number is another one at a later mount, and no time of birth tells a copy from the
 * original, the numbers of this disk do not last.
 */
async function noteSaysLasting(own: string): Promise<boolean> {
  const file = join(own, inodeNote);
  const stats = await lstatOrNull(file);
  if (stats?.isFile() === true && stats.size <= noteMaxBytes) {
    const text = await readFile(file, { encoding: 'utf8', flag: openForReading }).catch(() => '');
    const noted = /^\{"inode":"(\d+|none)"\}/u.exec(text)?.[1];
    if (noted === 'none') return false;
    if (noted === stats.ino.toString() || stats.birthtimeNs !== 0n) return true;
    if (noted !== undefined) {
      await writeNote(file, 'none');
      return false;
    }
  }
  if (stats === null) {
    await writeNote(file, null);
  }
  return true;
}

async function writeNote(file: string, text: 'none' | null): Promise<void> {
  const next = `${file}.new`;
  await rm(next, { force: true });
  await create(next);
  const inode = text ?? (await lstat(next, { bigint: true })).ino.toString();
  await writeFile(next, `{"inode":"${inode}"}\n`);
  await rename(next, file);
}

async function tryIn(own: string, folder: string): Promise<DiskTraits> {
  const mixed = join(folder, 'Probe-Mixed.Tmp');
  await create(mixed);
  await create(join(folder, 'PROBE.TXT'));
  const listed = await readdir(folder);
  const keepsSpelling = listed.includes('Probe-Mixed.Tmp') && listed.includes('PROBE.TXT');
  const here = await lstat(mixed, { bigint: true });
  const other = await lstatOrNull(join(folder, 'pROBE-mIXED.tMP'));
  const composed = 'prob\u00e9';
  await create(join(folder, composed));
  const decomposed = await lstatOrNull(join(folder, composed.normalize('NFD')));
  const hasSeveralInodes = other !== null && other.ino !== here.ino;
  return {
    caseSensitive: other === null,
    keepsSpelling,
    foldsNormalForms: decomposed !== null,
    hardLinks: await hasLinks(folder, mixed),
    keepsModes: process.platform !== 'win32' && (await keepsModes(mixed)),
    inodesLast: !hasSeveralInodes && (await noteSaysLasting(own)),
    mtimeGranularityNs: (await timeStepNs(mixed)) ?? 2_000_000_000n,
    refusedNames: await refusedNames(folder),
  };
}

/** Null where nothing can be written: then nothing is known but what a look shows. `own` is `<root>/.driftless`. */
export async function probeDisk(own: string, temp: string): Promise<DiskTraits | null> {
  const folder = join(temp, `probe-${randomBytes(8).toString('hex')}`);
  try {
    await mkdir(folder, { mode: 0o700 });
    return await tryIn(own, folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT')) return null;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
