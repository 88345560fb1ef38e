// Messages between the engine's thread and the one that transfers small files in groups.
//
// Credentials travel with each group: what is renewed is in the next one. Of the last group's the signing key stays.
import type { ContentId, ObjectKey } from '../../core/model/model.ts';
import type {
  EndpointAbilities,
  HeldObject,
  ObjectMetadata,
  SentOutcome,
  WantedObject,
} from '../../ports/remote-objects.port.ts';
import type { SmallAnswer, SmallRequest } from '../disk/small/protocol.ts';
import type { Fed, FeedRequest, ListReply, ListRequest } from '../disk/worker/protocol.ts';
import type { DirectSigning } from '../s3/direct/direct.ts';

/** What a group of requests to one store needs. */
export type Way = {
  readonly signing: DirectSigning;
  readonly abilities: EndpointAbilities | null;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** PEM certificates that are trusted in addition to the system's. */
  readonly extraCa: readonly string[];
};

export type FetchRequest = Way & {
  readonly kind: 'fetch';
  readonly id: number;
  readonly wanted: readonly WantedObject[];
};

/** Of bytes that are kept under `opId`. */
export type Sending = {
  readonly opId: string;
  readonly key: ObjectKey;
  readonly contentType: string;
  readonly metadata: ObjectMetadata;
};

export type SendRequest = Way & {
  readonly kind: 'send';
  readonly id: number;
  readonly files: readonly Sending[];
};

export type SendAnswer = {
  readonly kind: 'sent';
  readonly id: number;
  /** In the order of `files`; null where nothing happened. */
  readonly sent: readonly (SentOutcome | null)[];
  /** The store asked to slow down. */
  readonly isSlow: boolean;
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

export type GroupRequest =
  SmallRequest | ListRequest | FeedRequest | FetchRequest | SendRequest | DropRequest;
export type GroupAnswer = SmallAnswer | ListReply | Fed | FetchAnswer | SendAnswer;
