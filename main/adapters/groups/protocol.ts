// Messages between the engine's thread and the one that transfers small files in groups.
//
// Credentials travel with each group: what is renewed is in the next one. Of the last group's the signing key stays.
import type { ContentId } from '../../core/model/model.ts';
import type { EndpointAbilities, HeldObject, WantedObject } from '../../ports/remote-objects.port.ts';
import type { SmallAnswer, SmallRequest } from '../disk/small/protocol.ts';
import type { DirectSigning } from '../s3/request/direct.ts';

export type FetchRequest = {
  readonly kind: 'fetch';
  readonly id: number;
  readonly wanted: readonly WantedObject[];
  readonly signing: DirectSigning;
  readonly abilities: EndpointAbilities | null;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** PEM certificates that are trusted in addition to the system's. */
  readonly extraCa: readonly string[];
};

export type Found = Pick<HeldObject, 'metadata' | 'modifiedMs'> & { readonly content: ContentId };

export type FetchAnswer = {
  readonly kind: 'fetched';
  readonly id: number;
  /** In the order of `wanted`; null where something else came. */
  readonly found: readonly (Found | null)[];
  /** The store asked to slow down. */
  readonly isSlow: boolean;
};

/** Ends what is under way of these, and forgets the bytes. */
export type DropRequest = { readonly kind: 'drop'; readonly id: 0; readonly opIds: readonly string[] };

export type GroupRequest = SmallRequest | FetchRequest | DropRequest;
export type GroupAnswer = SmallAnswer | FetchAnswer;
