// Messages between the engine's thread and the worker for small files: one message carries a group of tasks.
import type { Fingerprint } from '../../../core/model/model.ts';

/** Larger files are read and placed by streams; so much of each file in a group is held in memory. */
export const wholeBytes = 256 * 1024;

export type ReadTask = { readonly kind: 'read'; readonly root: string; readonly path: string };

/** As `read`, of bytes that the worker then keeps under a name. */
export type ReadHeldTask = Omit<ReadTask, 'kind'> & { readonly kind: 'read-held'; readonly name: string };

/** Whether the file at an absolute path is still the one that was read. */
export type SameTask = { readonly kind: 'same'; readonly file: string; readonly fingerprint: Fingerprint };

export type PlaceTask = {
  readonly kind: 'place';
  readonly root: string;
  readonly path: string;
  /** Name of the temporary file. */
  readonly tempName: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null where the volume keeps no modes. */
  readonly mode: number | null;
  readonly mtimeNs: bigint | null;
  readonly nowMs: number;
};

/** Of bytes that the worker holds under the name of the temporary file. */
export type PlaceHeldTask = Omit<PlaceTask, 'kind' | 'bytes'> & { readonly kind: 'place-held' };

export type SmallTask = ReadTask | ReadHeldTask | SameTask | PlaceTask | PlaceHeldTask;

export type WholeRead = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
  readonly fingerprint: Fingerprint;
  readonly isExecutable: boolean;
};

export type SmallReply =
  | ({ readonly kind: 'read' } & WholeRead)
  | ({ readonly kind: 'read-held' } & Omit<WholeRead, 'bytes'>)
  | { readonly kind: 'same'; readonly isSame: boolean }
  | { readonly kind: 'placed'; readonly fingerprint: Fingerprint; readonly isExecutable: boolean }
  /** Something has the name; nothing of ours is left. */
  | { readonly kind: 'taken' }
  /** Anything unusual, an error included: nothing of ours is left, and the general way finds out what it is. */
  | { readonly kind: 'other' };

export type SmallRequest = { readonly id: number; readonly tasks: readonly SmallTask[] };
export type SmallAnswer = { readonly id: number; readonly replies: readonly SmallReply[] };
