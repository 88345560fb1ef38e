// Folders that give new files their own rights, as a trial file showed.
import { lstat } from '../../shares/calls.ts';
import { isErrno } from '../errors.ts';
import { inheritsRights } from './rights.ts';

const rememberedMs = 60_000;
const foldersKept = 1000;

export class Inheriting {
  readonly #nowMs: () => number;
  readonly #asked = new Map<string, { readonly inherits: Promise<boolean>; readonly atMs: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Null where the folder was not asked within the last minute. */
  known(folder: string): Promise<boolean> | null {
    const asked = this.#asked.get(folder);
    const isFresh = asked !== undefined && Math.abs(this.#nowMs() - asked.atMs) < rememberedMs;
    return isFresh ? asked.inherits : null;
  }

  /** @param folder proven to be a folder of the pair: a file is made and removed there */
  ask(folder: string): Promise<boolean> {
    const known = this.known(folder);
    if (known !== null) return known;
    if (this.#asked.size > foldersKept) this.#asked.clear();
    const inherits = tryOut(folder);
    this.#asked.set(folder, { inherits, atMs: this.#nowMs() });
    // What the disk could not tell now is asked again.
    inherits.catch(() => this.#asked.delete(folder));
    return inherits;
  }
}

async function tryOut(folder: string): Promise<boolean> {
  try {
    return inheritsRights(folder, await lstat(folder, { bigint: true }));
  } catch (error) {
    // The placement itself reports what cannot be made there.
    const isReported = isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENOSPC', 'EDQUOT');
    if (!isReported) throw error;
    return false;
  }
}
